//! Estimates, byte for byte, and the figures of the README that come of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use landfall::clouds::{self, Deployed, Form};
use landfall::cost::bill::Bill;
use landfall::cost::book::Book;
use landfall::model::placement::Cloud;
use landfall::plan::deployment::Place;
use landfall::plan::money::Cents;
use serde_json::Value;

use crate::case::{Case, Outcome, root};
use crate::kept::Kept;

/// The estimates that are kept: of Entmoot on each cloud, and of a system that nobody runs, at the prices of another region.
const KEPT: [(&str, &[&str]); 4] = [
    ("entmoot/prod-aws", &[]),
    ("entmoot/prod-azure", &[]),
    ("entmoot/prod-gcp", &[]),
    ("orchard/dev", &["--prices-of", "us-east-1"]),
];

fn cost(above: &Path, arguments: &[&str]) -> Outcome<String> {
    let done = Command::new(env!("CARGO_BIN_EXE_landfall"))
        .env_clear()
        .arg("--root")
        .arg(above)
        .arg("cost")
        .args(arguments)
        .output()?;
    if !done.status.success() {
        return Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&done.stderr)).into());
    }
    Ok(String::from_utf8(done.stdout)?)
}

/// The case of a target.
fn case(target: &str) -> Outcome<Case> {
    let found = Case::all()?.into_iter().find(|case| case.target.to_string() == target);
    found.ok_or_else(|| format!("no case {target}").into())
}

#[test]
fn estimates_are_what_they_were() -> Outcome<()> {
    let mut files = Kept::new();
    for (target, more) in KEPT {
        let case = case(target)?;
        let arguments: Vec<&str> = [target].into_iter().chain(more.iter().copied()).collect();
        let text = cost(&case.above, &arguments)?;
        assert_eq!(text, cost(&case.above, &arguments)?, "{target} differs from one run to the next");
        let path = root().join("tests/golden").join(target).join("cost.txt");
        files.compare(target, &path, &text)?;
    }
    files.hold();
    Ok(())
}

/// What is billed of a case's document, and where.
fn bill(case: &Case) -> Outcome<(Cloud, Bill)> {
    let placement = case.stack()?.placement;
    let place = Place {
        cloud: placement.cloud.to_string(),
        account: placement.account,
        region: placement.region.to_string(),
        engine: None,
    };
    let deployed = Deployed { document: case.rendered(Form::Json)?.document, ..Deployed::default() };
    Ok((placement.cloud, clouds::bill(placement.cloud, &case.target, &place, &deployed)?))
}

#[test]
fn landfall_knows_how_everything_that_it_renders_is_billed() -> Outcome<()> {
    for case in Case::all()? {
        let (_, bill) = bill(&case)?;
        assert_eq!(bill.unknown, [], "{}", case.target);
        assert!(!bill.items.is_empty(), "{}", case.target);
    }
    Ok(())
}

#[test]
fn every_price_of_the_book_is_of_a_kind_that_is_billed() -> Outcome<()> {
    let mut billed: BTreeMap<Cloud, BTreeSet<String>> = BTreeMap::new();
    let family = |thing: &str| thing.split('.').next().unwrap_or_default().to_owned();
    for case in Case::all()? {
        let (cloud, bill) = bill(&case)?;
        let left_out = bill.left_out.iter().filter_map(|one| one.price);
        let prices = bill.items.iter().map(|item| item.price.as_str()).chain(left_out);
        billed.entry(cloud).or_default().extend(prices.map(family));
    }
    // What only a user's own systems have.
    billed.entry(Cloud::Aws).or_default().insert("endpoint".to_owned());
    for cloud in Cloud::ALL {
        for (thing, _) in Book::of(cloud)?.prices() {
            assert!(billed[&cloud].contains(&family(thing)), "nothing on {cloud} is billed as {thing}");
        }
    }
    Ok(())
}

/// The parts of Entmoot by which its README compares: what a line of the estimate belongs to.
fn part(component: &str, what: &str) -> &'static str {
    let entry = ["load balancer", "Front Door", "sent to", "requests"].iter().any(|words| what.contains(words));
    match component.split('.').next().unwrap_or_default() {
        _ if what.starts_with("objects") || what.starts_with("copies") => "files",
        "database" => "database",
        "cache" => "cache",
        "service" if entry => "way in, data sent",
        "service" if component == "service.worker" => "worker",
        "service" => "API",
        "alarm" | "dashboard" | "logs" => "logs, alarms",
        _ => "the rest",
    }
}

fn cents(amount: &Value) -> i64 {
    amount.as_str().unwrap_or_default().replace('.', "").parse().unwrap_or_default()
}

fn range(low: i64, high: i64) -> String {
    let [low, high] = [low, high].map(|cents| Cents::new(cents).dollars());
    if low == high { low } else { format!("{low} - {high}") }
}

#[test]
fn the_readme_of_entmoot_says_what_the_command_says() -> Outcome<()> {
    let readme = fs::read_to_string(root().join("environments/entmoot/README.md"))?;
    let (_, section) = readme.split_once("## What it costs").ok_or("the README has no such section")?;
    let mut table: BTreeMap<&str, [(i64, i64); 3]> = BTreeMap::new();
    for (at, target) in ["entmoot/prod-aws", "entmoot/prod-gcp", "entmoot/prod-azure"].into_iter().enumerate() {
        let json: Value = serde_json::from_str(&cost(root(), &[target, "--format", "json"])?)?;
        let lines = json["targets"][0]["estimate"]["lines"].as_array().ok_or("no lines")?;
        for line in lines {
            let text = |key: &str| line[key].as_str().unwrap_or_default();
            let (low, high) = (cents(&line["monthly"]["low"]), cents(&line["monthly"]["high"]));
            for part in [part(text("component"), text("what")), "**total**"] {
                let sum = &mut table.entry(part).or_default()[at];
                *sum = (sum.0 + low, sum.1 + high);
            }
        }
    }
    for (part, amounts) in table {
        // | part | the guide's | ours | the guide's | ours | the guide's | ours | why |
        let ours = amounts.map(|(low, high)| range(low, high));
        let row = section.lines().find(|line| line.starts_with(&format!("| {part} |")));
        let row = row.ok_or_else(|| format!("the README has no row for {part}: {ours:?}"))?;
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let said = [3, 5, 7].map(|at| cells.get(at).copied().unwrap_or_default().trim_matches('*'));
        assert_eq!(said, [ours[0].as_str(), ours[1].as_str(), ours[2].as_str()], "{part}");
    }
    Ok(())
}
