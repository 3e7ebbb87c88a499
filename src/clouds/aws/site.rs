//! Sites: Amazon CloudFront before a bucket that stays private and lets only this distribution read.

use serde_json::{Value, json};

use super::draft::{Draft, Suppressed};
use super::expression::{attribute, reference, sub};
use super::{domain, log, names};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::placement::Cloud;
use crate::model::reference::{Kind, Reference};
use crate::model::site::{KEEP_TO_TLS, LONGEST, Site, UNKNOWN};
use crate::model::stack::Stack;

const KIND: &str = "AWS::CloudFront::Distribution";

/// Where certificates for CloudFront are made and its logs set up, wherever the stack stands (CloudFront developer guide, "Requirements for
/// using SSL/TLS certificates with CloudFront" and "Configure standard logging (v2)").
const HOME: &str = "us-east-1";

/// The zone of every distribution's own name (CloudFormation template reference, `AWS::Route53::RecordSet AliasTarget`).
const ZONE: &str = "Z2FDTNDATAQYW2";

/// TLS 1.2 with forward secrecy, and 1.3 (CloudFront developer guide, "Supported protocols and ciphers between viewers and CloudFront").
const TLS: &str = "TLSv1.2_2021";

/// The address: a name of the domain, or the distribution's own.
pub(super) fn url(stack: &Stack, name: &Name) -> Option<Value> {
    let of = Reference::new(Kind::Site, name);
    stack.sites.get(name)?;
    Some(match domain::url(stack, &of) {
        Some(url) => Value::String(url),
        None => sub(format!("https://${{{}.DomainName}}", names::logical(&of))),
    })
}

/// Whether the domain's certificate is for a site too.
pub(super) fn certified(stack: &Stack) -> bool {
    !stack.sites.is_empty() && stack.placement.region == HOME
}

/// Whether requests to sites are written down.
pub(super) fn writes_logs(stack: &Stack) -> bool {
    certified(stack)
}

/// What the policy of a bucket allows the sites that serve it: to read objects, and to be told which aren't there rather than that they may
/// not be read (CloudFront developer guide, "Restrict access to an Amazon S3 origin"; S3 API reference, GetObject). Nobody lists the bucket
/// by it: `/` is the index, and queries go no further than the caches.
pub(super) fn read(stack: &Stack, bucket: &Reference) -> Vec<Value> {
    let id = names::logical(bucket);
    let sites = stack.sites.iter().filter(|(_, site)| site.bucket == *bucket);
    sites
        .flat_map(|(name, _)| {
            let site = names::logical(&Reference::new(Kind::Site, name));
            let allow = |what: &str, action: &str, on: Value| {
                json!({
                    "Sid": format!("{site}{what}"),
                    "Effect": "Allow",
                    "Principal": { "Service": "cloudfront.amazonaws.com" },
                    "Action": action,
                    "Resource": on,
                    "Condition": { "StringEquals": { "aws:SourceArn": arn(&site) } },
                })
            };
            [
                allow("Reads", "s3:GetObject", sub(format!("${{{id}.Arn}}/*"))),
                allow("Finds", "s3:ListBucket", attribute(&id, "Arn")),
            ]
        })
        .collect()
}

/// The Amazon Resource Name of a distribution.
fn arn(site: &str) -> Value {
    sub(format!("arn:${{AWS::Partition}}:cloudfront::${{AWS::AccountId}}:distribution/${{{site}}}"))
}

