//! Secrets: a Key Vault each, so that who may read one can't read another.
//!
//! The vault is the secret's place; the value is put there by a person or by `landfall rotate`, under the name `value`. A value in the
//! template would stand in the record of every deployment, and Deployment Stacks can't delete secrets. A vault that was deleted keeps
//! its name for 90 days: it has to be recovered before the stack can be made again.

use serde_json::json;

use super::draft::Draft;
use super::expression::{expression, part};
use super::id::Id;
use super::{log, names, network, protection};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::secret::{Secret, SecretValue};

/// The name of the secret in its vault.
pub(super) const VALUE: &str = "value";

/// The vault of a secret.
pub(super) fn vault(draft: &Draft<'_>, name: &Name) -> Id {
    Id::new("Microsoft.KeyVault/vaults", draft.global(name.as_str(), names::VAULT))
}

/// The address of a secret's value.
pub(super) fn address(draft: &Draft<'_>, name: &Name) -> serde_json::Value {
    let vault = vault(draft, name).gives("vaultUri");
    expression(format!("concat({}, 'secrets/{VALUE}')", part(&vault)))
}

/// Adds a secret's vault.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, secret: &Secret) {
    let of = Reference::new(Kind::Secret, name);
    let component = of.to_string();
    if secret.value == SecretValue::Generated {
        draft.nearly(
            "azure-secret-value",
            &of,
            ["value"],
            "a value that the cloud makes",
            "Resource Manager makes no random values that stay the same from one deployment to the next; somebody puts one into the vault",
            "put random text there with `landfall rotate --generate`",
        );
    }
    if secret.path.is_some() {
        draft.nearly(
            "azure-secret-path",
            &of,
            ["path"],
            "a secret at a path",
            "each secret has a vault of its own, and names of vaults hold no paths",
            "leave the path out for this environment",
        );
    }
    if !network::needed(draft, &of) {
        return;
    }
    let vault = vault(draft, name);
    draft.add(
        &component,
        &vault,
        json!({
            "properties": {
                "tenantId": network::tenant(),
                "sku": { "family": "A", "name": "standard" },
                "enableRbacAuthorization": true,
                "enableSoftDelete": true,
                "softDeleteRetentionInDays": 90,
                "enablePurgeProtection": true,
                "publicNetworkAccess": "Disabled",
                "networkAcls": { "bypass": "AzureServices", "defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": [] },
            },
        }),
    );
    network::connect(
        draft,
        &component,
        &vault,
        &component.replace('.', "-"),
        "vault",
        "privatelink.vaultcore.azure.net",
    );
    log::send(draft, &component, &vault, &["AuditEvent"]);
    if draft.stack.protection.data {
        protection::lock(draft, &component, &vault);
    }
}
