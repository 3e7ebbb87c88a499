//! Sites: a private bucket of Amazon S3 behind Amazon CloudFront, which alone may read it (origin access control).
//!
//! Distribution, certificate and access log have to stand in us-east-1 (CloudFront developer guide, "Requirements for using SSL/TLS
//! certificates with CloudFront" and "Standard logging (v2)"), so a stack with a site does.

use serde_json::{Value, json};

use super::draft::{Draft, Suppressed};
use super::expression::{attribute, reference, sub};
use super::{bucket, domain, log, names};
use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::site::Site;

/// The region of everything that belongs to CloudFront.
const REGION: &str = "us-east-1";
/// The headers that a browser is told to be careful by: the cloud's own set (CloudFront developer guide, "Use managed response
/// headers policies", SecurityHeadersPolicy).
const CAREFUL: &str = "67f7725c-6f97-4210-82d7-5512b31e9d03";
/// The zone of all distributions' names (CloudFormation reference, AWS::Route53::RecordSet AliasTarget).
const ZONE: &str = "Z2FDTNDATAQYW2";
/// The longest that a copy is kept however a file asks for it, in seconds: a year, the cloud's own figure.
const LONGEST: u64 = 31_536_000;
/// How long earlier versions of files are kept, in days: the way back from a bad release.
const EARLIER: u64 = 30;

/// The logical id of the bucket of a site's files.
pub(super) fn files(of: &Reference) -> String {
    format!("{}Files", names::logical(of))
}

/// Adds a site.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, site: &Site) {
    let of = Reference::new(Kind::Site, name);
    let component = of.to_string();
    let id = names::logical(&of);
    check(draft, &of, site);
    let bucket = files(&of);
    keep_files(draft, &of, &bucket, site);
    draft.add(
        &component,
        format!("{id}Access"),
        "AWS::CloudFront::OriginAccessControl",
        json!({ "OriginAccessControlConfig": {
            "Name": names::physical(draft.target, name, names::ORIGIN_ACCESS),
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "always",
            "SigningProtocol": "sigv4",
        } }),
    );
    draft.add(
        &component,
        format!("{id}Copies"),
        "AWS::CloudFront::CachePolicy",
        json!({ "CachePolicyConfig": {
            "Name": names::physical(draft.target, name, names::CACHE_POLICY),
            "MinTTL": 0,
            "DefaultTTL": site.keep_copies.as_seconds(),
            "MaxTTL": LONGEST,
            "ParametersInCacheKeyAndForwardedToOrigin": {
                "CookiesConfig": { "CookieBehavior": "none" },
                "EnableAcceptEncodingBrotli": true,
                "EnableAcceptEncodingGzip": true,
                "HeadersConfig": { "HeaderBehavior": "none" },
                "QueryStringsConfig": { "QueryStringBehavior": "none" },
            },
        } }),
    );
    distribution(draft, &of, site, &bucket);
    access_log(draft, &of);
    let attribute_of = |what: &str| attribute(&id, what);
    if domain::host(draft.stack, &of).is_some() {
        let destination = domain::Destination {
            what: "Distribution",
            name: attribute_of("DomainName"),
            zone: json!(ZONE),
            healthy: false,
            six: true,
        };
        domain::record(draft, &of, destination);
    } else {
        draft.output(format!("{id}Url"), format!("The address of {of}"), sub(format!("https://${{{id}.DomainName}}")));
    }
    draft.output(format!("{bucket}Name"), format!("Where the files of {of} go"), reference(&bucket));
    draft.output(format!("{id}Id"), format!("What holds the copies of {of}"), reference(&id));
}

