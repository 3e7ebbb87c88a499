//! Logging in to the database by the role's own identity: RDS takes a signed request as the password.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;

use crate::{aws, configuration::Configuration, environment, http, secret::SecretError};

/// How long RDS accepts a token: fifteen minutes; connections made meanwhile stay.
const EXPIRES: Duration = Duration::from_secs(900);

/// A token for the configured user.
///
/// # Errors
/// When the process has no identity.
pub async fn token(configuration: &Configuration) -> Result<String, SecretError> {
    let client = http::client().map_err(aws::AwsError::from)?;
    let credentials = aws::credentials(&client, environment::variable).await?;
    Ok(signed(configuration, credentials, SystemTime::now())?)
}

fn signed(configuration: &Configuration, credentials: Credentials, at: SystemTime) -> Result<String, aws::AwsError> {
    let place = format!("{}:{}", configuration.known("DATABASE_HOST"), configuration.known("DATABASE_PORT"));
    let url = format!("https://{place}/?Action=connect&DBUser={}", configuration.known("DATABASE_USER"));
    let request = aws::Request { method: "GET", url: &url, headers: &[], body: &[] };
    let parameters =
        aws::signature(&request, "rds-db", configuration.known("AWS_REGION"), credentials, at, Some(EXPIRES))?;
    let mut signed = reqwest::Url::parse(&url).map_err(|error| aws::AwsError::Sign(error.to_string()))?;
    signed.query_pairs_mut().extend_pairs(parameters);
    Ok(signed.as_str().trim_start_matches("https://").to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Credentials, Duration, SystemTime, signed};
    use crate::{configuration::Configuration, role::Role};

    #[test]
    fn a_token_names_host_user_and_expiry_and_no_secret() {
        let configuration = Configuration::read(Role::Route, |name| {
            let value = match name {
                "DATABASE_HOST" => "db.example.com",
                "DATABASE_NAME" => "stormops",
                "DATABASE_USER" => "route_optimizer",
                "AWS_REGION" => "us-east-1",
                _ => return None,
            };
            Some(value.to_owned())
        })
        .unwrap();
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", None, None, "test");
        let token =
            signed(&configuration, credentials, SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)).unwrap();
        assert!(token.starts_with(
            "db.example.com:5432/?Action=connect&DBUser=route_optimizer&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        ));
        assert!(token.contains("X-Amz-Expires=900") && token.contains("X-Amz-Signature="), "{token}");
        assert!(token.contains("us-east-1%2Frds-db%2Faws4_request") && !token.contains("wJalr"), "{token}");
    }
}
