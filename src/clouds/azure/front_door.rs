//! Front Door: the profile that public services and sites share, the private ways from it to what answers, and its routes.

use serde_json::{Value, json};

use super::draft::Draft;
use super::id::Id;
use super::{domain, log, names};
use crate::model::reference::Reference;

/// How long Front Door may wait for an answer, in seconds (Front Door documentation, "Origin response timeout").
pub(super) const WAITS: std::ops::RangeInclusive<u64> = 16..=240;

/// The profile that all public services and sites share; its name has to be no other's.
pub(super) fn profile(draft: &Draft<'_>) -> Id {
    Id::new("Microsoft.Cdn/profiles", draft.stack_name(names::NETWORK))
}

/// The profile, made once. How long it waits is the same for all services.
pub(super) fn shared(draft: &mut Draft<'_>, component: &str) -> Id {
    let id = profile(draft);
    if draft.has(&id) {
        return id;
    }
    let balancers = draft.stack.services.values().filter_map(|service| service.load_balancer.as_ref());
    let longest = balancers.filter(|balancer| balancer.public).map(|balancer| balancer.idle_timeout.as_seconds()).max();
    let waits = longest.unwrap_or(60).clamp(*WAITS.start(), *WAITS.end());
    draft.add(
        component,
        &id,
        json!({
            // The only tier with a private way to its origins and rules that somebody else keeps up to date.
            "sku": { "name": "Premium_AzureFrontDoor" },
            "properties": { "originResponseTimeoutSeconds": waits },
        }),
    );
    log::send(draft, component, &id, &["FrontDoorAccessLog", "FrontDoorWebApplicationFirewallLog"]);
    id
}

/// A private way to what answers.
pub(super) struct Way<'a> {
    /// The name of its origin and of its route.
    pub(super) name: &'a str,
    /// The host that answers.
    pub(super) host: Value,
    /// What kind of resource the way leads to, as private links call it.
    pub(super) kind: &'static str,
    /// The resource.
    pub(super) to: &'a Id,
    /// What has to be there before it answers.
    pub(super) after: Option<&'a Id>,
}

/// Adds the one origin of a group.
pub(super) fn origin(draft: &mut Draft<'_>, of: &Reference, group: &Id, way: &Way<'_>) -> Id {
    let id = group.child("Microsoft.Cdn/profiles/originGroups/origins", way.name);
    let region = draft.region();
    let resource = draft.add(
        &of.to_string(),
        &id,
        json!({
            "properties": {
                "hostName": way.host,
                "originHostHeader": way.host,
                "httpPort": 80,
                "httpsPort": 443,
                "priority": 1,
                "weight": 1000,
                "enabledState": "Enabled",
                "enforceCertificateNameCheck": true,
                "sharedPrivateLinkResource": {
                    "groupId": way.kind,
                    "privateLink": { "id": way.to.value() },
                    "privateLinkLocation": region,
                    "requestMessage": format!("{}/{}", draft.target, of),
                },
            },
        }),
    );
    if let Some(after) = way.after {
        resource.depends_on.insert(format!("[{}]", after.text()));
    }
    id
}

/// Adds the route from an endpoint to a group by its origin, and gives the name of the domain's that leads to it, where there is one: then
/// it is found under no other.
pub(super) fn route(
    draft: &mut Draft<'_>,
    of: &Reference,
    endpoint: &Id,
    (group, origin): (&Id, &Id),
    name: &str,
    cache: Option<Value>,
) -> Option<Id> {
    let custom = domain::custom(draft, of, &profile(draft));
    let id = endpoint.child("Microsoft.Cdn/profiles/afdEndpoints/routes", name);
    let mut properties = json!({
        "originGroup": { "id": group.value() },
        "customDomains": custom.iter().map(|custom| json!({ "id": custom.value() })).collect::<Vec<_>>(),
        "supportedProtocols": ["Http", "Https"],
        "httpsRedirect": "Enabled",
        "forwardingProtocol": "HttpsOnly",
        "patternsToMatch": ["/*"],
        "linkToDefaultDomain": if custom.is_some() { "Disabled" } else { "Enabled" },
        "enabledState": "Enabled",
    });
    if let Some(cache) = cache {
        properties["cacheConfiguration"] = cache;
    }
    let resource = draft.add(&of.to_string(), &id, json!({ "properties": properties }));
    resource.depends_on.insert(format!("[{}]", origin.text()));
    custom
}
