use serde_json::json;

use super::*;
use crate::plan::change::{Action, Change};
use crate::plan::consequence::Consequence;

fn template(resources: Value) -> Template {
    let text = json!({ "$schema": "x", "contentVersion": "1.0.0.0", "resources": resources }).to_string();
    Template::read(text.as_bytes()).unwrap()
}

fn plan(before: Value, after: Value) -> Plan {
    let (before, after) = (template(before), template(after));
    let none = BTreeMap::new();
    compare("test", Side { template: &before, parameters: &none }, Side { template: &after, parameters: &none })
}

fn server(properties: Value) -> Value {
    json!([{
        "type": "Microsoft.DBforPostgreSQL/flexibleServers",
        "apiVersion": "2025-08-01",
        "name": "main",
        "comments": "database.main",
        "location": "westeurope",
        "properties": properties,
    }])
}

fn only(plan: Plan) -> Change {
    assert_eq!(plan.changes.len(), 1, "{plan:#?}");
    plan.changes.into_iter().next().unwrap()
}

#[test]
fn the_same_template_changes_nothing_and_neither_does_the_order_of_what_has_names() {
    let one = server(json!({ "tags": [{ "name": "a", "value": 1 }, { "name": "b", "value": 2 }] }));
    let other = server(json!({ "tags": [{ "name": "b", "value": 2 }, { "name": "a", "value": 1 }] }));
    assert!(plan(one.clone(), one.clone()).is_empty());
    assert!(plan(one, other).is_empty());
}

#[test]
fn what_azure_fixes_at_creation_is_a_replacement_that_loses_what_it_holds() {
    let network = |subnet: &str| server(json!({ "network": { "delegatedSubnetResourceId": subnet } }));
    let change = only(plan(network("/one"), network("/two")));
    assert_eq!((change.action, change.consequence), (Action::Replace, Consequence::DataLoss));
    assert_eq!(change.component.as_deref(), Some("database.main"));
    assert_eq!(change.fields[0].path, "properties.network.delegatedSubnetResourceId");
    assert_eq!(change.fields[0].impact.consequence, Consequence::Replacement);
}

#[test]
fn a_disk_grows_in_place_and_does_not_shrink() {
    let disk = |size: u64| server(json!({ "storage": { "storageSizeGB": size } }));
    assert_eq!(only(plan(disk(128), disk(256))).consequence, Consequence::InPlace);
    assert_eq!(only(plan(disk(256), disk(128))).consequence, Consequence::DataLoss);
}

#[test]
fn fewer_days_of_backups_lose_data_and_a_newer_version_has_no_way_back() {
    let keep = |days: u64| server(json!({ "backup": { "backupRetentionDays": days } }));
    assert_eq!(only(plan(keep(30), keep(7))).consequence, Consequence::DataLoss);
    assert_eq!(only(plan(keep(7), keep(30))).consequence, Consequence::InPlace);
    let version = |major: &str| server(json!({ "version": major }));
    assert_eq!(only(plan(version("16"), version("17"))).consequence, Consequence::Irreversible);
}

#[test]
fn what_leaves_the_template_is_deleted_with_what_it_holds() {
    let change = only(plan(server(json!({})), json!([])));
    assert_eq!((change.action, change.consequence), (Action::Delete, Consequence::DataLoss));
    let replica = only(plan(server(json!({ "createMode": "Replica" })), json!([])));
    assert_eq!(replica.consequence, Consequence::InPlace);
}

#[test]
fn a_replica_is_promoted_where_it_is_and_never_follows_again() {
    let replica = || server(json!({ "createMode": "Replica", "sourceServerResourceId": "main" }));
    let promotion = json!({ "promoteMode": "Standalone", "promoteOption": "Planned" });
    let promoted =
        || server(json!({ "createMode": "Replica", "sourceServerResourceId": "main", "replica": promotion }));
    let change = only(plan(replica(), promoted()));
    assert_eq!((change.action, change.consequence), (Action::Update, Consequence::Interruption));
    let why = |change: &Change, what: &str| change.fields.iter().any(|field| field.impact.why.contains(what));
    assert!(why(&change, "promoted to a database of its own, for good"), "{change:#?}");
    // What it holds by then is its own.
    let back = only(plan(promoted(), replica()));
    assert_eq!((back.action, back.consequence), (Action::Replace, Consequence::DataLoss));
    assert!(why(&back, "follows nothing again"), "{back:#?}");
    assert_eq!(only(plan(promoted(), json!([]))).consequence, Consequence::DataLoss);
    assert_eq!(only(plan(replica(), json!([]))).consequence, Consequence::InPlace);
}

