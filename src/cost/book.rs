//! The price book: what a unit costs, where, on which day, and who says so. One file a cloud, a line a price.
//!
//! The files are tables of tabs and no YAML: a price is a line, so that a change of one is a line in a review, a spreadsheet opens them, and nothing
//! but splitting is needed to read them. Prices are the clouds' public ones for who pays as they go, without taxes, discounts, commitments and
//! free allowances, which belong to an account and not to one of its stacks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::quantity::Quantity;
use super::unit_price::UnitPrice;
use crate::model::placement::Cloud;

/// The prices of one cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Book {
    prices: BTreeMap<String, Vec<Price>>,
}

/// A price in some regions, from some quantity a month on.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// The regions; empty for all of them.
    pub regions: BTreeSet<String>,
    /// What is counted.
    pub unit: String,
    /// From how many units of a month on it holds; those before cost what the row before says.
    pub from: Quantity,
    /// US dollars for one.
    pub dollars: UnitPrice,
    /// The day on which it was the price.
    pub day: Date,
    /// How that is known.
    pub known: Known,
    /// The public page that says it.
    pub source: String,
}

/// How a price is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// Read at its source on that day.
    Read,
    /// As the cloud's list is known to have been on that day. The source is where to look it up; it was not read for the book.
    Remembered,
}

/// Why a book can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// A line isn't made of its columns, or a column doesn't hold what it should.
    #[error("line {line} of the price book of {cloud}: {what}")]
    Line {
        /// The cloud.
        cloud: Cloud,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

/// Why there is no price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPrice {
    /// The book doesn't have the thing.
    #[error("the price book has no {0}")]
    Thing(String),
    /// The book has it, for other regions.
    #[error("the price book has {thing} for {others} only")]
    Region {
        /// What was looked up.
        thing: String,
        /// The regions that it has.
        others: String,
    },
}

const COLUMNS: usize = 8;

impl Book {
    /// The book of a cloud, as this landfall brings it along.
    ///
    /// # Errors
    /// A line that can't be read; a test reads them all.
    pub fn of(cloud: Cloud) -> Result<Book, BookError> {
        let text = match cloud {
            Cloud::Aws => include_str!("prices/aws.tsv"),
            Cloud::Azure => include_str!("prices/azure.tsv"),
            Cloud::Gcp => include_str!("prices/gcp.tsv"),
        };
        Book::read(cloud, text)
    }

    pub(super) fn read(cloud: Cloud, text: &str) -> Result<Book, BookError> {
        let mut prices: BTreeMap<String, Vec<Price>> = BTreeMap::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let (thing, price) = row(line).map_err(|what| BookError::Line { cloud, line: at + 1, what })?;
            prices.entry(thing.to_owned()).or_default().push(price);
        }
        prices.values_mut().for_each(|rows| rows.sort_by_key(|price| price.from));
        Ok(Book { prices })
    }

    /// The steps of a price in a region, the one from nothing on first.
    ///
    /// # Errors
    /// [`NoPrice`], where the book has none for it.
    pub fn price(&self, thing: &str, region: &str) -> Result<Vec<&Price>, NoPrice> {
        let rows = self.prices.get(thing).ok_or_else(|| NoPrice::Thing(thing.to_owned()))?;
        let here = |price: &&Price| price.regions.is_empty() || price.regions.contains(region);
        let steps: Vec<&Price> = rows.iter().filter(here).collect();
        if steps.first().is_some_and(|first| first.from == Quantity::ZERO) {
            return Ok(steps);
        }
        let others: BTreeSet<&str> = rows.iter().flat_map(|price| &price.regions).map(String::as_str).collect();
        let others = others.into_iter().collect::<Vec<_>>().join(", ");
        Err(NoPrice::Region { thing: thing.to_owned(), others })
    }

    /// Every price with the name of its thing.
    pub fn prices(&self) -> impl Iterator<Item = (&str, &Price)> {
        self.prices.iter().flat_map(|(thing, rows)| rows.iter().map(move |price| (thing.as_str(), price)))
    }

    /// The regions that it knows something of.
    pub fn regions(&self) -> BTreeSet<&str> {
        self.prices().flat_map(|(_, price)| &price.regions).map(String::as_str).collect()
    }
}

