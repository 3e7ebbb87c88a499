//! The load balancer of a service: Google's global one, with TLS from the domain's certificate and a redirect to it.

use serde_json::{Value, json};

use crate::clouds::gcp::artifact;
use crate::clouds::gcp::draft::Draft;
use crate::clouds::gcp::expression::code;
use crate::clouds::gcp::front::{self, SCHEME};
use crate::clouds::gcp::names::{self, COMPUTE};
use crate::model::name::Name;
use crate::model::reference::Reference;
use crate::model::service::LoadBalancer;

const NEG: &str = "google_compute_region_network_endpoint_group";
const BACKEND: &str = "google_compute_backend_service";

/// Adds the load balancer of a public service under a domain.
pub(super) fn render(draft: &mut Draft<'_>, of: &Reference, artifact: &Name, called: &str, balancer: &LoadBalancer) {
    let component = of.to_string();
    let local = names::local(of);
    let (target, region) = (draft.target, draft.region());
    let named = |word: &str| names::with(target, of.name.as_str(), word, COMPUTE);
    let count = artifact::count(artifact);
    let first = |kind: &str, attribute: &str| code(format!("{kind}.{local}[0].{attribute}"));
    draft
        .add(
            &component,
            NEG,
            &local,
            json!({
                "name": named("group"),
                "region": region,
                "network_endpoint_type": "SERVERLESS",
                "cloud_run": { "service": first("google_cloud_run_v2_service", "name") },
            }),
        )
        .count = Some(count.clone());
    draft
        .add(
            &component,
            BACKEND,
            &local,
            json!({
                "name": named("backend"),
                "load_balancing_scheme": SCHEME,
                "protocol": "HTTPS",
                "backend": { "group": first(NEG, "id") },
                "session_affinity": if balancer.sticky.is_some() { "GENERATED_COOKIE" } else { "NONE" },
                "affinity_cookie_ttl_sec": balancer.sticky.map(|time| time.as_seconds()),
                "log_config": { "enable": true, "sample_rate": 1 },
            }),
        )
        .count = Some(count.clone());
    front::render(draft, of, json!({ "default_service": first(BACKEND, "id") }), Some(count));
    draft.output(format!("{local}_service"), format!("What Cloud Run calls {of}"), Value::String(called.to_owned()));
}