/// Adds a site.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, site: &Site) {
    let of = Reference::new(Kind::Site, name);
    let component = of.to_string();
    let id = names::logical(&of);
    let called = names::physical(draft.target, name, names::SITE);
    let part = |what: &str| format!("{id}{what}");
    draft.add(
        &component,
        part("Access"),
        "AWS::CloudFront::OriginAccessControl",
        json!({ "OriginAccessControlConfig": {
            "Name": called,
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "always",
            "SigningProtocol": "sigv4",
        } }),
    );
    draft.add(
        &component,
        part("Cache"),
        "AWS::CloudFront::CachePolicy",
        json!({ "CachePolicyConfig": {
            "Name": called,
            "MinTTL": 0,
            "DefaultTTL": site.cache.as_seconds(),
            "MaxTTL": LONGEST,
            "ParametersInCacheKeyAndForwardedToOrigin": {
                "CookiesConfig": { "CookieBehavior": "none" },
                "HeadersConfig": { "HeaderBehavior": "none" },
                "QueryStringsConfig": { "QueryStringBehavior": "none" },
                "EnableAcceptEncodingBrotli": true,
                "EnableAcceptEncodingGzip": true,
            },
        } }),
    );
    draft.add(
        &component,
        part("Headers"),
        "AWS::CloudFront::ResponseHeadersPolicy",
        json!({ "ResponseHeadersPolicyConfig": { "Name": called, "SecurityHeadersConfig": {
            "StrictTransportSecurity": {
                "AccessControlMaxAgeSec": KEEP_TO_TLS,
                "IncludeSubdomains": false,
                "Override": true,
            },
            "ContentTypeOptions": { "Override": true },
            "FrameOptions": { "FrameOption": "SAMEORIGIN", "Override": true },
            "ReferrerPolicy": { "ReferrerPolicy": "strict-origin-when-cross-origin", "Override": true },
        } } }),
    );
    draft.add(
        &component,
        part("Folders"),
        "AWS::CloudFront::Function",
        json!({
            "Name": called,
            "AutoPublish": true,
            "FunctionConfig": {
                "Comment": format!("A folder is answered by its {}", site.index),
                "Runtime": "cloudfront-js-2.0",
            },
            "FunctionCode": folders(&site.index),
        }),
    );
    distribution(draft, &of, site);
    if writes_logs(draft.stack) {
        written_down(draft, &of, &called);
    } else {
        draft.findings.push(
            Finding::approximated("site-access-log", of.path(), format!("{of} without a list of its requests"))
                .why(format!("CloudFront's requests are written down by what is set up in {HOME} only, and this environment stands elsewhere"))
                .fix(format!("set the log up in {HOME} by hand (CloudFront developer guide, \"Configure standard logging (v2)\")")),
        );
    }
    draft.output(part("Id"), format!("The distribution of {of}, whose caches are emptied by it"), reference(&id));
    if draft.stack.domain.is_some() {
        let to = domain::Destination {
            what: "DomainName",
            name: attribute(&id, "DomainName"),
            zone: json!(ZONE),
            six: true,
            healthy: false,
        };
        domain::record(draft, &of, to);
    } else if let Some(url) = url(draft.stack, name) {
        draft.output(part("Url"), format!("The address of {of}"), url);
    }
}

