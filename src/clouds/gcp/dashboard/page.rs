//! Dashboards as pages of graphs for others: the same queries as the cloud's own.

use crate::clouds::gcp::draft::Draft;
use crate::clouds::page::{self, lines, unit};
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;
use crate::model::stack::Stack;
use crate::page::{Page, Panel, Query, Source};

/// The pages of a target.
///
/// # Errors
/// The graphs that Google Cloud measures nothing for.
pub(in crate::clouds) fn pages(target: &Target, stack: &Stack) -> Result<Vec<Page>, Vec<Finding>> {
    let draft = Draft::new(target, stack);
    let source = Source::CloudMonitoring { project: draft.project().to_owned() };
    page::pages(stack, &source, |_, graph| {
        Ok(Panel {
            title: graph.title.clone(),
            unit: unit(graph),
            seconds: graph.over.as_seconds(),
            queries: vec![Query::PromQl(super::query(&draft, graph)?)],
            lines: lines(stack, graph, &|metric, bound| bound.figure(stack, metric))?,
        })
    })
}