#[test]
fn a_role_a_rule_and_a_public_address_widen_access() {
    let role = json!({
        "type": "Microsoft.Authorization/roleAssignments",
        "apiVersion": "2022-04-01",
        "name": "00000000-0000-8000-a000-000000000000",
        "scope": "[resourceId('Microsoft.KeyVault/vaults', 'safe')]",
        "properties": {
            "principalId": "[reference(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'job'), '2024-11-30').principalId]",
            "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')]",
        },
    });
    let vault = |access: &str| {
        json!({
            "type": "Microsoft.KeyVault/vaults", "apiVersion": "2025-05-01", "name": "safe",
            "properties": { "publicNetworkAccess": access },
        })
    };
    let group = |source: &str| {
        json!({
            "type": "Microsoft.Network/networkSecurityGroups", "apiVersion": "2025-07-01", "name": "group",
            "properties": { "securityRules": [{ "name": "in", "properties": {
                "access": "Allow", "direction": "Inbound", "sourceAddressPrefix": source, "destinationPortRange": "443",
            }}]},
        })
    };
    let before = json!([vault("Disabled"), group("10.0.0.0/24")]);
    let widened = plan(before.clone(), json!([vault("Enabled"), group("*"), role])).exposures;
    let found: Vec<(&str, bool)> = widened.iter().map(|one| (one.what.as_str(), one.public)).collect();
    assert_eq!(
        found,
        [
            ("job gets the role Key Vault Secrets User on safe", false),
            ("has an address on the internet", true),
            ("connections from anywhere to port 443 are let in", true),
        ]
    );
    assert_eq!(plan(json!([vault("Enabled"), group("*")]), before).exposures, []);
}

#[test]
fn a_secret_that_somebody_wrote_down_is_compared_and_never_shown() {
    let app = |value: &str| {
        json!([{
            "type": "Microsoft.App/containerApps", "apiVersion": "2025-07-01", "name": "app",
            "properties": { "template": { "containers": [{ "name": "a", "env": [{ "name": "API_KEY", "value": value }] }] } },
        }])
    };
    let plan = plan(app("hunter2"), app("hunter3"));
    assert!(!format!("{plan:?}").contains("hunter"), "{plan:#?}");
    assert!(plan.changes[0].fields[0].sensitive);
}

#[test]
fn a_digest_that_is_given_brings_what_waited_for_it() {
    let text = json!({
        "$schema": "x", "contentVersion": "1.0.0.0",
        "parameters": { "image": { "type": "string", "defaultValue": "" } },
        "resources": [{
            "type": "Microsoft.App/jobs", "apiVersion": "2025-07-01", "name": "job",
            "condition": "[not(empty(parameters('image')))]", "properties": { "image": "[parameters('image')]" },
        }],
    });
    let template = Template::read(text.to_string().as_bytes()).unwrap();
    let (none, given) = (BTreeMap::new(), BTreeMap::from([("image".to_owned(), "sha256:1".to_owned())]));
    let without = Side { template: &template, parameters: &none };
    let with = Side { template: &template, parameters: &given };
    assert_eq!(only(compare("test", without, with)).action, Action::Create);
    assert!(compare("test", with, with).is_empty());
}

#[test]
fn an_image_that_stands_in_is_told_from_the_one_that_is_given() {
    let written = "[if(not(empty(parameters('image'))), concat('worker@', parameters('image')), 'nothing:latest')]";
    let with = |digest: &str| Given { parameters: BTreeMap::from([("image".to_owned(), digest.to_owned())]) };
    assert_eq!(with("").text(written), "nothing:latest");
    assert_eq!(with("sha256:1").text(written), "[concat('worker@', 'sha256:1')]");
}

#[test]
fn a_role_on_another_container_of_the_same_name_is_access_widened() {
    let grant = |name: &str, account: &str| {
        json!({ "type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": name,
            "scope": format!("[resourceId('Microsoft.Storage/storageAccounts/blobServices/containers', '{account}', 'default', 'objects')]"),
            "properties": { "principalType": "ServicePrincipal",
                "principalId": "[reference(resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'mailer'), '2024-11-30').principalId]",
                "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1')]" } })
    };
    let before = json!([grant("one", "uploads")]);
    let plan = plan(before, json!([grant("one", "uploads"), grant("two", "invoices")]));
    let said: Vec<&str> = plan.exposures.iter().map(|exposure| exposure.what.as_str()).collect();
    assert_eq!(said, ["mailer gets the role Storage Blob Data Reader on invoices/default/objects"]);
}
