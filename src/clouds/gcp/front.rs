//! What stands before a service or a site: an address, TLS from the domain's certificate, and a redirect to it.

use serde_json::{Value, json};

use super::domain;
use super::draft::{Draft, attribute};
use super::expression::{Piece, code, joined, text};
use super::names::{self, COMPUTE};
use crate::model::reference::{Kind, Reference};

/// Said everywhere: another is what nothing said will mean from version 8 of the provider on.
pub(super) const SCHEME: &str = "EXTERNAL_MANAGED";
const URLS: &str = "google_compute_url_map";
const ADDRESS: &str = "google_compute_global_address";
const FORWARDING: &str = "google_compute_global_forwarding_rule";
const HTTPS: &str = "google_compute_target_https_proxy";
const HTTP: &str = "google_compute_target_http_proxy";
const TLS: &str = "google_compute_ssl_policy";

/// Adds what stands before a component: `urls` says where requests go, and `count` whether that is there yet.
pub(super) fn render(draft: &mut Draft<'_>, of: &Reference, mut urls: Value, count: Option<Value>) {
    let component = of.to_string();
    let local = names::local(of);
    let target = draft.target;
    // A site may have the name of a service.
    let called = if of.kind == Kind::Site { format!("{}-site", of.name) } else { of.name.to_string() };
    let named = |word: &str| names::with(target, &called, word, COMPUTE);
    let redirect = format!("{local}_redirect");
    let given = |kind: &str, name: &str| match &count {
        Some(_) => code(format!("{kind}.{local}[0].{name}")),
        None => attribute(kind, &local, name),
    };
    draft.add(&component, ADDRESS, &local, json!({ "name": named("address") }));
    if let Some(urls) = urls.as_object_mut() {
        urls.insert("name".to_owned(), json!(named("urls")));
    }
    draft.add(&component, URLS, &local, urls).count.clone_from(&count);
    draft.add(
        &component,
        TLS,
        &local,
        json!({ "name": named("tls"), "profile": "RESTRICTED", "min_tls_version": "TLS_1_2" }),
    );
    let https = json!({
        "name": named("https"),
        "url_map": given(URLS, "id"),
        "ssl_policy": attribute(TLS, &local, "id"),
        "certificate_map": joined([
            text("//certificatemanager.googleapis.com/"),
            Piece::Code(format!("google_certificate_manager_certificate_map.{}.id", domain::CERTIFICATES)),
        ]),
    });
    draft.add(&component, HTTPS, &local, https).count.clone_from(&count);
    let forwarding = json!({
        "name": named("https"),
        "load_balancing_scheme": SCHEME,
        "ip_address": attribute(ADDRESS, &local, "id"),
        "port_range": "443",
        "target": given(HTTPS, "id"),
    });
    draft.add(&component, FORWARDING, &local, forwarding).count.clone_from(&count);
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
    domain::record(draft, of, attribute(ADDRESS, &local, "address"));
}