fn distribution(draft: &mut Draft<'_>, of: &Reference, site: &Site) {
    let id = names::logical(of);
    let bucket = names::logical(&site.bucket);
    let host = domain::host(draft.stack, of);
    let certificate = certificate(draft, of, host.as_deref());
    let named = host.is_some();
    let unknown = site.unknown.as_ref().map(|page| {
        json!([{
            "ErrorCode": 404,
            "ResponseCode": if site.finds_its_way() { 200 } else { 404 },
            "ResponsePagePath": format!("/{page}"),
            "ErrorCachingMinTTL": UNKNOWN,
        }])
    });
    let resource = draft.add(
        &of.to_string(),
        &id,
        KIND,
        json!({ "DistributionConfig": {
            "Enabled": true,
            "Comment": site.description,
            "Aliases": host.map(|host| [host]),
            "ViewerCertificate": certificate,
            "HttpVersion": "http2and3",
            "IPV6Enabled": true,
            "DefaultRootObject": site.index,
            "CustomErrorResponses": unknown,
            "Origins": [{
                "Id": "bucket",
                "DomainName": attribute(&bucket, "RegionalDomainName"),
                "OriginAccessControlId": attribute(format!("{id}Access"), "Id"),
                // An identity of the older kind is no longer needed, but its place has to be there.
                "S3OriginConfig": { "OriginAccessIdentity": "" },
            }],
            "DefaultCacheBehavior": {
                "TargetOriginId": "bucket",
                "ViewerProtocolPolicy": "redirect-to-https",
                "AllowedMethods": ["GET", "HEAD"],
                "CachedMethods": ["GET", "HEAD"],
                "Compress": true,
                "CachePolicyId": reference(format!("{id}Cache")),
                "ResponseHeadersPolicyId": reference(format!("{id}Headers")),
                "FunctionAssociations": [{
                    "EventType": "viewer-request",
                    "FunctionARN": attribute(format!("{id}Folders"), "FunctionARN"),
                }],
            },
        } }),
    );
    resource.without_rule("CKV_AWS_68", "files that everybody may read leave a firewall nothing to keep out");
    resource.without_rule(
        "CKV_AWS_86",
        "the log service writes requests down, in place of the older way that needs access lists",
    );
    if !named {
        resource.without_rule("CKV_AWS_174", "the cloud's own name takes older TLS too, and nobody can forbid it to");
    }
}

/// What proves the site's name to visitors.
fn certificate(draft: &mut Draft<'_>, of: &Reference, host: Option<&str>) -> Value {
    let Some(host) = host else {
        draft.findings.push(
            Finding::approximated("site-old-tls", of.path(), format!("{of} over TLS 1.2 and newer only"))
                .why("CloudFront's own names speak TLS 1.0 and 1.1 too, and nobody can forbid them to")
                .fix("add `domain` with a name that you own"),
        );
        return json!({ "CloudFrontDefaultCertificate": true });
    };
    let own = brought(draft.stack, of);
    if draft.stack.placement.region != HOME && !own {
        draft.findings.push(
            Finding::error("site-certificate-region", of.path(), format!("no certificate for `{host}` can be made from {}", draft.stack.placement.region))
                .why(format!("CloudFront takes certificates from {HOME} only, and CloudFormation makes them where the stack stands"))
                .fix(format!(
                    "make one in {HOME} by hand and name it: `overrides: {{aws: {{{of}: {{{KIND}: {{DistributionConfig: {{ViewerCertificate: {{AcmCertificateArn: \"arn:aws:acm:{HOME}:…\"}}}}}}}}}}}}`"
                )),
        );
    }
    json!({
        "AcmCertificateArn": certified(draft.stack).then(|| reference(domain::CERTIFICATE)),
        "MinimumProtocolVersion": TLS,
        "SslSupportMethod": "sni-only",
    })
}

/// Whether an override names a certificate that was made elsewhere.
fn brought(stack: &Stack, of: &Reference) -> bool {
    let overrides = stack.overrides.get(&Cloud::Aws).and_then(|all| all.get(of)).and_then(|types| types.get(KIND));
    overrides
        .and_then(|properties| properties.get("DistributionConfig"))
        .and_then(|config| config.pointer("/ViewerCertificate/AcmCertificateArn"))
        .is_some()
}

/// What CloudFront runs before each request is looked up: a path that ends in a slash is its folder's index. The index's name has letters, digits,
/// dots, hyphens and underscores only, by the model.
fn folders(index: &str) -> String {
    [
        "function handler(event) {",
        "  var request = event.request;",
        "  if (request.uri.endsWith('/')) {",
        &format!("    request.uri += '{index}';"),
        "  }",
        "  return request;",
        "}",
        "",
    ]
    .join("\n")
}

