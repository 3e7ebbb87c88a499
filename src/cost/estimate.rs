//! The estimate: each item of a bill with its price, and what they come to.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::assumption::{Assumption, Assumptions};
use super::bill::{Bill, Measure};
use super::book::{Book, Known, NoPrice, Price};
use super::quantity::{Quantity, Spread};
use super::unit_price::{UnitPrice, rounded};
use crate::plan::cost::{CostChange, Limit, Monthly};
use crate::plan::money::Cents;

/// What a month of a document costs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// What is billed and has a price, by component.
    pub lines: Vec<Line>,
    /// What is billed and has none: the sum is without it.
    pub unpriced: Vec<Unpriced>,
    /// What is billed by use and is left out of the sum.
    pub left_out: Vec<LeftOut>,
    /// What was assumed of the use of what is billed.
    pub assumed: Vec<Assumed>,
    /// What all lines come to.
    pub monthly: Monthly,
    /// The budgets that the document declares.
    pub limits: Vec<Limit>,
}

/// Something that is billed and has a price.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Line {
    /// The component, such as `database.main`; the resource's id in a foreign document.
    pub component: String,
    /// What it is.
    pub what: String,
    /// How much of it a month.
    pub quantity: Spread<Quantity>,
    /// What one costs; the first where more cost less.
    #[serde(flatten)]
    pub priced: Priced,
    /// What a month of it costs.
    pub monthly: Monthly,
    /// What its quantity depends on, where that is assumed.
    pub assumed: Option<Assumption>,
}

/// A price, and how it is known.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Priced {
    /// What is counted.
    pub unit: String,
    /// US dollars for one.
    pub price: UnitPrice,
    /// Where the price was looked up in place of the target's region, which the book lacks.
    pub region_instead: Option<String>,
    /// The day on which it was the price.
    pub price_of: String,
    /// How that is known: remembered where one of its steps is.
    pub known: Known,
    /// The public page that says it, of the first step.
    pub source: String,
}

/// Something that is billed by use and is left out of the sum.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// What it is.
    pub what: String,
    /// What one costs, where one price tells it and the book has it.
    pub priced: Option<Priced>,
}

/// Something that is billed, or may be, and has no price.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Unpriced {
    /// The component, or the resource's id in a foreign document.
    pub component: String,
    /// What it is.
    pub what: String,
    /// Why it has none.
    pub why: String,
}

/// Something that was assumed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Assumed {
    /// What.
    pub what: Assumption,
    /// What its number counts.
    pub counts: String,
    /// In a quiet month and in a busy one.
    pub amount: Spread<Quantity>,
}

/// What a bill comes to in a region. `instead` is the region whose prices stand in where the book has none for it.
pub fn estimate(bill: &Bill, book: &Book, region: &str, instead: Option<&str>, assumptions: &Assumptions) -> Estimate {
    let mut unpriced: Vec<Unpriced> = bill
        .unknown
        .iter()
        .map(|one| Unpriced { component: one.component.clone(), what: one.what.clone(), why: one.why.clone() })
        .collect();
    let mut lines = Vec::new();
    let mut used = BTreeSet::new();
    for item in &bill.items {
        let (quantity, assumed) = match item.measure {
            Measure::Always(quantity) => (Spread::always(quantity), None),
            Measure::Copies(spread) => (spread, None),
            Measure::Assumed(what, times) => (assumptions.of(what).map(|amount| amount.by(times)), Some(what)),
        };
        let region = item.region.as_deref().unwrap_or(region);
        let (steps, priced) = match look_up(book, &item.price, region, instead) {
            Ok(found) => found,
            Err(none) => {
                let (component, what) = (item.component.clone(), item.what.clone());
                unpriced.push(Unpriced { component, what, why: none.to_string() });
                continue;
            }
        };
        used.extend(assumed);
        let amount = quantity.map(|quantity| amount(&steps, quantity));
        lines.push(Line {
            component: item.component.clone(),
            what: item.what.clone(),
            quantity,
            priced,
            monthly: Monthly { low: amount.low, high: amount.high },
            assumed,
        });
    }
    let mut lines = joined(lines);
    lines.sort_by(|one, other| (&one.component, &one.what).cmp(&(&other.component, &other.what)));
    unpriced.sort();
    unpriced.dedup();
    let monthly = Monthly {
        low: lines.iter().map(|line| line.monthly.low).sum(),
        high: lines.iter().map(|line| line.monthly.high).sum(),
    };
    let assumed =
        used.into_iter().map(|what| Assumed { what, counts: what.counts().to_owned(), amount: assumptions.of(what) });
    let left_out = bill.left_out.iter().map(|one| LeftOut {
        what: one.what.clone(),
        priced: one.price.and_then(|price| look_up(book, price, region, instead).ok()).map(|(_, priced)| priced),
    });
    Estimate {
        lines,
        unpriced,
        left_out: left_out.collect(),
        assumed: assumed.collect(),
        monthly,
        limits: bill.limits.clone(),
    }
}

