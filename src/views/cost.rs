//! What `landfall cost` shows: text, JSON and Markdown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::output::markdown::plain;
use super::output::{Format, Output};
use crate::cost::book::Known;
use crate::cost::estimate::{Estimate, LeftOut, Line};
use crate::cost::quantity::{Quantity, Spread};
use crate::plan::cost::Monthly;

/// What `landfall cost --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The currency: `USD`.
    pub currency: &'static str,
    /// The targets.
    pub targets: Vec<Table>,
    /// What all of them come to.
    pub monthly: Monthly,
}

/// What a month of one target costs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Table {
    /// The target.
    pub target: String,
    /// Its cloud.
    pub cloud: String,
    /// Its region.
    pub region: String,
    /// What is billed, and what it comes to.
    pub estimate: Estimate,
}

/// The schema of [`Report`].
pub fn schema() -> Value {
    schemars::schema_for!(Report).to_value()
}

/// Shows what the targets cost.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, tables: Vec<Table>) -> io::Result<()> {
    let monthly = Monthly {
        low: tables.iter().map(|table| table.estimate.monthly.low).sum(),
        high: tables.iter().map(|table| table.estimate.monthly.high).sum(),
    };
    let page = match output.format {
        Format::Json => {
            let report = Report { format_version: 1, currency: "USD", targets: tables, monthly };
            format!("{}\n", serde_json::to_string_pretty(&report).map_err(io::Error::other)?)
        }
        Format::Markdown => super::safe(&markdown(&tables, monthly)),
        Format::Text | Format::Github => super::safe(&text(&tables, monthly)),
    };
    output.result(&page)
}

/// The least and the most as one text: one amount where they are the same.
pub(super) fn spread<T: Display + PartialEq>(low: T, high: T) -> String {
    if low == high { low.to_string() } else { format!("{low} - {high}") }
}

fn amount(monthly: Monthly) -> String {
    spread(monthly.low, monthly.high)
}

/// A row of the table.
struct Row {
    component: String,
    what: String,
    quantity: String,
    price: String,
    monthly: String,
}

/// The lines as rows; what several components of a kind have alike is one row.
fn rows(estimate: &Estimate) -> Vec<Row> {
    let mut alike: BTreeMap<(&str, &str, String), Vec<&Line>> = BTreeMap::new();
    for line in &estimate.lines {
        let kind = line.component.split_once('.').map_or(line.component.as_str(), |(kind, _)| kind);
        alike.entry((kind, &line.what, line.priced.price.to_string())).or_default().push(line);
    }
    let mut groups: Vec<Vec<&Line>> = alike.into_values().collect();
    groups
        .sort_by(|one, other| one.first().map(|line| &line.component).cmp(&other.first().map(|line| &line.component)));
    groups.iter().filter_map(|lines| row(lines)).collect()
}

fn row(lines: &[&Line]) -> Option<Row> {
    let first = lines.first()?;
    let component = match (lines.len(), first.component.split_once('.')) {
        (1, _) | (_, None) => first.component.clone(),
        (count, Some((kind, _))) => format!("{kind}.* ({count})"),
    };
    let sum = |one: fn(&Line) -> u64| lines.iter().fold(0_u64, |sum, line| sum.saturating_add(one(line)));
    let quantity = Spread {
        low: Quantity::thousandths(sum(|line| line.quantity.low.as_thousandths())),
        high: Quantity::thousandths(sum(|line| line.quantity.high.as_thousandths())),
    };
    let monthly = Monthly {
        low: lines.iter().map(|line| line.monthly.low).sum(),
        high: lines.iter().map(|line| line.monthly.high).sum(),
    };
    let sign = match &first.priced.region_instead {
        Some(_) => "*",
        None => "",
    };
    Some(Row {
        component,
        what: match first.assumed {
            Some(_) => format!("{} (assumed)", first.what),
            None => first.what.clone(),
        },
        quantity: format!("{} {}", spread(quantity.low, quantity.high), counted(&first.priced.unit, quantity)),
        price: format!("{}{sign}", first.priced.price),
        monthly: amount(monthly),
    })
}

