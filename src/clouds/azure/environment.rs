//! The environment of Container Apps in which every function and service runs.

use serde_json::json;

use super::draft::Draft;
use super::id::Id;
use super::{log, names, network};

/// The component: no single one has it.
const COMPONENT: &str = "workloads";
/// The profile whose containers are paid for while they run.
pub(super) const PROFILE: &str = "Consumption";

/// The environment, made once.
pub(super) fn environment(draft: &mut Draft<'_>) -> Id {
    let id = Id::new("Microsoft.App/managedEnvironments", draft.stack_name(names::ENVIRONMENT));
    if draft.has(&id) {
        return id;
    }
    let private = draft.stack.network.is_some();
    let subnet = private.then(|| network::workloads(draft));
    draft.add(
        COMPONENT,
        &id,
        json!({
            "properties": {
                // Sent on by the diagnostic setting below, so that no key of the workspace is needed.
                "appLogsConfiguration": { "destination": "azure-monitor" },
                "peerTrafficConfiguration": { "encryption": { "enabled": true } },
                "publicNetworkAccess": if private { "Disabled" } else { "Enabled" },
                "vnetConfiguration": subnet.map(|subnet| json!({ "infrastructureSubnetId": subnet, "internal": true })),
                "workloadProfiles": [{ "name": PROFILE, "workloadProfileType": PROFILE }],
                "zoneRedundant": private,
            },
        }),
    );
    log::send(draft, COMPONENT, &id, &["ContainerAppConsoleLogs", "ContainerAppSystemLogs"]);
    id
}
