//! Sites: Front Door before the web endpoint of a bucket's account, which it reaches by a private way.

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::{expression, part};
use super::front_door::{self, Way};
use super::id::Id;
use super::{bucket, domain, names, network};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::site::Site;
use crate::model::stack::Stack;

/// The container whose files an account serves as a site (Blob Storage documentation, "Static website hosting").
const CONTAINER: &str = "$web";

/// What is worth compressing (Front Door documentation, "Improve performance by compressing files": of the types that it takes, those that
/// sites are made of).
const COMPRESSED: [&str; 9] = [
    "application/javascript",
    "application/json",
    "application/xml",
    "font/otf",
    "font/ttf",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
];

/// How a bucket's account serves it as a site; none where no site does.
pub(super) fn served(stack: &Stack, bucket: &Reference) -> Option<Value> {
    let site = stack.sites.values().find(|site| site.bucket == *bucket)?;
    Some(json!({ "enabled": true, "indexDocument": site.index, "errorDocument404Path": site.unknown }))
}

/// A name beside those of services, which share the profile.
fn beside(name: &Name) -> String {
    format!("{name}-site")
}

fn endpoint(draft: &Draft<'_>, name: &Name) -> Id {
    let profile = front_door::profile(draft);
    profile.child("Microsoft.Cdn/profiles/afdEndpoints", &draft.physical(&beside(name), names::ENDPOINT))
}

/// The address: a name of the domain, or the endpoint's own.
pub(super) fn url(draft: &Draft<'_>, name: &Name) -> Option<Value> {
    let of = Reference::new(Kind::Site, name);
    draft.stack.sites.get(name)?;
    Some(match domain::host(draft.stack, &of) {
        Some(host) => json!(format!("https://{host}")),
        None => expression(format!("concat('https://', {})", part(&endpoint(draft, name).gives("hostName")))),
    })
}

/// Adds a site.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, site: &Site) {
    let of = Reference::new(Kind::Site, name);
    let component = of.to_string();
    if !network::needed(draft, &of) {
        return;
    }
    check(draft, &of, site);
    let profile = front_door::shared(draft, &component);
    let endpoint = endpoint(draft, name);
    draft.add(&component, &endpoint, json!({ "properties": { "enabledState": "Enabled" } }));
    let group = profile.child("Microsoft.Cdn/profiles/originGroups", &beside(name));
    draft.add(
        &component,
        &group,
        json!({
            "properties": {
                // There is one origin, so nothing is gained by asking it how it is.
                "loadBalancingSettings": {
                    "sampleSize": 4,
                    "successfulSamplesRequired": 3,
                    "additionalLatencyInMilliseconds": 50,
                },
                "sessionAffinityState": "Disabled",
            },
        }),
    );
    let account = bucket::id(draft, &site.bucket.name);
    // https://account.z13.web.core.windows.net/
    let host = expression(format!("split({}, '/')[2]", part(&account.gives("primaryEndpoints.web"))));
    // The endpoint answers once the account serves a site.
    let blobs = account.child("Microsoft.Storage/storageAccounts/blobServices", "default");
    let name_there = beside(name);
    let way = Way { name: &name_there, host, kind: "web", to: &account, after: Some(&blobs) };
    let origin = front_door::origin(draft, &of, &group, &way);
    let cache = json!({
        "queryStringCachingBehavior": "IgnoreQueryString",
        "compressionSettings": { "isCompressionEnabled": true, "contentTypesToCompress": COMPRESSED },
    });
    front_door::route(draft, &of, &endpoint, (&group, &origin), &name_there, Some(cache));
    draft.output(format!("site{}Host", names::pascal(name.as_str())), endpoint.gives("hostName"));
}

/// What Azure has nearly.
fn check(draft: &mut Draft<'_>, of: &Reference, site: &Site) {
    let first = draft.stack.sites.values().find(|other| other.bucket == site.bucket);
    if first.is_some_and(|first| first.index != site.index || first.unknown != site.unknown) {
        let [section, name] = of.path();
        draft.findings.push(
            Finding::error(
                "azure-site-index",
                [section, name, "bucket".to_owned()],
                format!("another site serves `{}` otherwise", site.bucket),
            )
            .why("in Azure the files that answer for folders and for what isn't there are an account's properties")
            .fix("name the same files, or give the site a bucket of its own"),
        );
    }
    draft.nearly(
        "azure-private-link",
        of,
        ["bucket"],
        format!("`{}` served from the beginning", site.bucket),
        "Front Door asks for a private way to the account, and somebody allows it there once, after the first deployment",
        "approve the connection: az network private-endpoint-connection approve",
    );
    draft.nearly(
        "azure-site-container",
        of,
        ["bucket"],
        format!("all files of `{}`", site.bucket),
        format!(
            "an account serves those of its container `{CONTAINER}`, and workloads keep theirs in `{}`",
            bucket::CONTAINER
        ),
        format!("put the site's files into `{CONTAINER}`"),
    );
    draft.nearly(
        "azure-site-cache",
        of,
        ["cache"],
        format!("files that say nothing of it kept for `{}`", site.cache),
        "Front Door keeps those for one to three days",
        "put files there with a `cache-control` of their own: az storage blob upload-batch --content-cache-control",
    );
    draft.nearly(
        "azure-site-headers",
        of,
        [],
        "browsers told to keep to TLS, to believe the types of files and to show them in no other site's frame",
        "Front Door adds such headers by sets of rules, which this version of landfall doesn't write",
        "say as much as HTML can in the pages themselves, or add a set of rules to the route by hand",
    );
    if site.finds_its_way() {
        draft.nearly(
            "azure-site-unknown",
            of,
            ["unknown"],
            "the index with the status 200 for what isn't there",
            "an account answers with that file and the status 404: browsers show it alike, search engines don't list it",
            "leave it so where no search engine has to find these paths",
        );
    }
}