/// Writes requests down into the bucket of access logs (CloudFront developer guide, "Configure standard logging (v2)").
fn written_down(draft: &mut Draft<'_>, of: &Reference, called: &str) {
    let component = of.to_string();
    let id = names::logical(of);
    let bucket = log::access_logs_arn(draft);
    let (source, destination) = (format!("{id}LogsFrom"), format!("{id}LogsTo"));
    draft.add(
        &component,
        &source,
        "AWS::Logs::DeliverySource",
        json!({ "Name": called, "LogType": "ACCESS_LOGS", "ResourceArn": arn(&id) }),
    );
    draft.add(
        &component,
        &destination,
        "AWS::Logs::DeliveryDestination",
        json!({ "Name": called, "DestinationResourceArn": bucket, "OutputFormat": "json" }),
    );
    let delivery = draft.add(
        &component,
        format!("{id}Logs"),
        "AWS::Logs::Delivery",
        json!({
            "DeliverySourceName": reference(&source),
            "DeliveryDestinationArn": attribute(&destination, "Arn"),
            "S3SuffixPath": "{DistributionId}/{yyyy}/{MM}/{dd}",
        }),
    );
    // Else the log service would write into the bucket's policy itself.
    delivery.depends_on = Some(json!([log::ACCESS_LOGS_POLICY]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clouds::aws::registry;
    use crate::clouds::aws::render::render;

    fn stack(region: &str, rest: Value) -> Stack {
        let mut stack = json!({
            "description": "a site",
            "placement": { "cloud": "aws", "account": "111111111111", "region": region },
            "buckets": { "files": {} },
            "sites": { "web": { "bucket": "bucket.files", "unknown": "index.html" } },
        });
        for (key, value) in rest.as_object().unwrap() {
            stack[key] = value.clone();
        }
        serde_json::from_value(stack).unwrap()
    }

    #[test]
    fn every_property_of_a_site_is_one_that_the_registry_knows() {
        let domain = json!({ "domain": { "name": "example.com", "zone": "Z1" } });
        for rest in [json!({}), domain] {
            let rendered = render(&"shop/dev".parse().unwrap(), &stack("us-east-1", rest)).unwrap();
            for (id, resource) in rendered.template.resources {
                let schema = registry::find(&resource.kind).unwrap();
                assert_eq!(schema.check(&Value::Object(resource.properties)), [], "{id}");
            }
        }
    }

    #[test]
    fn only_its_own_distribution_reads_the_bucket() {
        let rendered = render(&"shop/dev".parse().unwrap(), &stack("us-east-1", json!({}))).unwrap();
        let policy = &rendered.template.resources["BucketFilesPolicy"].properties["PolicyDocument"]["Statement"];
        let allows: Vec<&Value> = policy.as_array().unwrap().iter().filter(|one| one["Effect"] == "Allow").collect();
        assert_eq!(allows.len(), 2);
        for allow in allows {
            assert_eq!(allow["Principal"], json!({ "Service": "cloudfront.amazonaws.com" }));
            assert_eq!(allow["Condition"], json!({ "StringEquals": { "aws:SourceArn": arn("SiteWeb") } }));
        }
    }

    #[test]
    fn a_certificate_from_elsewhere_is_asked_for_where_the_stack_stands_elsewhere() {
        let domain = json!({ "name": "example.com", "zone": "Z1" });
        let target = "shop/dev".parse().unwrap();
        let refused = render(&target, &stack("eu-west-1", json!({ "domain": domain }))).unwrap_err();
        assert!(refused.iter().any(|finding| finding.code == "site-certificate-region"));
        let made = "arn:aws:acm:us-east-1:111111111111:certificate/1";
        let own = json!({ "DistributionConfig": { "ViewerCertificate": { "AcmCertificateArn": made } } });
        let overrides = json!({ "aws": { "site.web": { KIND: own } } });
        let rendered =
            render(&target, &stack("eu-west-1", json!({ "domain": domain, "overrides": overrides }))).unwrap();
        let config = &rendered.template.resources["SiteWeb"].properties["DistributionConfig"];
        assert_eq!(config["ViewerCertificate"]["AcmCertificateArn"], made);
        assert!(!rendered.template.resources.contains_key(domain::CERTIFICATE));
    }
}