/// Units that have no plural.
const UNCOUNTED: [&str; 4] = ["GB", "GiB", "million", "series"];

/// A unit as it is written after a number of it.
fn counted(unit: &str, quantity: Spread<Quantity>) -> String {
    let one = quantity.low == Quantity::whole(1) && quantity.high == quantity.low;
    match (one || UNCOUNTED.contains(&unit), unit.split_once(' ')) {
        (true, _) => unit.to_owned(),
        // Operations a second.
        (false, Some((first, rest))) if rest.starts_with("a ") => format!("{first}s {rest}"),
        (false, _) => format!("{unit}s"),
    }
}

fn text(tables: &[Table], monthly: Monthly) -> String {
    let mut pages: Vec<String> = tables.iter().map(page).collect();
    if tables.len() > 1 {
        pages.push(sums(tables, monthly));
    }
    pages.join("\n")
}

fn page(table: &Table) -> String {
    let Table { target, cloud, region, estimate } = table;
    let mut page = format!("{target} on {cloud} in {region}, US dollars a month\n");
    let titles = Row {
        component: "component".to_owned(),
        what: "what is billed".to_owned(),
        quantity: "how much".to_owned(),
        price: "each".to_owned(),
        monthly: "a month".to_owned(),
    };
    let total = Row {
        component: "total".to_owned(),
        what: String::new(),
        quantity: String::new(),
        price: String::new(),
        monthly: amount(estimate.monthly),
    };
    let mut all = vec![titles];
    all.extend(rows(estimate));
    all.push(total);
    let wide = |of: fn(&Row) -> &str| all.iter().map(|row| of(row).chars().count()).max().unwrap_or_default();
    let (component, what) = (wide(|row| &row.component), wide(|row| &row.what));
    let (quantity, price, monthly) = (wide(|row| &row.quantity), wide(|row| &row.price), wide(|row| &row.monthly));
    for row in &all {
        page.push_str(&format!(
            "  {:<component$}  {:<what$}  {:>quantity$}  {:>price$}  {:>monthly$}\n",
            row.component, row.what, row.quantity, row.price, row.monthly
        ));
    }
    for (title, lines) in remarks(estimate) {
        page.push_str(&format!("\n  {title}\n"));
        for line in lines {
            page.push_str(&format!("    {line}\n"));
        }
    }
    page
}

/// What has to be said beside the table: a title and its lines.
fn remarks(estimate: &Estimate) -> Vec<(&'static str, Vec<String>)> {
    let mut remarks = Vec::new();
    let limits = estimate.limits.iter().map(|limit| {
        let name = limit.component.as_ref().unwrap_or(&limit.resource);
        let least = estimate.monthly.low.less(limit.monthly);
        let most = estimate.monthly.high.less(limit.monthly);
        let says = match (least.count() > 0, most.count() > 0) {
            (true, _) => format!("a quiet month with the fewest copies is {least} above it"),
            (false, true) => format!("a busy month with the most copies would be {most} above it"),
            (false, false) => "a busy month with the most copies is within it".to_owned(),
        };
        format!("{name}  {}: {says}", limit.monthly)
    });
    remarks.push(("Budget", limits.collect()));
    let assumed = estimate
        .assumed
        .iter()
        .map(|one| format!("{:<9} {} {}", one.what.word(), spread(one.amount.low, one.amount.high), one.counts));
    remarks.push(("Assumed, in a quiet month and a busy one (--assume WHAT=NUMBER says it better)", assumed.collect()));
    let unpriced = estimate.unpriced.iter().map(|one| format!("{}  {}: {}", one.component, one.what, one.why));
    remarks.push(("Without a price, and not in the total", unpriced.collect()));
    remarks.push(("Billed by use, and not in the total", estimate.left_out.iter().map(left_out).collect()));
    remarks.push(("Prices", prices(estimate)));
    remarks.retain(|(_, lines)| !lines.is_empty());
    remarks
}

