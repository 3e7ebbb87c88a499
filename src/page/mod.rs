//! A dashboard as a page of graphs that somebody else's program shows: what each graph asks of which source, in which unit, with which
//! lines. It knows no file format; clouds fill it, a view writes it.

use std::collections::BTreeMap;

/// A page of graphs.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The name of the dashboard.
    pub name: String,
    /// Who is asked.
    pub source: Source,
    /// Names that the cloud makes up, by what the queries of this page call them.
    pub looked_up: BTreeMap<String, LookedUp>,
    /// The graphs, left to right, top to bottom.
    pub panels: Vec<Panel>,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Amazon CloudWatch.
    CloudWatch {
        /// The account.
        account: String,
        /// The region.
        region: String,
    },
    /// Google Cloud Monitoring.
    CloudMonitoring {
        /// The project.
        project: String,
    },
    /// Azure Monitor.
    AzureMonitor {
        /// The subscription.
        subscription: String,
    },
}

/// A name that the cloud makes up, and how it is found: by the tags that the cloud's engine gives to what it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    /// The type of resource, as the cloud's register of tags calls it.
    pub kind: &'static str,
    /// The tags that it carries.
    pub tags: BTreeMap<&'static str, String>,
    /// What of its identifier is the name: the first group of this regular expression.
    pub pattern: &'static str,
}

/// One graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// The unit of its values.
    pub unit: Unit,
    /// The length of an interval, seconds.
    pub seconds: u64,
    /// What is asked for it.
    pub queries: Vec<Query>,
    /// Its lines, lowest first.
    pub lines: Vec<Line>,
}

/// The unit of a graph's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A count, or something of which nobody says the unit.
    Plain,
    /// A share of a hundred.
    Percent,
    /// Seconds.
    Seconds,
    /// Thousandths of seconds.
    Milliseconds,
    /// Bytes.
    Bytes,
}

/// What is asked for a graph.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// One metric of CloudWatch.
    Metric {
        /// What arithmetic calls it.
        id: String,
        /// The namespace.
        namespace: String,
        /// The metric's name.
        name: String,
        /// The dimensions; `${name}` in a value stands for what is looked up under that name.
        dimensions: BTreeMap<String, String>,
        /// How values become one, in CloudWatch's words.
        statistic: &'static str,
        /// Whether it is a curve itself, and not only a part of one.
        shown: bool,
    },
    /// Arithmetic of CloudWatch over what others of the graph give.
    Arithmetic {
        /// What other arithmetic calls it.
        id: String,
        /// The arithmetic.
        expression: String,
        /// Whether it is a curve itself.
        shown: bool,
    },
    /// PromQL, which Cloud Monitoring answers.
    PromQl(String),
    /// Kusto, over the tables of a workspace of Log Analytics: rows of `TimeGenerated` and `value`.
    Kusto {
        /// The workspace's resource id.
        workspace: String,
        /// The query.
        query: String,
    },
}

/// A line across a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Where it stands, in the unit of the graph.
    pub at: f64,
    /// What it means, such as `goal: below 500ms`.
    pub meaning: String,
    /// How bad it is to be on the wrong side of it.
    pub weight: Weight,
}

/// How bad it is to be on the wrong side of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A goal is missed.
    Goal,
    /// Somebody looks at it in the morning.
    Warning,
    /// Somebody gets up.
    Critical,
}
