//! Idempotency: a request sent twice with the same token is carried out once.

use super::stack::Stack;
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::aws::query::Query;

/// Whether the request's token was used for the same request before; remembers it otherwise.
///
/// # Errors
/// `TokenAlreadyExistsException` when it was used for another one.
pub fn used(stack: &mut Stack, query: &Query) -> Result<bool, ApiError> {
    let Some(token) = query.text("ClientRequestToken") else { return Ok(false) };
    let essence = query.essence();
    match stack.tokens.get(token) {
        Some(known) if *known == essence => Ok(true),
        Some(_) => Err(ApiError::new(
            400,
            "TokenAlreadyExistsException",
            format!("Token {token} already exists for another request on stack {}", stack.name),
        )),
        None => {
            stack.tokens.insert(token.to_owned(), essence);
            Ok(false)
        }
    }
}

/// Takes back a token whose request was refused.
pub fn forget(stack: &mut Stack, query: &Query) {
    if let Some(token) = query.text("ClientRequestToken") {
        stack.tokens.remove(token);
    }
}
