//! What the sandbox knows of resource types beyond their arguments: names, what the cloud makes up, how long work takes.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::caller::number;
use crate::clouds::gcp::provider::{self, Argument};

/// The forms of identifiers, where other resources refer to them (each type's page in the provider's documentation, "Attributes
/// Reference", `id`).
const IDENTIFIERS: [(&str, &str); 30] = [
    ("google_artifact_registry_repository", "projects/{project}/locations/{location}/repositories/{repository_id}"),
    ("google_certificate_manager_certificate", "projects/{project}/locations/global/certificates/{name}"),
    ("google_certificate_manager_certificate_map", "projects/{project}/locations/global/certificateMaps/{name}"),
    ("google_certificate_manager_dns_authorization", "projects/{project}/locations/global/dnsAuthorizations/{name}"),
    ("google_cloud_run_v2_job", "projects/{project}/locations/{location}/jobs/{name}"),
    ("google_cloud_run_v2_service", "projects/{project}/locations/{location}/services/{name}"),
    ("google_cloud_run_v2_worker_pool", "projects/{project}/locations/{location}/workerPools/{name}"),
    ("google_cloud_scheduler_job", "projects/{project}/locations/{region}/jobs/{name}"),
    ("google_compute_backend_bucket", "projects/{project}/global/backendBuckets/{name}"),
    ("google_compute_backend_service", "projects/{project}/global/backendServices/{name}"),
    ("google_compute_firewall", "projects/{project}/global/firewalls/{name}"),
    ("google_compute_global_address", "projects/{project}/global/addresses/{name}"),
    ("google_compute_global_forwarding_rule", "projects/{project}/global/forwardingRules/{name}"),
    ("google_compute_network", "projects/{project}/global/networks/{name}"),
    (
        "google_compute_region_network_endpoint_group",
        "projects/{project}/regions/{region}/networkEndpointGroups/{name}",
    ),
    ("google_compute_router", "projects/{project}/regions/{region}/routers/{name}"),
    ("google_compute_ssl_policy", "projects/{project}/global/sslPolicies/{name}"),
    ("google_compute_subnetwork", "projects/{project}/regions/{region}/subnetworks/{name}"),
    ("google_compute_target_http_proxy", "projects/{project}/global/targetHttpProxies/{name}"),
    ("google_compute_target_https_proxy", "projects/{project}/global/targetHttpsProxies/{name}"),
    ("google_compute_url_map", "projects/{project}/global/urlMaps/{name}"),
    ("google_logging_project_bucket_config", "projects/{project}/locations/{location}/buckets/{bucket_id}"),
    ("google_monitoring_alert_policy", "projects/{project}/alertPolicies/{name}"),
    ("google_pubsub_subscription", "projects/{project}/subscriptions/{name}"),
    ("google_pubsub_topic", "projects/{project}/topics/{name}"),
    ("google_redis_instance", "projects/{project}/locations/{region}/instances/{name}"),
    ("google_secret_manager_secret", "projects/{project}/secrets/{secret_id}"),
    ("google_service_account", "projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com"),
    ("google_sql_database_instance", "{name}"),
    ("google_storage_bucket", "{name}"),
];

/// Where a configuration's resources go when they don't say it themselves.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    /// The provider's project.
    pub project: &'a str,
    /// Its region.
    pub region: &'a str,
}

/// Seconds that work on a resource takes in the cloud's own time: orders of magnitude, ours.
pub fn seconds(kind: &str) -> f64 {
    match kind {
        "google_sql_database_instance" => 600.0,
        "google_redis_instance" | "google_memorystore_instance" => 300.0,
        "google_service_networking_connection" | "google_compute_global_forwarding_rule" => 60.0,
        "google_cloud_run_v2_service" | "google_cloud_run_v2_worker_pool" | "google_compute_backend_service" => 30.0,
        "random_password" => 0.1,
        kind if kind.ends_with("_iam_member") => 8.0,
        kind if kind.starts_with("google_compute_") => 15.0,
        _ => 5.0,
    }
}

/// Whether making one that is there already is no failure: what is switched on, and roles that are given.
pub fn is_shared(kind: &str) -> bool {
    kind == "google_project_service" || kind.ends_with("_iam_member")
}

/// Whether a resource stays in the cloud when Terraform lets go of it.
pub fn stays(kind: &str, arguments: &Map<String, Value>) -> bool {
    let is = |name: &str, value: Value| arguments.get(name) == Some(&value);
    (kind == "google_project_service" && is("disable_on_destroy", json!(false)))
        || is("deletion_policy", json!("ABANDON"))
}

