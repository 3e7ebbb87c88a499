//! Secrets: AWS Secrets Manager. The template never holds a value: Secrets Manager makes random text, and a person puts
//! the real value there where it comes from outside.

use serde_json::json;

use super::draft::{Draft, Suppressed};
use super::encryption::Purpose;
use super::expression::reference;
use super::names;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::secret::{Secret, SecretValue};

/// Adds a secret.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, secret: &Secret) {
    let of = Reference::new(Kind::Secret, name);
    let id = names::logical(&of);
    let length = match secret.value {
        SecretValue::External => 16,
        SecretValue::Generated => 48,
    };
    let key = draft.key(Purpose::Data);
    let deletion = if draft.stack.protection.data { "Retain" } else { "Delete" };
    draft
        .add(
            &of.to_string(),
            &id,
            "AWS::SecretsManager::Secret",
            json!({
                "Name": secret.path.as_ref().map(|path| names::kept_at(draft.target, path)),
                "Description": secret.description,
                "KmsKeyId": key,
                "GenerateSecretString": { "PasswordLength": length, "ExcludePunctuation": true },
            }),
        )
        .policies(deletion, "Retain");
    if secret.is_external() {
        draft.output(format!("{id}Arn"), format!("Where the value of {of} goes"), reference(&id));
    }
}