fn row(line: &str) -> Result<(&str, Price), String> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [thing, regions, unit, from, dollars, day, known, source] = columns.as_slice() else {
        return Err(format!("{} columns in place of {COLUMNS}", columns.len()));
    };
    let known = match *known {
        "read" => Known::Read,
        "remembered" => Known::Remembered,
        other => return Err(format!("`{other}` says nothing of how it is known: use read or remembered")),
    };
    if thing.is_empty() || unit.is_empty() || !source.starts_with("https://") {
        return Err("the thing, its unit and its source's address have to be there".to_owned());
    }
    let regions = if *regions == "*" { BTreeSet::new() } else { regions.split(',').map(str::to_owned).collect() };
    let price = Price {
        regions,
        unit: (*unit).to_owned(),
        from: Quantity::read(from).ok_or_else(|| format!("`{from}` is no quantity"))?,
        dollars: dollars.parse().map_err(|error: super::unit_price::NoPrice| error.to_string())?,
        day: day.parse().map_err(|_| format!("`{day}` is no day such as 2026-11-22"))?,
        known,
        source: (*source).to_owned(),
    };
    Ok((thing, price))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_has_a_source_a_day_and_no_rival() {
        for cloud in Cloud::ALL {
            let book = Book::of(cloud).unwrap();
            let mut seen = BTreeSet::new();
            for (thing, price) in book.prices() {
                assert!(price.day >= jiff::civil::date(2024, 1, 1), "{cloud}: {thing} of {}", price.day);
                assert!(price.source.len() > "https://".len(), "{cloud}: {thing}");
                let everywhere = BTreeSet::from([String::new()]);
                let regions = if price.regions.is_empty() { &everywhere } else { &price.regions };
                for region in regions {
                    assert!(seen.insert((thing, region.clone(), price.from)), "{cloud}: {thing} in {region} twice");
                    if !region.is_empty() {
                        assert!(
                            !seen.contains(&(thing, String::new(), price.from)),
                            "{cloud}: {thing} everywhere and here"
                        );
                        assert!(book.price(thing, region).is_ok(), "{cloud}: {thing} in {region} has no first step");
                    }
                }
            }
        }
    }

    #[test]
    fn what_a_book_lacks_is_said_with_what_it_has() {
        let text = "disk\teu-1,eu-2\tGB-month\t0\t0.10\t2026-11-22\tread\thttps://example.com\n";
        let book = Book::read(Cloud::Aws, text).unwrap();
        assert_eq!(book.price("disk", "eu-2").unwrap().len(), 1);
        assert_eq!(book.price("disk", "us-1").unwrap_err().to_string(), "the price book has disk for eu-1, eu-2 only");
        assert_eq!(book.price("tape", "us-1").unwrap_err().to_string(), "the price book has no tape");
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let said = |text: &str| Book::read(Cloud::Gcp, text).unwrap_err().to_string();
        assert!(said("# prices\n\ndisk\t*\n").contains("line 3"));
        let with = |from: &str, dollars: &str, day: &str, known: &str| {
            said(&format!("disk\t*\tGB\t{from}\t{dollars}\t{day}\t{known}\thttps://example.com\n"))
        };
        assert!(with("0", "0.10", "2026-13-01", "read").contains("no day"));
        assert!(with("0", "ten", "2026-11-22", "read").contains("no price"));
        assert!(with("some", "0.10", "2026-11-22", "read").contains("no quantity"));
        assert!(with("0", "0.10", "2026-11-22", "guessed").contains("read or remembered"));
    }
}
