//! Dashboards as pages of graphs for others: the same queries as the cloud's own.

use crate::clouds::azure::draft::Draft;
use crate::clouds::azure::log;
use crate::clouds::page::{self, lines, unit};
use crate::clouds::stack_name;
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;
use crate::model::stack::Stack;
use crate::page::{Page, Panel, Query, Source};

/// The pages of a target.
///
/// # Errors
/// The graphs that Azure measures nothing for.
pub(in crate::clouds) fn pages(target: &Target, stack: &Stack) -> Result<Vec<Page>, Vec<Finding>> {
    let mut draft = Draft::new(target, stack);
    let subscription = stack.placement.account.clone();
    let workspace = log::workspace(&mut draft);
    // A stack has a resource group of its own, under its name.
    let workspace = format!(
        "/subscriptions/{subscription}/resourceGroups/{}/providers/{}/{}",
        stack_name(target),
        workspace.kind,
        workspace.name
    );
    page::pages(stack, &Source::AzureMonitor { subscription }, |_, graph| {
        let rows = super::query(&mut draft, graph)?;
        let query = format!("{rows} | project TimeGenerated, value | order by TimeGenerated asc");
        Ok(Panel {
            title: graph.title.clone(),
            unit: unit(graph),
            seconds: graph.over.as_seconds(),
            queries: vec![Query::Kusto { workspace: workspace.clone(), query }],
            lines: lines(stack, graph, &|metric, bound| bound.figure(stack, metric))?,
        })
    })
}