/// The steps of a price in a region, or in the one that stands in for it, and the first of them.
fn look_up<'b>(
    book: &'b Book,
    thing: &str,
    region: &str,
    instead: Option<&str>,
) -> Result<(Vec<&'b Price>, Priced), NoPrice> {
    let here = book.price(thing, region).map(|steps| (steps, None));
    let (steps, region_instead) = here.or_else(|none| match instead {
        Some(other) => book.price(thing, other).map(|steps| (steps, Some(other.to_owned()))).map_err(|_| none),
        None => Err(none),
    })?;
    let first = steps.first().ok_or_else(|| NoPrice::Thing(thing.to_owned()))?;
    let priced = Priced {
        unit: first.unit.clone(),
        price: first.dollars,
        region_instead,
        price_of: steps.iter().map(|step| step.day).min().unwrap_or(first.day).to_string(),
        known: steps.iter().map(|step| step.known).max().unwrap_or(first.known),
        source: first.source.clone(),
    };
    Ok((steps, priced))
}

/// Lines of one component for the same thing as one line.
fn joined(lines: Vec<Line>) -> Vec<Line> {
    let mut all: BTreeMap<(String, String, UnitPrice, Option<Assumption>), Line> = BTreeMap::new();
    for line in lines {
        let key = (line.component.clone(), line.what.clone(), line.priced.price, line.assumed);
        match all.get_mut(&key) {
            None => {
                all.insert(key, line);
            }
            Some(sum) => {
                let more = |one: Quantity, other: Quantity| {
                    Quantity::thousandths(one.as_thousandths().saturating_add(other.as_thousandths()))
                };
                sum.quantity.low = more(sum.quantity.low, line.quantity.low);
                sum.quantity.high = more(sum.quantity.high, line.quantity.high);
                sum.monthly.low = [sum.monthly.low, line.monthly.low].into_iter().sum();
                sum.monthly.high = [sum.monthly.high, line.monthly.high].into_iter().sum();
            }
        }
    }
    all.into_values().collect()
}

/// What so many units cost: each step of the price counts for the units that lie in it.
fn amount(steps: &[&Price], quantity: Quantity) -> Cents {
    let mut parts = 0_u128;
    for (at, step) in steps.iter().enumerate() {
        let end = steps.get(at + 1).map_or(quantity, |next| next.from.min(quantity));
        let within = end.as_thousandths().saturating_sub(step.from.as_thousandths());
        parts = parts.saturating_add(step.dollars.parts(Quantity::thousandths(within)));
    }
    rounded(parts)
}

