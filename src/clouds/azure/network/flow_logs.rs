//! Flow logs: the record of accepted and rejected connections, in an account of their own.
//!
//! A flow log belongs to the region's network watcher, which Azure makes by itself in a resource group of its own
//! (`NetworkWatcherRG`; Network Watcher documentation, "Enable or disable Azure Network Watcher"), so it is deployed there.

use serde_json::json;

use super::COMPONENT;
use crate::clouds::azure::document::SCHEMA;
use crate::clouds::azure::draft::Draft;
use crate::clouds::azure::expression::parameter;
use crate::clouds::azure::id::Id;
use crate::clouds::azure::{bucket, log, names};
use crate::diagnostics::finding::Finding;
use crate::model::units::Time;

/// The longest that flow logs are kept, in days (Network Watcher documentation, "Flow logs").
const LONGEST: u64 = 365;

/// Adds the flow log of the network and the account that holds it.
pub(super) fn render(draft: &mut Draft<'_>, keep: Time) {
    let days = super::days(keep);
    if days > LONGEST {
        draft.findings.push(
            Finding::refused("azure-flow-logs", ["network", "flow-logs"], format!("flow logs kept for `{keep}`"))
                .why(format!("Azure keeps them for {LONGEST} days at the longest"))
                .fix(format!("choose a time up to `{LONGEST}d`")),
        );
    }
    let account = Id::new("Microsoft.Storage/storageAccounts", draft.compact("flows", names::ACCOUNT));
    // Network Watcher writes with the account's key, as a service that the account trusts.
    draft.add(COMPONENT, &account, bucket::account("Standard_GZRS", true));
    let network = super::id(draft);
    let workspace = log::workspace(draft).value();
    let region = draft.region();
    let watcher = Id::new("Microsoft.Resources/deployments", draft.physical("flow-logs", names::NETWORK));
    let given = |name: &str| (name.to_owned(), json!({ "type": "string" }));
    let template = json!({
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": serde_json::Map::from_iter([given("network"), given("account"), given("workspace")]),
        "resources": [{
            "type": "Microsoft.Network/networkWatchers/flowLogs",
            "apiVersion": "2025-07-01",
            "name": format!("NetworkWatcher_{region}/{}", draft.stack_name(names::NETWORK)),
            "location": region,
            "properties": {
                "enabled": true,
                "targetResourceId": parameter("network"),
                "storageId": parameter("account"),
                "format": { "type": "JSON", "version": 2 },
                "retentionPolicy": { "days": days, "enabled": true },
                "flowAnalyticsConfiguration": {
                    "networkWatcherFlowAnalyticsConfiguration": {
                        "enabled": true,
                        "trafficAnalyticsInterval": 60,
                        "workspaceResourceId": parameter("workspace"),
                    },
                },
            },
        }],
    });
    draft.add(
        COMPONENT,
        &watcher,
        json!({
            "resourceGroup": "NetworkWatcherRG",
            "properties": {
                "mode": "Incremental",
                "expressionEvaluationOptions": { "scope": "inner" },
                "parameters": {
                    "network": { "value": network },
                    "account": { "value": account.value() },
                    "workspace": { "value": workspace },
                },
                "template": template,
            },
        }),
    );
}
