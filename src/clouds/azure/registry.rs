//! Registries: Azure Container Registry, spread over the zones, without passwords. Workloads reach it through the network; whoever deploys
//! reaches it from outside, as on the other clouds, and is let in by who they are.

use serde_json::{Value, json};

use super::draft::Draft;
use super::id::Id;
use super::{names, network, protection};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::registry::Registry;
use crate::model::stack::Stack;

/// The longest that untagged images are kept, in days (Container Registry documentation, "Set a retention policy").
const LONGEST: u64 = 365;

/// The registry.
pub(super) fn id(draft: &Draft<'_>, name: &Name) -> Id {
    Id::new("Microsoft.ContainerRegistry/registries", draft.compact(name.as_str(), names::REGISTRY))
}

/// The registry that holds the images of an artifact: that of a service which runs it, else the first one.
pub(super) fn of_artifact<'stack>(stack: &'stack Stack, artifact: &Name) -> Option<&'stack Name> {
    let by_service = stack.services.values().find(|service| service.artifact == *artifact);
    by_service.map(|service| &service.registry).or_else(|| stack.registries.keys().next())
}

/// Adds a registry.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, registry: &Registry) {
    let of = Reference::new(Kind::Registry, name);
    let component = of.to_string();
    let days = network::days(registry.keep_untagged);
    if days > LONGEST {
        draft.never(
            "azure-registry-keep",
            &of,
            ["keep-untagged"],
            format!("untagged images kept for `{}`", registry.keep_untagged),
            format!("Azure deletes them after {LONGEST} days at the latest, or never"),
            format!("choose a time up to `{LONGEST}d`"),
        );
    }
    draft.nearly(
        "azure-registry-keep",
        &of,
        ["keep-images"],
        format!("the last {} images kept, their tags never moved", registry.keep_images),
        "a registry deletes untagged images by age only, and locks images one by one; workloads name theirs by digest, so a moved tag changes nothing that runs",
        "delete old images by a task of the registry, and lock released ones",
    );
    let private = network::needed(draft, &of);
    let id = id(draft, name);
    draft.add(
        &component,
        &id,
        json!({
            // The only tier with private endpoints and a retention policy.
            "sku": { "name": "Premium" },
            "properties": {
                "adminUserEnabled": false,
                "anonymousPullEnabled": false,
                "zoneRedundancy": "Enabled",
                // Images come from those who deploy, who stand outside of the network. An override closes it where they stand inside.
                "publicNetworkAccess": "Enabled",
                "networkRuleBypassOptions": "AzureServices",
                "policies": {
                    "retentionPolicy": { "days": days.min(LONGEST), "status": "enabled" },
                    "azureADAuthenticationAsArmPolicy": { "status": "enabled" },
                },
            },
        }),
    );
    if private {
        let part = component.replace('.', "-");
        network::connect(draft, &component, &id, &part, "registry", "privatelink.azurecr.io");
    }
    if draft.stack.protection.data {
        protection::lock(draft, &component, &id);
    }
    draft.output(format!("registry{}Url", names::pascal(name.as_str())), server(draft, name));
}

/// The host name of a registry.
pub(super) fn server(draft: &Draft<'_>, name: &Name) -> Value {
    id(draft, name).gives("loginServer")
}
