//! Looking for drift: what the cloud has that its stack has not.

use super::flags::known;
use super::site::Site;
use super::trouble::Trouble;
use crate::deploy::error::DeployError;
use crate::diagnostics::secrecy;
use crate::plan::drift::{self, FieldDrift, ResourceDrift};
use crate::ports::cloud::CloudError;

/// What to do about drift while a plan is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It isn't looked for.
    Not,
    /// It is looked for; where the cloud refuses to, the plan says so.
    Try,
    /// It is looked for, or no plan is made: a saved plan was made from it.
    Must,
}

/// Compares every resource of a stack with the cloud, and what was switched with the ledger. What looks like a secret is left out of
/// the values: they are shown and saved.
pub async fn found(site: &Site, stack: &str) -> Result<Vec<ResourceDrift>, DeployError> {
    Ok(parted(site, stack).await?.0)
}

/// The same, and what differs from the stack because it was switched.
pub async fn parted(site: &Site, stack: &str) -> Result<(Vec<ResourceDrift>, Vec<ResourceDrift>), DeployError> {
    let found = site.cloud.drift(stack).await?.into_iter().map(without_secrets).collect();
    Ok(known(found, &site.book.flags().await?))
}

/// The same while a plan is made, without what was accepted: none where it wasn't looked for.
pub async fn looked(
    site: &Site,
    stack: &str,
    look: Look,
    notes: &mut Vec<String>,
) -> Result<Option<Vec<ResourceDrift>>, Trouble> {
    if look == Look::Not {
        return Ok(None);
    }
    match found(site, stack).await {
        Ok(drift) => {
            let accepted = site.book.accepted().await?.map(|(_, accepted)| accepted).unwrap_or_default();
            let (mut open, _) = drift::part(drift, &accepted);
            open.retain(ResourceDrift::differs);
            Ok(Some(open))
        }
        Err(DeployError::Cloud(error @ (CloudError::Denied { .. } | CloudError::Refused { .. })))
            if look == Look::Try =>
        {
            notes.push(format!("what was changed by hand is not known: {error}"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn without_secrets(mut drift: ResourceDrift) -> ResourceDrift {
    for FieldDrift { path, expected, actual } in &mut drift.fields {
        let named = path.rsplit('/').any(secrecy::is_secret_name);
        for value in [expected, actual].into_iter().flatten() {
            if named {
                *value = "***".to_owned();
            }
            for range in secrecy::places(value).into_iter().rev() {
                value.replace_range(range, "***");
            }
        }
    }
    drift
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::drift::DriftState;

    #[test]
    fn values_that_are_secrets_by_name_or_by_form_are_left_out() {
        let token = format!("ghp_{}", "a".repeat(36));
        let field = |path: &str, actual: &str| FieldDrift {
            path: path.to_owned(),
            expected: None,
            actual: Some(actual.to_owned()),
        };
        let drift = ResourceDrift {
            id: "Function".into(),
            kind: "F".into(),
            physical: "f".into(),
            state: DriftState::Modified,
            fields: vec![
                field("/Environment/Variables/DB_PASSWORD", "hunter2"),
                field("/Description", &format!("call with {token}")),
                field("/Timeout", "30"),
            ],
        };
        let values: Vec<_> = without_secrets(drift).fields.into_iter().filter_map(|field| field.actual).collect();
        assert_eq!(values, ["***", "call with ***", "30"]);
    }
}