/// Why the provider refuses to delete a resource (each type's page, `deletion_protection`: on unless it is said otherwise).
pub fn protected(kind: &str, arguments: &Map<String, Value>) -> Option<String> {
    let guarded = kind == "google_sql_database_instance" || kind.starts_with("google_cloud_run_v2_");
    let has = provider::find(kind).is_some_and(|block| block.contains_key("deletion_protection"));
    let on = arguments.get("deletion_protection") != Some(&json!(false));
    (guarded && has && on).then(|| {
        format!("Error, failed to delete {kind} because deletion_protection is set to true. Set it to false to proceed with instance deletion")
    })
}

/// The project that a resource is in.
pub fn project<'a>(arguments: &'a Map<String, Value>, home: Home<'a>) -> &'a str {
    arguments.get("project").and_then(Value::as_str).unwrap_or(home.project)
}

/// What the cloud calls a resource; `made_up` for types that the cloud names itself.
pub fn identifier(kind: &str, arguments: &Map<String, Value>, home: Home<'_>, made_up: &str) -> String {
    let text = |name: &str| arguments.get(name).map(plain);
    let part = |name: &str| match name {
        "project" => project(arguments, home).to_owned(),
        "region" | "location" => text(name).unwrap_or_else(|| home.region.to_owned()),
        name => text(name).unwrap_or_else(|| made_up.to_owned()),
    };
    if let Some((_, form)) = IDENTIFIERS.iter().find(|(of, _)| *of == kind) {
        let mut id = (*form).to_owned();
        for name in ["project", "region", "location", "name", "repository_id", "bucket_id", "secret_id", "account_id"] {
            let place = format!("{{{name}}}");
            if id.contains(&place) {
                id = id.replace(&place, &part(name));
            }
        }
        return id;
    }
    // What is required and can't be changed names it, as far as it has a name.
    let block = provider::find(kind);
    let names = |name: &str, argument: &Argument| {
        name == "name" || (argument.required() && argument.forces_new() && argument.block.is_none())
    };
    let named: Vec<String> = block
        .into_iter()
        .flatten()
        .filter(|(name, argument)| name.as_str() != "project" && names(name, argument))
        .filter_map(|(name, _)| text(name))
        .collect();
    let own = kind.strip_prefix("google_").unwrap_or(kind);
    let project = project(arguments, home);
    match (named.is_empty() || kind == "random_password" || is_named_by_cloud(kind), kind) {
        (false, "google_project_service") => format!("{project}/{}", named.join("/")),
        (false, _) => format!("projects/{project}/{own}/{}", named.join("/")),
        (true, _) => format!("projects/{project}/{own}/{made_up}"),
    }
}

/// Types whose resources get a name from the cloud.
fn is_named_by_cloud(kind: &str) -> bool {
    matches!(
        kind,
        "google_billing_budget"
            | "google_monitoring_alert_policy"
            | "google_monitoring_dashboard"
            | "google_monitoring_notification_channel"
            | "google_secret_manager_secret_version"
    )
}

/// What the cloud makes up for a resource: everything that only it sets, and what it sets where nothing is given.
pub fn made_up(kind: &str, id: &str, arguments: &Map<String, Value>, home: Home<'_>) -> Map<String, Value> {
    let mut found = Map::from_iter([("id".to_owned(), json!(id))]);
    for (name, argument) in provider::find(kind).into_iter().flatten() {
        if argument.is_computed() && !arguments.contains_key(name) && name != "id" {
            found.insert(name.clone(), given(kind, id, name, argument, arguments, home));
        }
    }
    found
}

