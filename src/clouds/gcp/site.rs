//! Sites: Cloud CDN before a bucket that stays private and lets only the load balancer read.

use serde_json::json;

use super::draft::{Draft, at, attribute};
use super::expression::{Piece, joined, text};
use super::names::{self, COMPUTE};
use super::{bucket, front};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::site::{KEEP_TO_TLS, LONGEST, Site, UNKNOWN};
use crate::model::stack::Stack;

const BACKEND: &str = "google_compute_backend_bucket";

/// What each answer tells browsers: to keep to TLS, to believe the type of a file, to show it in no other site's frame, and to tell other
/// sites no more than where visitors come from.
fn headers() -> [String; 4] {
    [
        format!("Strict-Transport-Security: max-age={KEEP_TO_TLS}"),
        "X-Content-Type-Options: nosniff".to_owned(),
        "X-Frame-Options: SAMEORIGIN".to_owned(),
        "Referrer-Policy: strict-origin-when-cross-origin".to_owned(),
    ]
}

/// The file that answers for a folder of a bucket, where a site serves it.
pub(super) fn folders<'stack>(stack: &'stack Stack, bucket: &Reference) -> Option<&'stack str> {
    stack.sites.values().find(|site| site.bucket == *bucket).map(|site| site.index.as_str())
}

/// Adds a site.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, site: &Site) {
    let of = Reference::new(Kind::Site, name);
    if draft.stack.domain.is_none() {
        draft.refuse(
            "gcp-site-domain",
            &of,
            &[],
            format!("{of} under a name of Google's"),
            "a load balancer has an address and no name, and a certificate is for a name",
            "add `domain` with a name that you own",
        );
        return;
    }
    check(draft, &of, site);
    let component = of.to_string();
    let local = names::local(&of);
    draft.add(
        &component,
        BACKEND,
        &local,
        json!({
            "name": names::with(draft.target, name.as_str(), "site-bucket", COMPUTE),
            "description": site.description,
            "bucket_name": attribute(bucket::KIND, &names::local(&site.bucket), "name"),
            "enable_cdn": true,
            "compression_mode": "AUTOMATIC",
            "custom_response_headers": headers(),
            "cdn_policy": {
                // What a file says of itself counts.
                "cache_mode": "CACHE_ALL_STATIC",
                "default_ttl": site.cache.as_seconds(),
                "max_ttl": LONGEST,
                "negative_caching": true,
                "negative_caching_policy": [{ "code": 404, "ttl": UNKNOWN }],
            },
        }),
    );
    let number = draft.project_number();
    let reader = draft.add(
        &component,
        "google_storage_bucket_iam_member",
        &local,
        json!({
            "bucket": attribute(bucket::KIND, &names::local(&site.bucket), "name"),
            "role": "roles/storage.objectViewer",
            "member": joined([
                text("serviceAccount:service-"),
                Piece::Code(number),
                text("@https-lb.iam.gserviceaccount.com"),
            ]),
        }),
    );
    // Google makes the account with a project's first of these.
    reader.depends_on.insert(format!("{BACKEND}.{local}"));
    let files = attribute(BACKEND, &local, "id");
    let unknown = site.unknown.as_ref().map(|page| {
        json!({
            "error_service": files,
            "error_response_rule": [{
                "match_response_codes": ["404"],
                "path": format!("/{page}"),
                "override_response_code": if site.finds_its_way() { 200 } else { 404 },
            }],
        })
    });
    front::render(
        draft,
        &of,
        json!({ "default_service": files, "default_custom_error_response_policy": unknown }),
        None,
    );
    draft.output(
        format!("{local}_urls"),
        format!("The map of addresses of {of}, whose caches are emptied by it"),
        attribute("google_compute_url_map", &local, "name"),
    );
}

/// What Google Cloud has nearly.
fn check(draft: &mut Draft<'_>, of: &Reference, site: &Site) {
    if folders(draft.stack, &site.bucket).is_some_and(|index| index != site.index) {
        draft.findings.push(
            Finding::error(
                "gcp-site-index",
                at(of, &["index"]),
                format!("`{}` answers for folders of `{}`", site.index, site.bucket),
            )
            .why("on Google Cloud that is a bucket's property, and another site of this bucket names another file")
            .fix("name the same file, or give the site a bucket of its own"),
        );
    }
    draft.nearly(
        "gcp-site-cache",
        of,
        &["cache"],
        format!("files that say nothing of it kept for `{}`", site.cache),
        "Cloud Storage says of private files that say nothing that they aren't to be kept, so each request for one goes to the bucket",
        "put files there with a `cache-control` of their own: gcloud storage cp --cache-control",
    );
    draft.nearly(
        "gcp-site-reader",
        of,
        &["bucket"],
        format!("`{}` read by the load balancer from the beginning", site.bucket),
        "Google makes the account by which it reads with a project's first site, and the role is refused where that takes a moment longer",
        "deploy again if the first deployment in a project fails there",
    );
}
