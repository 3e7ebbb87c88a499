//! Pages of long answers.

use crate::sandbox::aws::error::ApiError;

/// How many entries a page holds where the service doesn't say.
pub const SIZE: usize = 100;

/// The page that a token asks for, and the token of the one after. A token is the position of the page's first entry; it is
/// opaque to callers.
///
/// # Errors
/// `ValidationError` for a token that nobody gave out.
pub fn of<T>(entries: Vec<T>, token: Option<&str>, size: usize) -> Result<(Vec<T>, Option<String>), ApiError> {
    let start: usize = match token {
        None => 0,
        Some(token) => token
            .strip_prefix("page-")
            .and_then(|position| position.parse().ok())
            .ok_or_else(|| ApiError::validation("Invalid NextToken"))?,
    };
    let next = start.saturating_add(size);
    let more = entries.len() > next;
    let page = entries.into_iter().skip(start).take(size).collect();
    Ok((page, more.then(|| format!("page-{next}"))))
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn pages_follow_each_other_and_an_invented_token_is_refused() {
        let (first, token) = of((0..5).collect(), None, 2).unwrap();
        assert_eq!(first, [0, 1]);
        let (second, token) = of((0..5).collect(), token.as_deref(), 2).unwrap();
        assert_eq!(second, [2, 3]);
        let (third, token) = of((0..5).collect(), token.as_deref(), 2).unwrap();
        assert_eq!((third, token), (vec![4], None));
        assert!(of(vec![1], Some("x"), 2).is_err());
    }
}
