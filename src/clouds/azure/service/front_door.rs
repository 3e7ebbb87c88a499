//! Front Door before a public service: TLS, plain requests sent on to TLS, a firewall, and a private way into the network.

use serde_json::{Value, json};

use crate::clouds::azure::draft::Draft;
use crate::clouds::azure::expression::{expression, part, quoted};
use crate::clouds::azure::front_door::{self, Way};
use crate::clouds::azure::id::Id;
use crate::clouds::azure::{artifact, domain, names, protection};
use crate::model::name::Name;
use crate::model::reference::Reference;
use crate::model::service::LoadBalancer;
use crate::model::units::Time;

/// Adds what stands before a service, and the profile with the first.
pub(super) fn render(
    draft: &mut Draft<'_>,
    of: &Reference,
    runs: &Name,
    app: &Id,
    balancer: &LoadBalancer,
    environment: &Id,
) {
    let component = of.to_string();
    let name = of.name.as_str();
    let profile = front_door::shared(draft, &component);
    check(draft, of, balancer);
    let endpoint = profile.child("Microsoft.Cdn/profiles/afdEndpoints", &draft.physical(name, names::ENDPOINT));
    draft.add(&component, &endpoint, json!({ "properties": { "enabledState": "Enabled" } }));
    let group = profile.child("Microsoft.Cdn/profiles/originGroups", name);
    let health = &balancer.health;
    draft.add(
        &component,
        &group,
        json!({
            "properties": {
                "healthProbeSettings": {
                    "probePath": health.path,
                    "probeProtocol": "Https",
                    "probeRequestType": "GET",
                    "probeIntervalInSeconds": health.every.as_seconds().clamp(1, 255),
                },
                "loadBalancingSettings": {
                    "sampleSize": health.healthy + health.unhealthy - 1,
                    "successfulSamplesRequired": health.healthy,
                    "additionalLatencyInMilliseconds": 50,
                },
                "sessionAffinityState": if balancer.sticky.is_some() { "Enabled" } else { "Disabled" },
            },
        }),
    );
    // The name of an app follows from its environment's, so that the origin can be there before the app is.
    let host = expression(format!("concat('{}.', {})", app.name, part(&environment.gives("defaultDomain"))));
    let way = Way { name, host, kind: "managedEnvironments", to: environment, after: None };
    let origin = front_door::origin(draft, of, &group, &way);
    let custom = front_door::route(draft, of, &endpoint, (&group, &origin), name, None);
    firewall(draft, &component, name, &profile, custom.as_ref().unwrap_or(&endpoint));
    if balancer.protected {
        protection::lock(draft, &component, &endpoint);
    }
    draft.output(format!("service{}Host", names::pascal(name)), endpoint.gives("hostName"));
    let address = address(draft, of, runs, &endpoint);
    draft.output(address_output(of), address);
}

/// The output that holds the address of a public service.
pub(in crate::clouds::azure) fn address_output(of: &Reference) -> String {
    format!("service{}Url", names::pascal(of.name.as_str()))
}

/// The address of a service on the internet: its name under the domain, else Front Door's own. Empty while there is no image that could
/// run.
fn address(draft: &Draft<'_>, of: &Reference, runs: &Name, endpoint: &Id) -> Value {
    let url = match domain::host(draft.stack, of) {
        Some(host) => quoted(&format!("https://{host}")),
        None => format!("concat('https://', {})", part(&endpoint.gives("hostName"))),
    };
    expression(format!("if({}, {url}, '')", artifact::given(runs)))
}

fn check(draft: &mut Draft<'_>, of: &Reference, balancer: &LoadBalancer) {
    draft.nearly(
        "azure-private-link",
        of,
        ["load-balancer"],
        "a load balancer that leads to the service by itself",
        "Front Door asks for a private way to the environment of workloads, and somebody allows it there once, after the first deployment",
        "approve the connection: az network private-endpoint-connection approve",
    );
    if !front_door::WAITS.contains(&balancer.idle_timeout.as_seconds()) {
        draft.nearly(
            "azure-idle",
            of,
            ["load-balancer", "idle-timeout"],
            format!("answers awaited for `{}`", balancer.idle_timeout),
            "Front Door waits for 16 seconds to four minutes",
            "choose a time from `16s` to `4m`",
        );
    }
    if balancer.drain > Time::seconds(super::DRAIN) {
        draft.nearly(
            "azure-drain",
            of,
            ["load-balancer", "drain"],
            format!("copies that may finish their requests for `{}`", balancer.drain),
            "a container has ten minutes at most",
            "choose a time up to `10m`",
        );
    }
}

/// Rules that Microsoft keeps up to date, against known attacks and robots.
fn firewall(draft: &mut Draft<'_>, component: &str, name: &str, profile: &Id, guarded: &Id) {
    let policy =
        Id::new("Microsoft.Network/FrontDoorWebApplicationFirewallPolicies", draft.compact(name, names::FIREWALL));
    draft.add(
        component,
        &policy,
        json!({
            "sku": { "name": "Premium_AzureFrontDoor" },
            "properties": {
                "policySettings": { "enabledState": "Enabled", "mode": "Prevention", "requestBodyCheck": "Enabled" },
                "managedRules": {
                    "managedRuleSets": [
                        {
                            "ruleSetType": "Microsoft_DefaultRuleSet",
                            "ruleSetVersion": "2.1",
                            "ruleSetAction": "Block",
                            "ruleGroupOverrides": [],
                            "exclusions": [],
                        },
                        {
                            "ruleSetType": "Microsoft_BotManagerRuleSet",
                            "ruleSetVersion": "1.1",
                            "ruleGroupOverrides": [],
                            "exclusions": [],
                        },
                    ],
                },
            },
        }),
    );
    let association = profile.child("Microsoft.Cdn/profiles/securityPolicies", name);
    draft.add(
        component,
        &association,
        json!({
            "properties": {
                "parameters": {
                    "type": "WebApplicationFirewall",
                    "wafPolicy": { "id": policy.value() },
                    "associations": [{ "domains": [{ "id": guarded.value() }], "patternsToMatch": ["/*"] }],
                },
            },
        }),
    );
}
