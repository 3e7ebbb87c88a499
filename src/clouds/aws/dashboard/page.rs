//! Dashboards as pages of graphs for others: the same metrics as the cloud's own.
//!
//! CloudFormation makes up the names of most resources. A page finds them by the tags that CloudFormation gives to whatever it makes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::clouds::aws::document::Template;
use crate::clouds::aws::metric::{self, Refusal};
use crate::clouds::aws::render;
use crate::clouds::page::{self, lines, unit};
use crate::clouds::stack_name;
use crate::diagnostics::finding::Finding;
use crate::model::dashboard::Graph;
use crate::model::metric::{Metric, Statistic};
use crate::model::placement::Target;
use crate::model::stack::Stack;
use crate::page::{LookedUp, Page, Panel, Query, Source, Unit};

/// How names are found: the resource's type here, the attribute that is wanted (none for what a reference gives), its type in the register of
/// tags, and what of its Amazon Resource Name is the name (Service Authorization Reference, "Resource types defined by …", by service).
const NAMES: [(&str, Option<&str>, &str, &str); 8] = [
    ("AWS::RDS::DBInstance", None, "rds:db", "/:db:(.+)$/"),
    ("AWS::ElastiCache::ReplicationGroup", None, "elasticache:replicationgroup", "/:replicationgroup:(.+)$/"),
    ("AWS::SQS::Queue", Some("QueueName"), "sqs", "/:([^:]+)$/"),
    ("AWS::Serverless::HttpApi", None, "apigateway", r"/\/apis\/([^\/]+)$/"),
    ("AWS::ECS::Cluster", None, "ecs:cluster", r"/:cluster\/(.+)$/"),
    ("AWS::ECS::Service", Some("Name"), "ecs:service", r"/:service\/[^\/]+\/(.+)$/"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        Some("LoadBalancerFullName"),
        "elasticloadbalancing:loadbalancer",
        r"/:loadbalancer\/(.+)$/",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        Some("TargetGroupFullName"),
        "elasticloadbalancing:targetgroup",
        r"/:(targetgroup\/.+)$/",
    ),
];

/// The pages of a target.
///
/// # Errors
/// Why its template, whose names it tells, can't be rendered; the graphs that AWS measures nothing for.
pub(in crate::clouds) fn pages(target: &Target, stack: &Stack) -> Result<Vec<Page>, Vec<Finding>> {
    let template = render::render(target, stack)?.template;
    let stack_name = stack_name(target);
    let places = &stack.placement;
    let source = Source::CloudWatch { account: places.account.clone(), region: places.region.clone() };
    page::pages(stack, &source, |page, graph| {
        let figure = |metric: Option<&Metric>, bound| metric::threshold(stack, metric, bound);
        let mut names = Names { template: &template, stack: &stack_name, found: &mut page.looked_up };
        Ok(Panel {
            title: graph.title.clone(),
            unit: measured_in(graph),
            seconds: graph.over.as_seconds(),
            queries: queries(target, stack, graph, &mut names)?,
            lines: lines(stack, graph, &figure)?,
        })
    })
}

/// The unit of a graph: times of functions and APIs are in milliseconds.
fn measured_in(graph: &Graph) -> Unit {
    match (unit(graph), &graph.metric) {
        (Unit::Seconds, Some(Metric::Measured(metric))) if metric::seconds(Some(metric)) > 1.0 => Unit::Milliseconds,
        (unit, _) => unit,
    }
}

fn queries(target: &Target, stack: &Stack, graph: &Graph, names: &mut Names<'_>) -> Result<Vec<Query>, Refusal> {
    let mut queries = Vec::new();
    for (name, metric, statistic) in super::terms(graph)? {
        let alone = graph.math.is_none();
        let series = metric::series(target, stack, metric)?;
        let id = name.unwrap_or("m");
        let mut parts = Vec::new();
        for (id, base) in series.named(id) {
            queries.push(metric_query(names, &id, base, statistic, alone && series.bases.len() == 1)?);
            parts.push(id);
        }
        if let Some(expression) = series.joined(&parts) {
            let id = name.unwrap_or(super::RESULT).to_owned();
            queries.push(Query::Arithmetic { id, expression, shown: alone });
        }
    }
    if let Some(math) = &graph.math {
        let expression = math.expression.clone();
        queries.push(Query::Arithmetic { id: super::RESULT.to_owned(), expression, shown: true });
    }
    Ok(queries)
}

fn metric_query(
    names: &mut Names<'_>,
    id: &str,
    base: &metric::Base,
    statistic: Statistic,
    shown: bool,
) -> Result<Query, Refusal> {
    let mut dimensions = BTreeMap::new();
    for (name, value) in &base.dimensions {
        dimensions.insert(name.clone(), names.told(value)?);
    }
    Ok(Query::Metric {
        id: id.to_owned(),
        namespace: base.namespace.clone(),
        name: base.name.clone(),
        dimensions,
        statistic: metric::statistic(statistic),
        shown,
    })
}

/// Names that CloudFormation makes up, and how a page finds them.
struct Names<'a> {
    template: &'a Template,
    stack: &'a str,
    found: &'a mut BTreeMap<String, LookedUp>,
}

impl Names<'_> {
    /// The value of a dimension, with `${id}` for what is looked up.
    fn told(&mut self, value: &Value) -> Result<String, Refusal> {
        let unknown = || format!("`{value}` is no name that a page could find");
        if let Some(text) = value.as_str() {
            return Ok(text.to_owned());
        }
        if let Some(id) = value["Ref"].as_str() {
            return self.looked_up(id, None);
        }
        if let (Some(id), Some(attribute)) = (value["Fn::GetAtt"][0].as_str(), value["Fn::GetAtt"][1].as_str()) {
            return self.looked_up(id, Some(attribute));
        }
        // A reference with something behind it, such as the number of a node.
        let text = value["Fn::Sub"].as_str().and_then(|text| text.strip_prefix("${")).ok_or_else(unknown)?;
        let (id, rest) = text.split_once('}').filter(|(_, rest)| !rest.contains("${")).ok_or_else(unknown)?;
        Ok(format!("{}{rest}", self.looked_up(id, None)?))
    }

    fn looked_up(&mut self, id: &str, attribute: Option<&str>) -> Result<String, Refusal> {
        let kind = self.template.resources.get(id).map_or("", |resource| resource.kind.as_str());
        let (.., tagged, pattern) = NAMES
            .into_iter()
            .find(|(known, gives, ..)| *known == kind && *gives == attribute)
            .ok_or_else(|| format!("`{id}` has no name that a page could find"))?;
        let tags = BTreeMap::from([
            ("aws:cloudformation:logical-id", id.to_owned()),
            ("aws:cloudformation:stack-name", self.stack.to_owned()),
        ]);
        self.found.insert(id.to_owned(), LookedUp { kind: tagged, tags, pattern });
        Ok(format!("${{{id}}}"))
    }
}