fn given(
    kind: &str,
    id: &str,
    name: &str,
    argument: &Argument,
    arguments: &Map<String, Value>,
    home: Home<'_>,
) -> Value {
    let project = project(arguments, home);
    let text = |name: &str| arguments.get(name).map(plain).unwrap_or_default();
    if let Some(block) = &argument.block {
        // What may also be given by hand stays out; what only the cloud sets has one element.
        let read_only = argument.read_only();
        let inner = block.iter().map(|(inner, argument)| {
            let path = format!("{name}.{inner}");
            let value = if kind == "google_certificate_manager_dns_authorization" {
                authorization(inner, &text("domain"))
            } else {
                given(kind, id, &path, argument, &Map::new(), home)
            };
            (inner.clone(), value)
        });
        return if read_only { json!([inner.collect::<Map<_, _>>()]) } else { json!([]) };
    }
    match (argument.kind.as_str(), name) {
        (_, "project") => json!(project),
        (_, "region" | "location") => json!(home.region),
        (_, "email") => json!(format!("{}@{project}.iam.gserviceaccount.com", text("account_id"))),
        (_, "member") => json!(format!("serviceAccount:{}@{project}.iam.gserviceaccount.com", text("account_id"))),
        (_, "name") => json!(id),
        (_, "self_link") => json!(format!("https://www.googleapis.com/{id}")),
        (_, "uri") => json!(format!("https://{}-{}.a.run.app", text("name"), digits(id, 10))),
        (_, "connection_name") => json!(format!("{project}:{}:{}", home.region, text("name"))),
        (_, "address" | "host" | "private_ip_address" | "first_ip_address" | "read_endpoint") => {
            let digest = Sha256::digest(format!("{id}/{name}").as_bytes());
            let [one, two, ..] = digest.first_chunk::<2>().copied().unwrap_or_default();
            let private = arguments.get("purpose").is_some() || kind != "google_compute_global_address";
            json!(if private { format!("10.200.{one}.{two}") } else { format!("203.0.113.{one}") })
        }
        (_, "project_number") => json!(number(project)),
        (_, "writer_identity") => {
            json!(format!("serviceAccount:service-{}@gcp-sa-logging.iam.gserviceaccount.com", number(project)))
        }
        (_, "version") => json!("1"),
        ("Int" | "Float", _) => json!(0),
        ("Bool", _) => json!(false),
        ("List" | "Set", _) => json!([]),
        ("Map", _) => json!({}),
        _ => json!(digits(&format!("{id}/{name}"), 20)),
    }
}

/// The record that proves a domain (Certificate Manager documentation, "DNS authorization").
fn authorization(part: &str, domain: &str) -> Value {
    match part {
        "name" => json!(format!("_acme-challenge.{domain}.")),
        "type" => json!("CNAME"),
        _ => json!(format!("{}.authorize.certificatemanager.goog.", digits(domain, 12))),
    }
}

/// A value as text.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Hexadecimal digits that follow from what they are for.
fn digits(of: &str, length: usize) -> String {
    let mut digits = hex::encode(Sha256::digest(of.as_bytes()));
    digits.truncate(length);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Home<'_> = Home { project: "shop-project", region: "us-central1" };

    fn named(kind: &str, arguments: Value) -> String {
        let Value::Object(arguments) = arguments else { panic!("no object") };
        identifier(kind, &arguments, HOME, "1")
    }

    #[test]
    fn a_resource_is_named_by_what_cannot_be_changed_in_it() {
        assert_eq!(named("google_pubsub_topic", json!({ "name": "a" })), "projects/shop-project/topics/a");
        assert_eq!(named("google_storage_bucket", json!({ "name": "a", "location": "EU" })), "a");
        let member = json!({ "bucket": "b", "member": "m", "role": "r" });
        assert_eq!(
            named("google_storage_bucket_iam_member", member),
            "projects/shop-project/storage_bucket_iam_member/b/m/r"
        );
        let policy = named("google_monitoring_alert_policy", json!({ "display_name": "a" }));
        assert_eq!(policy, "projects/shop-project/alertPolicies/1");
        assert!(IDENTIFIERS.iter().all(|(kind, _)| provider::find(kind).is_some()));
    }

    #[test]
    fn the_cloud_makes_up_what_nobody_else_sets() {
        let arguments = Map::from_iter([("domain".to_owned(), json!("x.example"))]);
        let found = made_up("google_certificate_manager_dns_authorization", "i", &arguments, HOME);
        assert_eq!(found["dns_resource_record"][0]["name"], "_acme-challenge.x.example.");
        let arguments = Map::from_iter([("account_id".to_owned(), json!("worker"))]);
        let found = made_up("google_service_account", "i", &arguments, HOME);
        assert_eq!(found["email"], "worker@shop-project.iam.gserviceaccount.com");
    }

    #[test]
    fn what_guards_itself_is_not_deleted() {
        let off = Map::from_iter([("deletion_protection".to_owned(), json!(false))]);
        assert!(protected("google_sql_database_instance", &Map::new()).is_some());
        assert!(protected("google_sql_database_instance", &off).is_none());
        assert!(protected("google_pubsub_topic", &Map::new()).is_none());
    }
}
