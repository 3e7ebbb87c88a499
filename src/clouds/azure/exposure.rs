//! Access that a change widens: roles that somebody gets, addresses that are let in, what the public reaches.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::plan::exposure::Exposure;
use crate::plan::resource::Resource;

/// The names of the roles that landfall gives, and of those that give most (Azure RBAC documentation, "Azure built-in roles").
const ROLES: [(&str, &str); 11] = [
    ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner"),
    ("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor"),
    ("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator"),
    ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Storage Blob Data Reader"),
    ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor"),
    ("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User"),
    ("69a216fc-b8fb-44d8-bc22-1f3c2cd27a39", "Azure Service Bus Data Sender"),
    ("4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0", "Azure Service Bus Data Receiver"),
    ("b9a307c4-5aa3-4b52-ba60-2b17c136cd7b", "Container Apps Jobs Operator"),
    ("7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull"),
    ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader"),
];

/// Switches that open something: the type, the path, the value that is shut, what is open else, and whether to the public.
const SWITCHES: [(&str, &str, &str, &str, bool); 12] = [
    (
        "Microsoft.Storage/storageAccounts",
        "/properties/publicNetworkAccess",
        "Disabled",
        "has an address on the internet",
        true,
    ),
    (
        "Microsoft.Storage/storageAccounts",
        "/properties/allowBlobPublicAccess",
        "false",
        "may hold objects that anybody reads",
        true,
    ),
    (
        "Microsoft.Storage/storageAccounts",
        "/properties/allowSharedKeyAccess",
        "false",
        "is opened by keys that name nobody",
        false,
    ),
    (
        "Microsoft.Storage/storageAccounts",
        "/properties/networkAcls/defaultAction",
        "Deny",
        "lets every network in",
        true,
    ),
    (
        "Microsoft.KeyVault/vaults",
        "/properties/publicNetworkAccess",
        "Disabled",
        "has an address on the internet",
        true,
    ),
    (
        "Microsoft.ContainerRegistry/registries",
        "/properties/publicNetworkAccess",
        "Disabled",
        "has an address on the internet",
        true,
    ),
    (
        "Microsoft.ContainerRegistry/registries",
        "/properties/adminUserEnabled",
        "false",
        "is opened by a password that names nobody",
        false,
    ),
    (
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "/properties/network/publicNetworkAccess",
        "Disabled",
        "has an address on the internet",
        true,
    ),
    (
        "Microsoft.Cache/redisEnterprise",
        "/properties/publicNetworkAccess",
        "Disabled",
        "has an address on the internet",
        true,
    ),
    (
        "Microsoft.ServiceBus/namespaces",
        "/properties/disableLocalAuth",
        "true",
        "is opened by keys that name nobody",
        false,
    ),
    (
        "Microsoft.App/managedEnvironments",
        "/properties/publicNetworkAccess",
        "Disabled",
        "has an address on the internet",
        true,
    ),
    (
        "Microsoft.Storage/storageAccounts/blobServices/containers",
        "/properties/publicAccess",
        "None",
        "is read by anybody",
        true,
    ),
];

/// The widenings from one set of resources to another, sorted by resource.
pub(super) fn widened(before: &[Resource], after: &[Resource]) -> Vec<Exposure> {
    let old: BTreeMap<&str, &Resource> = before.iter().map(|resource| (resource.id.as_str(), resource)).collect();
    let mut found = BTreeSet::new();
    let granted: BTreeSet<String> = before.iter().filter_map(grant).collect();
    for resource in after {
        let was = old.get(resource.id.as_str()).copied();
        if let Some(grant) = grant(resource).filter(|grant| !granted.contains(grant)) {
            found.insert(exposure(resource, "properties.roleDefinitionId", grant, false));
        }
        found.extend(switched(resource, was));
        found.extend(let_in(resource, was));
        found.extend(published(resource, was));
    }
    found.into_iter().collect()
}

fn exposure(resource: &Resource, path: &str, what: String, public: bool) -> Exposure {
    Exposure { resource: resource.id.clone(), path: path.to_owned(), what, public }
}

fn text<'a>(resource: &'a Resource, pointer: &str) -> Option<&'a str> {
    resource.properties.pointer(pointer).and_then(Value::as_str)
}

/// The last text in quotes of an expression: the name of an identity, the identifier of a role.
fn last_quoted(expression: &str) -> &str {
    expression.split('\'').rev().nth(1).unwrap_or(expression)
}

/// What a role assignment grants, in words; none where it is none.
fn grant(resource: &Resource) -> Option<String> {
    if !resource.kind.eq_ignore_ascii_case("Microsoft.Authorization/roleAssignments") {
        return None;
    }
    let role = last_quoted(text(resource, "/properties/roleDefinitionId")?);
    let role = ROLES.iter().find(|(guid, _)| *guid == role).map_or(role, |(_, name)| name);
    let who = text(resource, "/properties/principalId")?;
    // `[reference(resourceId('…/userAssignedIdentities', 'name'), 'api').principalId]`
    let who = who.split('\'').nth(3).filter(|_| who.contains("userAssignedIdentities")).unwrap_or(who);
    let scope = resource.attributes.get("scope").and_then(Value::as_str);
    let on = scope.map_or_else(|| "the resource group".to_owned(), whole_name);
    Some(format!("{who} gets the role {role} on {on}"))
}