impl Estimate {
    /// What a plan that leads from one estimate to another does to the monthly cost.
    pub fn change(&self, before: Option<&Estimate>, held_to_budget: bool) -> CostChange {
        let strictest = self.limits.iter().min_by_key(|limit| limit.monthly).filter(|_| held_to_budget);
        let budget = strictest.map(|limit| {
            let same = before.and_then(|before| before.limits.iter().find(|was| was.resource == limit.resource));
            Limit { was: same.map(|was| was.monthly), ..limit.clone() }
        });
        CostChange {
            before: before.map(|before| before.monthly),
            after: self.monthly,
            unpriced: self.unpriced.len(),
            budget,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::bill::Unknown;
    use crate::cost::quantity::HOURS;
    use crate::model::placement::Cloud;

    fn book() -> Book {
        let line = |thing: &str, regions: &str, from: &str, dollars: &str| {
            format!("{thing}\t{regions}\tGB\t{from}\t{dollars}\t2026-11-22\tread\thttps://example.com\n")
        };
        let text = [
            line("out", "*", "0", "0.09"),
            line("out", "*", "10240", "0.085"),
            line("out", "*", "51200", "0.07"),
            line("machine", "eu-1", "0", "0.5"),
        ];
        Book::read(Cloud::Aws, &text.concat()).unwrap()
    }

    fn bill(items: &[(&str, &str, Measure)]) -> Bill {
        let mut bill = Bill::default();
        for (component, price, measure) in items {
            bill.add_for(*component, *price, *price, *measure);
        }
        bill
    }

    fn of(bill: &Bill, region: &str, instead: Option<&str>) -> Estimate {
        estimate(bill, &book(), region, instead, &Assumptions::default())
    }

    #[test]
    fn each_step_of_a_price_counts_for_what_lies_in_it() {
        let sent = |gigabytes| {
            let bill = bill(&[("service.web", "out", Measure::Always(Quantity::whole(gigabytes)))]);
            of(&bill, "eu-1", None).monthly.low
        };
        assert_eq!(sent(100), Cents::new(900));
        assert_eq!(sent(10_240), Cents::new(92_160));
        assert_eq!(sent(10_241), Cents::new(92_169));
        // 10,240 at 0.09, 40,960 at 0.085, 8,800 at 0.07.
        assert_eq!(sent(60_000), Cents::new(92_160 + 348_160 + 61_600));
    }

    #[test]
    fn a_month_has_730_hours_and_copies_go_from_the_fewest_to_the_most() {
        let copies = Measure::Copies(Spread { low: HOURS.times(2), high: HOURS.times(5) });
        let estimate = of(&bill(&[("service.web", "machine", copies)]), "eu-1", None);
        assert_eq!(estimate.monthly, Monthly { low: Cents::new(73_000), high: Cents::new(182_500) });
    }

    #[test]
    fn a_price_is_remembered_where_one_of_its_steps_is() {
        let step = |from: &str, day: &str, known: &str| {
            format!("out\t*\tGB\t{from}\t0.09\t{day}\t{known}\thttps://example.com\n")
        };
        let text = [step("0", "2026-11-22", "read"), step("10240", "2025-06-01", "remembered")].concat();
        let book = Book::read(Cloud::Aws, &text).unwrap();
        let bill = bill(&[("service.web", "out", Measure::Always(Quantity::whole(1)))]);
        let estimate = estimate(&bill, &book, "eu-1", None, &Assumptions::default());
        let priced = &estimate.lines[0].priced;
        assert_eq!((priced.known, priced.price_of.as_str()), (Known::Remembered, "2025-06-01"));
    }

    #[test]
    fn what_stands_in_another_region_costs_what_it_costs_there() {
        let mut all = Bill::default();
        all.elsewhere("eu-1", bill(&[("database.main", "machine", Measure::Always(Quantity::whole(2)))]));
        assert_eq!(of(&all, "us-1", None).monthly.low, Cents::new(100));
    }

    #[test]
    fn the_lines_give_the_total_to_the_cent() {
        let third = Measure::Always(Quantity::thousandths(55));
        let items: Vec<_> = ["a", "b", "c"].map(|name| (name, "out", third)).into();
        let estimate = of(&bill(&items), "eu-1", None);
        // 0.00495 each: a half cent is rounded at the line, not in the sum.
        assert_eq!(estimate.lines.iter().map(|line| line.monthly.low).sum::<Cents>(), estimate.monthly.low);
        assert_eq!(estimate.lines.len(), 3);
    }

    #[test]
    fn what_has_no_price_is_named_and_another_region_stands_in_only_where_it_is_asked() {
        let bill = bill(&[
            ("database.main", "machine", Measure::Always(HOURS)),
            ("cache.main", "tape", Measure::Always(HOURS)),
        ]);
        let estimate = of(&bill, "us-1", None);
        let named: Vec<&str> = estimate.unpriced.iter().map(|one| one.why.as_str()).collect();
        assert_eq!(named, ["the price book has no tape", "the price book has machine for eu-1 only"]);
        assert_eq!(estimate.monthly, Monthly::default());
        let estimate = of(&bill, "us-1", Some("eu-1"));
        assert_eq!(estimate.lines[0].priced.region_instead.as_deref(), Some("eu-1"));
        assert_eq!(estimate.monthly.low, Cents::new(36_500));
        assert_eq!(estimate.unpriced.len(), 1);
    }

    #[test]
    fn what_is_assumed_is_said_and_what_a_cloud_could_not_tell_too() {
        let mut bill = bill(&[("bucket.files", "out", Measure::Assumed(Assumption::Stored, Quantity::whole(2)))]);
        bill.unknown.push(Unknown { component: "x".to_owned(), what: "y".to_owned(), why: "z".to_owned() });
        let estimate = of(&bill, "eu-1", None);
        assert_eq!(estimate.lines[0].quantity.low, Quantity::whole(100));
        assert_eq!(estimate.assumed.len(), 1);
        assert_eq!(estimate.unpriced.len(), 1);
    }

    #[test]
    fn the_strictest_budget_is_held_against_with_what_it_was() {
        let limit = |resource: &str, dollars: i64| Limit {
            resource: resource.to_owned(),
            component: None,
            monthly: Cents::new(dollars * 100),
            was: None,
        };
        let mut before = of(&bill(&[]), "eu-1", None);
        let mut after = before.clone();
        before.limits = vec![limit("Month", 90), limit("Year", 10)];
        after.limits = vec![limit("Month", 50), limit("Year", 70)];
        let change = after.change(Some(&before), true);
        let budget = change.budget.unwrap();
        assert_eq!((budget.resource.as_str(), budget.was), ("Month", Some(Cents::new(9_000))));
        assert_eq!(after.change(Some(&before), false).budget, None);
    }
}
