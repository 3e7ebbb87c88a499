//! The load balancer of a service: Google's global one, with TLS from the domain's certificate and a redirect to it.

use serde_json::{Value, json};

use crate::clouds::gcp::draft::{Draft, attribute};
use crate::clouds::gcp::expression::{Piece, code, joined, text};
use crate::clouds::gcp::names::{self, COMPUTE};
use crate::clouds::gcp::{artifact, domain};
use crate::model::name::Name;
use crate::model::reference::Reference;
use crate::model::service::LoadBalancer;

/// Said everywhere: another is what nothing said will mean from version 8 of the provider on.
const SCHEME: &str = "EXTERNAL_MANAGED";
const NEG: &str = "google_compute_region_network_endpoint_group";
const BACKEND: &str = "google_compute_backend_service";
const URLS: &str = "google_compute_url_map";
const ADDRESS: &str = "google_compute_global_address";
const FORWARDING: &str = "google_compute_global_forwarding_rule";
const HTTPS: &str = "google_compute_target_https_proxy";
const HTTP: &str = "google_compute_target_http_proxy";
const TLS: &str = "google_compute_ssl_policy";

/// Adds the load balancer of a public service under a domain.
pub(super) fn render(draft: &mut Draft<'_>, of: &Reference, artifact: &Name, called: &str, balancer: &LoadBalancer) {
    let component = of.to_string();
    let local = names::local(of);
    let (target, region) = (draft.target, draft.region());
    let named = |word: &str| names::with(target, of.name.as_str(), word, COMPUTE);
    let redirect = format!("{local}_redirect");
    let count = artifact::count(artifact);
    let first = |kind: &str, attribute: &str| code(format!("{kind}.{local}[0].{attribute}"));
    draft.add(&component, ADDRESS, &local, json!({ "name": named("address") }));
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
    draft
        .add(&component, URLS, &local, json!({ "name": named("urls"), "default_service": first(BACKEND, "id") }))
        .count = Some(count.clone());
    draft.add(
        &component,
        TLS,
        &local,
        json!({ "name": named("tls"), "profile": "RESTRICTED", "min_tls_version": "TLS_1_2" }),
    );
    draft
        .add(
            &component,
            HTTPS,
            &local,
            json!({
                "name": named("https"),
                "url_map": first(URLS, "id"),
                "ssl_policy": attribute(TLS, &local, "id"),
                "certificate_map": joined([
                    text("//certificatemanager.googleapis.com/"),
                    Piece::Code(format!("google_certificate_manager_certificate_map.{}.id", domain::CERTIFICATES)),
                ]),
            }),
        )
        .count = Some(count.clone());
    draft
        .add(
            &component,
            FORWARDING,
            &local,
            json!({
                "name": named("https"),
                "load_balancing_scheme": SCHEME,
                "ip_address": attribute(ADDRESS, &local, "id"),
                "port_range": "443",
                "target": first(HTTPS, "id"),
            }),
        )
        .count = Some(count);
    draft.add(
        &component,
        URLS,
        &redirect,
        json!({
            "name": named("redirect"),
            "default_url_redirect": {
                "https_redirect": true,
                "redirect_response_code": "MOVED_PERMANENTLY_DEFAULT",
                "strip_query": false,
            },
        }),
    );
    draft.add(
        &component,
        HTTP,
        &redirect,
        json!({ "name": named("http"), "url_map": attribute(URLS, &redirect, "id") }),
    );
    draft.add(
        &component,
        FORWARDING,
        &redirect,
        json!({
            "name": named("http"),
            "load_balancing_scheme": SCHEME,
            "ip_address": attribute(ADDRESS, &local, "id"),
            "port_range": "80",
            "target": attribute(HTTP, &redirect, "id"),
        }),
    );
    draft.output(format!("{local}_service"), format!("What Cloud Run calls {of}"), Value::String(called.to_owned()));
    domain::record(draft, of, attribute(ADDRESS, &local, "address"));
}
