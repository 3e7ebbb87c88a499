//! APIs: an HTTP API of Amazon API Gateway through the SAM transform, whose one route leads to a function's alias `live`.
//!
//! The route stands with the function (see `function.rs`), because only the transform can lead it to the alias.

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::{attribute, reference, sub};
use super::{domain, log, names};
use crate::diagnostics::finding::Finding;
use crate::model::api::Api;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::model::variable::Variable;

/// The largest request and the largest answer in bytes: what Lambda takes of a caller who waits (Lambda developer guide, "Lambda
/// quotas"; API Gateway itself takes 10 MB).
const LARGEST: u64 = 6 << 20;
/// What the name of an API leads to, as the outputs that name it go on.
pub(super) const LEADS_TO: &str = "DomainName";
/// The longest that a caller waits, in seconds (API Gateway developer guide, "Quotas for configuring and running an HTTP API").
const LONGEST: u64 = 30;
/// What is written down of each request (API Gateway developer guide, "Customize HTTP API access logs").
const LOGGED: [(&str, &str); 10] = [
    ("id", "requestId"),
    ("at", "requestTimeEpoch"),
    ("ip", "identity.sourceIp"),
    ("agent", "identity.userAgent"),
    ("method", "httpMethod"),
    ("path", "path"),
    ("status", "status"),
    ("bytes", "responseLength"),
    ("milliseconds", "responseLatency"),
    ("error", "integrationErrorMessage"),
];

/// The address: a name of the domain, or the cloud's own.
pub(super) fn url(stack: &Stack, name: &Name) -> Value {
    let of = Reference::new(Kind::Api, name);
    domain::url(stack, &of).map_or_else(
        || sub(format!("https://${{{}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}", names::logical(&of))),
        Value::String,
    )
}

/// The APIs whose requests a function answers.
pub(super) fn answered_by(stack: &Stack, function: &Reference) -> Vec<Reference> {
    let answered = stack.apis.iter().filter(|(_, api)| api.run == *function);
    answered.map(|(name, _)| Reference::new(Kind::Api, name)).collect()
}

/// The route to a function, as an event of it: every method and path.
pub(super) fn event(api: &Reference, timeout: u64) -> Value {
    json!({ "Type": "HttpApi", "Properties": {
        "ApiId": reference(names::logical(api)),
        "PayloadFormatVersion": "2.0",
        "TimeoutInMillis": timeout.clamp(1, LONGEST) * 1000,
    } })
}

/// Adds an API with its access log and its name.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, api: &Api) {
    let of = Reference::new(Kind::Api, name);
    let component = of.to_string();
    let id = names::logical(&of);
    check(draft, &of, api);
    let logs = format!("{id}Logs");
    log::workload_group(draft, &component, &logs);
    let logged: serde_json::Map<String, Value> =
        LOGGED.iter().map(|(key, what)| ((*key).to_owned(), json!(format!("$context.{what}")))).collect();
    let named = domain::host(draft.stack, &of);
    draft.add(
        &component,
        &id,
        "AWS::Serverless::HttpApi",
        json!({
            "Name": names::physical(draft.target, name, names::API),
            "Description": api.description,
            "AccessLogSettings": {
                "DestinationArn": attribute(&logs, "Arn"),
                "Format": Value::Object(logged).to_string(),
            },
            "DefaultRouteSettings": {
                "ThrottlingRateLimit": api.throttle.per_second,
                "ThrottlingBurstLimit": api.throttle.burst,
                "DetailedMetricsEnabled": true,
            },
            // Else the cloud's own name would be a second door.
            "DisableExecuteApiEndpoint": named.is_some().then_some(true),
            "FailOnWarnings": true,
        }),
    );
    if let Some(host) = named {
        let name = format!("{id}DomainName");
        draft.add(
            &component,
            &name,
            "AWS::ApiGatewayV2::DomainName",
            json!({
                "DomainName": host,
                "DomainNameConfigurations": [{
                    "CertificateArn": reference(domain::CERTIFICATE),
                    "EndpointType": "REGIONAL",
                    "SecurityPolicy": "TLS_1_2",
                }],
            }),
        );
        let mapping = draft.add(
            &component,
            format!("{id}Mapping"),
            "AWS::ApiGatewayV2::ApiMapping",
            json!({ "ApiId": reference(&id), "DomainName": reference(&name), "Stage": "$default" }),
        );
        // The transform makes the stage under this name (SAM developer guide, "Generated CloudFormation resources").
        mapping.depends_on = Some(json!([format!("{id}ApiGatewayDefaultStage")]));
        domain::record(
            draft,
            &of,
            domain::Destination {
                what: LEADS_TO,
                name: attribute(&name, "RegionalDomainName"),
                zone: attribute(&name, "RegionalHostedZoneId"),
                six: false,
                healthy: false,
            },
        );
    } else {
        draft.output(format!("{id}Url"), format!("The address of {of}"), url(draft.stack, name));
    }
}

/// What AWS would refuse only when it is asked.
fn check(draft: &mut Draft<'_>, of: &Reference, api: &Api) {
    let at = |key: &str| {
        let [section, name] = of.path();
        [section, name, key.to_owned()]
    };
    if api.largest_request.bytes() > LARGEST {
        draft.findings.push(
            Finding::error(
                "api-request",
                at("largest-request"),
                format!("{of} can't carry requests of `{}`", api.largest_request),
            )
            .why("a function takes and gives at most 6 MB where a caller waits (Lambda developer guide, \"Lambda quotas\")")
            .fix("refuse large batches with `6MiB` or less, or have callers put large things into a bucket"),
        );
    }
    let Some(function) = draft.stack.functions.get(&api.run.name).filter(|_| api.run.kind == Kind::Function) else {
        draft.findings.push(
            Finding::error("unknown-reference", at("run"), format!("`{}` is no function of this environment", api.run))
                .why("an API has its requests answered by a function")
                .fix("name a function, such as `function.api`"),
        );
        return;
    };
    if function.timeout.as_seconds() > LONGEST {
        let [section, name] = api.run.path();
        draft.findings.push(
            Finding::error("api-timeout", [section, name, "timeout".to_owned()], format!("{} may take {}, and callers of {of} wait {LONGEST}s", api.run, function.timeout))
                .why("API Gateway answers with the status 503 after 30 seconds while the function still runs and is paid for")
                .fix("write `timeout: 30s` or less; what takes longer goes into a queue")
                .related(of.path(), "the API"),
        );
    }
    let asks = |variable: &Variable| match variable {
        Variable::From(from) => from.from.of == *of,
        Variable::Text(_) | Variable::Number(_) | Variable::Decimal(_) | Variable::Switch(_) | Variable::Secret(_) => {
            false
        }
    };
    if draft.stack.domain.is_none()
        && let Some((variable, _)) = function.environment.iter().find(|(_, variable)| asks(variable))
    {
        let [section, name] = api.run.path();
        draft.findings.push(
            Finding::error(
                "circular-reference",
                [section, name, "environment".to_owned(), variable.to_string()],
                format!("{} can't be told the address of {of}", api.run),
            )
            .why("without a domain the address is known only once the API is made, and the API is made after its function")
            .fix("add `domain`, or leave the variable out"),
        );
    }
}
