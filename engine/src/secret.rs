//! Secrets: given as values, or as the ARN under which Secrets Manager keeps them.

use std::time::SystemTime;

use serde::Deserialize;

use crate::{
    aws::{self, AwsError},
    environment, http,
};

/// A secret could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager, or the process' identity.
    #[error("{0}")]
    Aws(#[from] AwsError),
    /// The reference is no secret's ARN.
    #[error("the reference to a secret is no ARN of a region's secret")]
    Reference,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    secret_string: String,
}

/// The secret that `given` is or names.
///
/// # Errors
/// When it names one that cannot be fetched.
pub async fn resolve(given: &str) -> Result<String, SecretError> {
    let Some(region) = region_of(given)? else { return Ok(given.to_owned()) };
    let url = format!("https://secretsmanager.{region}.amazonaws.com/");
    let client = http::client().map_err(AwsError::from)?;
    let body = serde_json::json!({ "SecretId": given }).to_string();
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "secretsmanager.GetSecretValue")];
    let request = aws::Request { method: "POST", url: &url, headers: &headers, body: body.as_bytes() };
    let credentials = aws::credentials(&client, environment::variable).await?;
    let signature = aws::signature(&request, "secretsmanager", region, credentials, SystemTime::now(), None)?;
    let mut call = client.post(&url).body(body.clone());
    for (name, value) in
        headers.iter().map(|(n, v)| (*n, *v)).chain(signature.iter().map(|(n, v)| (n.as_str(), v.as_str())))
    {
        call = call.header(name, value);
    }
    let answer = call.send().await.map_err(AwsError::from)?;
    if !answer.status().is_success() {
        return Err(AwsError::Refused(answer.status().as_u16()).into());
    }
    Ok(answer.json::<Answer>().await.map_err(AwsError::from)?.secret_string)
}

/// The password in a secret. The login that RDS keeps for a database is JSON with a `username` and a `password` (AWS Secrets
/// Manager, "JSON structure of secrets"); a secret of any other form is the password itself.
pub fn password(secret: String) -> String {
    #[derive(Deserialize)]
    struct Login {
        password: String,
    }
    serde_json::from_str::<Login>(&secret).map_or(secret, |login| login.password)
}

/// The region that a secret's ARN names; nothing when `given` is no reference.
fn region_of(given: &str) -> Result<Option<&str>, SecretError> {
    if !given.starts_with("arn:") {
        return Ok(None);
    }
    let mut parts = given.split(':').skip(2);
    match (parts.next(), parts.next()) {
        (Some("secretsmanager"), Some(region)) if !region.is_empty() => Ok(Some(region)),
        _ => Err(SecretError::Reference),
    }
}

#[cfg(test)]
mod tests {
    use super::{password, region_of};

    #[test]
    fn the_password_of_a_login_is_taken_out_of_it() {
        let of = |secret: &str| password(secret.to_owned());
        assert_eq!(of(r#"{"username":"postgres","password":"p{}\"x"}"#), "p{}\"x");
        for whole in ["hunter2", r#"{"password"}"#, r#"{"secret": "x"}"#, "42", ""] {
            assert_eq!(of(whole), whole);
        }
    }

    #[test]
    fn an_arn_is_fetched_in_its_region_and_anything_else_is_the_secret() {
        assert_eq!(region_of("arn:aws:secretsmanager:us-east-1:111111111111:secret:x").unwrap(), Some("us-east-1"));
        assert_eq!(region_of("hunter2").unwrap(), None);
        assert!(region_of("arn:aws:s3:::bucket").is_err());
    }
}