/// What is left out, and what one of it costs.
fn left_out(one: &LeftOut) -> String {
    match &one.priced {
        Some(priced) => {
            let sign = if priced.region_instead.is_some() { "*" } else { "" };
            format!("{} (${}{sign} for each {})", one.what, priced.price, priced.unit)
        }
        None => one.what.clone(),
    }
}

/// Where the prices are from.
fn prices(estimate: &Estimate) -> Vec<String> {
    let mut days: BTreeMap<(Known, &str), BTreeSet<&str>> = BTreeMap::new();
    let priced = estimate.lines.iter().map(|line| &line.priced);
    for priced in priced.chain(estimate.left_out.iter().filter_map(|one| one.priced.as_ref())) {
        days.entry((priced.known, &priced.price_of)).or_default().insert(&priced.source);
    }
    let mut lines: Vec<String> = days
        .iter()
        .map(|((known, day), sources)| match known {
            Known::Read => format!("read on {day} at {} public pages", sources.len()),
            Known::Remembered => {
                format!("as the lists of {} services are known to have been on {day}, not read again", sources.len())
            }
        })
        .collect();
    if lines.is_empty() {
        return lines;
    }
    lines.push("without tax, discounts and free allowances; `--format json` names the source of each".to_owned());
    let instead: BTreeSet<&str> =
        estimate.lines.iter().filter_map(|line| line.priced.region_instead.as_deref()).collect();
    lines.extend(
        instead.into_iter().map(|region| format!("* a price of {region}, as was asked: the book has none here")),
    );
    lines
}

fn sums(tables: &[Table], monthly: Monthly) -> String {
    let wide = tables.iter().map(|table| table.target.chars().count()).max().unwrap_or_default();
    let amounts: Vec<String> = tables.iter().map(|table| amount(table.estimate.monthly)).collect();
    let all = amount(monthly);
    let most = amounts.iter().chain([&all]).map(String::len).max().unwrap_or_default();
    let mut text = "all of them, US dollars a month\n".to_owned();
    for (table, amount) in tables.iter().zip(&amounts) {
        let left = match table.estimate.unpriced.len() {
            0 => String::new(),
            count => format!("  without {count} that have no price"),
        };
        text.push_str(&format!("  {:<wide$}  {amount:>most$}{left}\n", table.target));
    }
    text.push_str(&format!("  {:<wide$}  {all:>most$}\n", "total"));
    text
}

fn markdown(tables: &[Table], monthly: Monthly) -> String {
    let mut page = String::new();
    for table in tables {
        let Table { target, cloud, region, estimate } = table;
        page.push_str(&format!(
            "### {} on {cloud} in {}: ${} a month\n\n",
            plain(target),
            plain(region),
            amount(estimate.monthly)
        ));
        page.push_str(
            "| component | what is billed | how much | each | a month |\n| --- | --- | ---: | ---: | ---: |\n",
        );
        for row in rows(estimate) {
            let cells = [&row.component, &row.what, &row.quantity, &row.price, &row.monthly].map(|cell| plain(cell));
            page.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        page.push_str(&format!("| **total** | | | | **{}** |\n", amount(estimate.monthly)));
        for (title, lines) in remarks(estimate) {
            page.push_str(&format!("\n{}:\n\n", plain(title)));
            for line in lines {
                page.push_str(&format!("- {}\n", plain(&line)));
            }
        }
        page.push('\n');
    }
    if tables.len() > 1 {
        page.push_str("| target | a month |\n| --- | ---: |\n");
        for table in tables {
            page.push_str(&format!("| {} | {} |\n", plain(&table.target), amount(table.estimate.monthly)));
        }
        page.push_str(&format!("| **total** | **{}** |\n", amount(monthly)));
    }
    page
}