/// The whole name in `[resourceId('type', 'account', 'default', 'container')]`, from the outside in: two resources may have the same last one.
fn whole_name(expression: &str) -> String {
    let quoted: Vec<&str> = expression.split('\'').skip(1).step_by(2).collect();
    match quoted.as_slice() {
        [_, names @ ..] if !names.is_empty() => names.join("/"),
        _ => expression.to_owned(),
    }
}

fn value(resource: &Resource, pointer: &str) -> Option<String> {
    match resource.properties.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn switched(resource: &Resource, was: Option<&Resource>) -> Vec<Exposure> {
    let of_type = SWITCHES.iter().filter(|(kind, ..)| kind.eq_ignore_ascii_case(&resource.kind));
    let opened = of_type.filter(|(_, pointer, shut, ..)| {
        let open = |resource: &Resource| value(resource, pointer).as_deref() != Some(*shut);
        open(resource) && !was.is_some_and(open)
    });
    opened
        .map(|(_, pointer, _, what, public)| {
            let path = pointer.trim_start_matches('/').replace('/', ".");
            exposure(resource, &path, (*what).to_owned(), *public)
        })
        .collect()
}

/// Who is let in by one rule, and where.
struct Admitted {
    from: Vec<String>,
    ports: Vec<String>,
    path: String,
}

/// Rules of firewalls and security groups that let somebody in who wasn't before.
fn let_in(resource: &Resource, was: Option<&Resource>) -> Vec<Exposure> {
    let before = was.map(admitted).unwrap_or_default();
    let covered = |from: &str, port: &str| {
        before.iter().any(|old| {
            old.from.iter().any(|wider| holds(wider, from)) && old.ports.iter().any(|one| one == "*" || one == port)
        })
    };
    let mut found = Vec::new();
    for rule in admitted(resource) {
        if rule.from.iter().all(|from| rule.ports.iter().all(|port| covered(from, port))) {
            continue;
        }
        let public = rule.from.iter().any(|from| matches!(from.as_str(), "*" | "Internet" | "0.0.0.0/0"));
        let from = rule.from.join(", ").replace('*', "anywhere");
        let ports = rule.ports.join(", ");
        let ports = if ports == "*" { "every port".to_owned() } else { format!("port {ports}") };
        found.push(exposure(resource, &rule.path, format!("connections from {from} to {ports} are let in"), public));
    }
    found
}

/// Whether a source of connections holds another.
fn holds(wider: &str, other: &str) -> bool {
    let range = |text: &str| text.parse::<ipnet::Ipv4Net>().ok();
    wider == other
        || matches!(wider, "*" | "0.0.0.0/0")
        || range(wider).zip(range(other)).is_some_and(|(wider, other)| wider.contains(&other))
}

/// Who is let in by a resource.
fn admitted(resource: &Resource) -> Vec<Admitted> {
    match resource.kind.to_ascii_lowercase().as_str() {
        "microsoft.network/networksecuritygroups" => {
            let rules = resource.properties.pointer("/properties/securityRules").and_then(Value::as_array);
            let rules = rules.into_iter().flatten().enumerate();
            rules.filter_map(|(index, rule)| rule_admits(rule.get("properties")?, index)).collect()
        }
        "microsoft.dbforpostgresql/flexibleservers/firewallrules" => {
            let bound = |name: &str| text(resource, &format!("/properties/{name}")).unwrap_or_default();
            let (first, last) = (bound("startIpAddress"), bound("endIpAddress"));
            let from = match (first, last) {
                ("0.0.0.0", "255.255.255.255") => "0.0.0.0/0".to_owned(),
                (first, last) if first == last => format!("{first}/32"),
                (first, last) => format!("{first} to {last}"),
            };
            let path = "properties.startIpAddress".to_owned();
            vec![Admitted { from: vec![from], ports: vec!["5432".to_owned()], path }]
        }
        _ => Vec::new(),
    }
}

fn rule_admits(rule: &Value, index: usize) -> Option<Admitted> {
    let word = |name: &str| rule.get(name).and_then(Value::as_str);
    if word("access") != Some("Allow") || word("direction") != Some("Inbound") {
        return None;
    }
    let list = |one: &str, many: &str| {
        let several = rule.get(many).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        word(one).into_iter().chain(several).map(str::to_owned).collect::<Vec<_>>()
    };
    Some(Admitted {
        from: list("sourceAddressPrefix", "sourceAddressPrefixes"),
        ports: list("destinationPortRange", "destinationPortRanges"),
        path: format!("properties.securityRules[{index}]"),
    })
}

/// A way from the internet to something that had none: a route of Front Door, an app outside of a network.
fn published(resource: &Resource, was: Option<&Resource>) -> Option<Exposure> {
    if was.is_some() || !resource.kind.eq_ignore_ascii_case("Microsoft.Cdn/profiles/afdEndpoints/routes") {
        return None;
    }
    let what = "is a way from the internet to the service".to_owned();
    Some(exposure(resource, "properties.originGroup", what, true))
}