/// Adds the bucket of the files. It is encrypted with the cloud's own key: what it holds is public anyway.
fn keep_files(draft: &mut Draft<'_>, of: &Reference, id: &str, site: &Site) {
    let component = of.to_string();
    let logs = log::access_logs(draft);
    draft
        .add(
            &component,
            id,
            "AWS::S3::Bucket",
            json!({
                "BucketEncryption": { "ServerSideEncryptionConfiguration": [
                    { "ServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } },
                ] },
                "PublicAccessBlockConfiguration": bucket::nothing_public(),
                "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] },
                "VersioningConfiguration": { "Status": "Enabled" },
                "LifecycleConfiguration": { "Rules": [{
                    "Id": "earlier-versions",
                    "Status": "Enabled",
                    "NoncurrentVersionExpiration": { "NoncurrentDays": EARLIER },
                    "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 7 },
                }] },
                "LoggingConfiguration": { "DestinationBucketName": logs, "LogFilePrefix": format!("site-{}/", of.name) },
            }),
        )
        .policies(if site.protected { "Retain" } else { "Delete" }, "Retain");
    draft.add(
        &component,
        format!("{id}Policy"),
        "AWS::S3::BucketPolicy",
        json!({
            "Bucket": reference(id),
            "PolicyDocument": { "Version": "2012-10-17", "Statement": [bucket::tls_only(id), {
                "Sid": "CopiesForVisitors",
                "Effect": "Allow",
                "Principal": { "Service": "cloudfront.amazonaws.com" },
                "Action": "s3:GetObject",
                "Resource": sub(format!("${{{id}.Arn}}/*")),
                "Condition": { "StringEquals": { "AWS:SourceArn": distribution_arn(of) } },
            }] },
        }),
    );
}

fn distribution_arn(of: &Reference) -> Value {
    sub(format!("arn:${{AWS::Partition}}:cloudfront::${{AWS::AccountId}}:distribution/${{{}}}", names::logical(of)))
}

fn distribution(draft: &mut Draft<'_>, of: &Reference, site: &Site, bucket: &str) {
    let id = names::logical(of);
    let host = domain::host(draft.stack, of);
    // A private bucket says 403 of what isn't there, so that nobody learns what is.
    let errors: Vec<Value> = site
        .not_found
        .iter()
        .flat_map(|page| [403, 404].map(|status| (page, status)))
        .map(|(page, status)| {
            json!({
                "ErrorCode": status,
                "ResponseCode": if *page == site.index { 200 } else { 404 },
                "ResponsePagePath": format!("/{page}"),
                "ErrorCachingMinTTL": 10,
            })
        })
        .collect();
    let certificate = host.as_ref().map_or_else(
        || json!({ "CloudFrontDefaultCertificate": true }),
        |_| {
            json!({
                "AcmCertificateArn": reference(domain::CERTIFICATE),
                "MinimumProtocolVersion": "TLSv1.2_2021",
                "SslSupportMethod": "sni-only",
            })
        },
    );
    let resource = draft.add(
        &of.to_string(),
        &id,
        "AWS::CloudFront::Distribution",
        json!({ "DistributionConfig": {
            "Enabled": true,
            "Comment": of.to_string(),
            "Aliases": host.as_ref().map(|host| json!([host])),
            "DefaultRootObject": site.index,
            "HttpVersion": "http2and3",
            "IPV6Enabled": true,
            "PriceClass": "PriceClass_100",
            "ViewerCertificate": certificate,
            "Origins": [{
                "Id": "files",
                "DomainName": attribute(bucket, "RegionalDomainName"),
                "OriginAccessControlId": reference(format!("{id}Access")),
                // The older kind of access has to be there and empty (CloudFormation reference, AWS::CloudFront::Distribution
                // S3OriginConfig).
                "S3OriginConfig": { "OriginAccessIdentity": "" },
            }],
            "DefaultCacheBehavior": {
                "TargetOriginId": "files",
                "AllowedMethods": ["GET", "HEAD"],
                "CachedMethods": ["GET", "HEAD"],
                "Compress": true,
                "ViewerProtocolPolicy": "redirect-to-https",
                "CachePolicyId": reference(format!("{id}Copies")),
                "ResponseHeadersPolicyId": CAREFUL,
            },
            "CustomErrorResponses": (!errors.is_empty()).then_some(errors),
        } }),
    );
    resource
        .without_rule("CKV_AWS_68", "the distribution gives out files and runs nothing that a request could attack")
        .without_rule("CKV_AWS_86", "access goes to a log group through log delivery, which the rule doesn't know")
        .without_rule("CKV_AWS_310", "the files have no second origin; copies near visitors outlast a short failure")
        .without_rule("CKV_AWS_374", "the model asks for visitors from everywhere");
    if host.is_none() {
        resource.without_rule("CKV_AWS_174", "without a domain the cloud's own certificate decides on the TLS version");
        resource.without_rule("CKV2_AWS_42", "without a domain the cloud's own certificate is the only one");
    }
}

/// Adds the log of who asked for what (CloudFront developer guide, "Standard logging (v2)").
fn access_log(draft: &mut Draft<'_>, of: &Reference) {
    let component = of.to_string();
    let id = names::logical(of);
    let logs = format!("{id}Logs");
    let days = log::workload_retention(draft);
    log::group(draft, &component, &logs, days);
    let (source, destination) = (format!("{id}LogSource"), format!("{id}LogDestination"));
    let named = names::physical(draft.target, &of.name, names::LOG_DELIVERY);
    draft.add(
        &component,
        &source,
        "AWS::Logs::DeliverySource",
        json!({ "Name": named, "LogType": "ACCESS_LOGS", "ResourceArn": distribution_arn(of) }),
    );
    draft.add(
        &component,
        &destination,
        "AWS::Logs::DeliveryDestination",
        json!({
            "Name": named,
            "DestinationResourceArn": attribute(&logs, "Arn"),
            "OutputFormat": "json",
        }),
    );
    draft.add(
        &component,
        format!("{id}LogDelivery"),
        "AWS::Logs::Delivery",
        json!({ "DeliverySourceName": reference(&source), "DeliveryDestinationArn": attribute(&destination, "Arn") }),
    );
}

/// What AWS would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, of: &Reference, site: &Site) {
    let [section, name] = of.path();
    if draft.stack.placement.region != REGION {
        draft.findings.push(
            Finding::error(
                "site-region",
                [section.clone(), name.clone()],
                format!("a site can't stand in `{}`", draft.stack.placement.region),
            )
            .why("CloudFront takes certificates and access logs from us-east-1 only; visitors get copies near them wherever it stands")
            .fix("place the site in an environment of its own in us-east-1")
            .related(["placement", "region"], "the region"),
        );
    }
    if site.keep_copies.as_seconds() > LONGEST {
        draft.findings.push(
            Finding::error(
                "site-copies",
                [section, name, "keep-copies".to_owned()],
                format!("copies can't be kept for `{}`", site.keep_copies),
            )
            .why("landfall has CloudFront keep them for a year at most")
            .fix("write `365d` or less"),
        );
    }
}
