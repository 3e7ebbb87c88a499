//! Who calls: read from the request's bearer token, which must be there but isn't verified.

use hyper::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::GoogleError;

/// A caller, and where it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The project that its token is for.
    pub project: String,
}

impl Caller {
    /// Reads the token: a project's id is the token for that project.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`.
    pub fn identify(headers: &HeaderMap) -> Result<Self, GoogleError> {
        let given = headers.get("authorization").and_then(|value| value.to_str().ok());
        let token = given.and_then(|value| value.strip_prefix("Bearer "));
        match token.filter(|token| is_project(token)) {
            Some(token) => Ok(Self { project: token.to_owned() }),
            None => {
                let message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.";
                Err(GoogleError::new(401, "UNAUTHENTICATED", message))
            }
        }
    }

    /// Refuses what is addressed to a project that the caller doesn't see.
    ///
    /// # Errors
    /// `PERMISSION_DENIED`: Google doesn't say whether there is such a project.
    pub fn sees(&self, project: &str, permission: &str) -> Result<(), GoogleError> {
        if self.project == project || number(&self.project) == project {
            return Ok(());
        }
        let message = format!(
            "Permission '{permission}' denied on resource '//cloudresourcemanager.googleapis.com/projects/{project}' (or it may not exist)."
        );
        Err(GoogleError::new(403, "PERMISSION_DENIED", message))
    }
}

/// Whether this can be a project's id: 6 to 30 letters, digits and hyphens (Resource Manager documentation, "Creating and managing
/// projects").
pub fn is_project(id: &str) -> bool {
    let sign = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-';
    (6..=30).contains(&id.len()) && id.starts_with(|one: char| one.is_ascii_lowercase()) && id.chars().all(sign)
}

/// The number of a project: another for each.
pub fn number(project: &str) -> String {
    let digest = Sha256::digest(project.as_bytes());
    let eight: [u8; 8] = digest.first_chunk().copied().unwrap_or_default();
    format!("{}", 100_000_000_000 + u64::from_be_bytes(eight) % 900_000_000_000)
}

/// A project as Resource Manager answers it.
pub fn described(project: &str) -> Value {
    json!({
        "name": format!("projects/{}", number(project)),
        "projectId": project,
        "state": "ACTIVE",
        "displayName": project,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_a_token_is_refused_and_a_token_opens_its_own_project_only() {
        let mut headers = HeaderMap::new();
        assert_eq!(Caller::identify(&headers).unwrap_err().word, "UNAUTHENTICATED");
        headers.insert("authorization", "Bearer No Project".parse().unwrap());
        assert_eq!(Caller::identify(&headers).unwrap_err().word, "UNAUTHENTICATED");
        headers.insert("authorization", "Bearer shop-project".parse().unwrap());
        let caller = Caller::identify(&headers).unwrap();
        assert!(caller.sees("shop-project", "x").is_ok());
        assert!(caller.sees(&number("shop-project"), "x").is_ok());
        assert_eq!(caller.sees("other-project", "x").unwrap_err().word, "PERMISSION_DENIED");
    }
}
