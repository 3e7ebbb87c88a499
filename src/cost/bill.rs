//! What a cloud bills of a document: the quantities, not yet the prices. Each cloud says it of its own documents.

use std::collections::BTreeSet;

use super::assumption::Assumption;
use super::quantity::{Quantity, Spread};
use crate::plan::cost::Limit;
use crate::plan::money::Cents;
use crate::plan::resource::Resource;

/// What stands for the digest of an image that isn't built yet: services are billed as they will run.
pub const UNBUILT: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// What is billed of one document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bill {
    /// What has a price.
    pub items: Vec<Item>,
    /// What is billed, or may be, and isn't known well enough to be looked up.
    pub unknown: Vec<Unknown>,
    /// What is billed by use and is left out.
    pub left_out: BTreeSet<LeftOut>,
    /// The limits on spending that the document declares.
    pub limits: Vec<Limit>,
}

/// Something that has a price.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The component, such as `database.main`; the resource's id in a foreign document.
    pub component: String,
    /// What it is, in words: `db.r6i.xlarge with a standby`.
    pub what: String,
    /// What it is called in the price book.
    pub price: String,
    /// How much of it.
    pub measure: Measure,
    /// Where it stands, where that is another region than the target's.
    pub region: Option<String>,
}

/// How much of something is billed in a month, in the units of its price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// As much every month.
    Always(Quantity),
    /// From the fewest copies to the most.
    Copies(Spread<Quantity>),
    /// So many times what is assumed of its use.
    Assumed(Assumption, Quantity),
}

/// Something that is billed, or may be, and can't be looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// The component, or the resource's id in a foreign document.
    pub component: String,
    /// What it is.
    pub what: String,
    /// Why it can't be looked up.
    pub why: String,
}

/// Something that is billed by use and is left out of the sum.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// What it is, in words.
    pub what: String,
    /// What it is called in the price book, where one price tells what it costs.
    pub price: Option<&'static str>,
}

/// The component of a resource, or its id where there is none.
pub fn owner(resource: &Resource) -> String {
    resource.component.clone().unwrap_or_else(|| resource.id.clone())
}

impl Bill {
    /// Adds what has a price.
    pub fn add(&mut self, of: &Resource, what: impl Into<String>, price: impl Into<String>, measure: Measure) {
        self.add_for(owner(of), what, price, measure);
    }

    /// Adds what has a price and belongs to no single resource.
    pub fn add_for(
        &mut self,
        component: impl Into<String>,
        what: impl Into<String>,
        price: impl Into<String>,
        measure: Measure,
    ) {
        let (component, what, price) = (component.into(), what.into(), price.into());
        self.items.push(Item { component, what, price, measure, region: None });
    }

    /// Takes in another bill, of what stands in another region.
    pub fn elsewhere(&mut self, region: &str, bill: Bill) {
        let there = |item: Item| Item { region: Some(region.to_owned()), ..item };
        self.items.extend(bill.items.into_iter().map(there));
        self.unknown.extend(bill.unknown);
        self.left_out.extend(bill.left_out);
        self.limits.extend(bill.limits);
    }

    /// Adds what no row says the billing of.
    pub fn without_row(&mut self, of: &Resource, what: impl Into<String>) {
        self.unknown(of, what, "landfall doesn't know how it is billed");
    }

    /// Adds what is billed by a number that isn't known.
    pub fn without_number(&mut self, of: &Resource, what: impl Into<String>) {
        self.unknown(of, what, "the document gives no number that is known before it is deployed");
    }

    /// Adds what can't be looked up.
    pub fn unknown(&mut self, of: &Resource, what: impl Into<String>, why: impl Into<String>) {
        self.unknown.push(Unknown { component: owner(of), what: what.into(), why: why.into() });
    }

    /// Names what is billed by use and left out, in more prices than one.
    pub fn leave_out(&mut self, what: &str) {
        self.left_out.insert(LeftOut { what: what.to_owned(), price: None });
    }

    /// Names what is billed by use and left out, with what its price is called in the book.
    pub fn leave_out_at(&mut self, price: &'static str, what: &str) {
        self.left_out.insert(LeftOut { what: what.to_owned(), price: Some(price) });
    }

    /// Adds a limit on spending, in whole dollars with cents; nothing where the document writes no number.
    pub fn limit(&mut self, of: &Resource, dollars: Option<Quantity>) {
        let Some(dollars) = dollars else {
            self.unknown(of, "its limit", "the document gives no number for it");
            return;
        };
        let cents = i64::try_from(dollars.as_thousandths() / 10).unwrap_or(i64::MAX);
        let limit =
            Limit { resource: of.id.clone(), component: of.component.clone(), monthly: Cents::new(cents), was: None };
        self.limits.push(limit);
    }
}
