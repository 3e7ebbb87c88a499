//! Runbooks, byte for byte, and the promises in them.

use std::collections::BTreeSet;

use clap::Parser;
use landfall::clouds;
use landfall::clouds::Form;
use landfall::commands::Cli;
use landfall::model::placement::Cloud;

use crate::case::{Case, Outcome, root};
use crate::kept::Kept;

/// The targets whose runbooks are kept.
const TARGETS: [&str; 7] = [
    "entmoot/prod-aws",
    "entmoot/prod-azure",
    "entmoot/prod-gcp",
    "stormops/prod",
    "stormops/prod-azure",
    "stormops/prod-gcp",
    "watchpoint/prod",
];

fn runbook(target: &str) -> Outcome<String> {
    let case = Case { target: target.parse()?, above: root().to_owned() };
    clouds::runbook(&case.target, &case.stack()?).map_err(|findings| format!("{target}: {findings:#?}").into())
}

#[test]
fn runbooks_are_what_they_were() -> Outcome<()> {
    let mut files = Kept::new();
    for target in TARGETS {
        let (path, text) = (root().join("tests/golden").join(target).join("runbook.md"), runbook(target)?);
        files.compare(target, &path, &text)?;
    }
    files.hold();
    Ok(())
}

#[test]
fn a_recovery_names_what_it_promises_and_fits_into_it() -> Outcome<()> {
    let text = runbook("watchpoint/prod")?;
    for said in [
        "comes back as watchpoint/recovery in `us-west-2`: within 4h, with data that is at most 24h old",
        "its data is at most 24h old,\nwithin the 24h that is promised.",
        ": within the 4h that is promised |",
        "--function-name watchpoint-recovery-data-poller:live",
        r#"--payload '{"backfill_hours":48,"limit":10}'"#,
        "UPDATE forecast_runs SET status='failed', storage_path=''",
        r#"--payload '{"force_retry":true}'"#,
        "https://api.watchpoint.example.com/v1/health",
    ] {
        assert!(text.contains(said), "no {said:?} in\n{text}");
    }
    Ok(())
}

#[test]
fn five_losses_are_told_with_what_each_costs_beside_what_is_promised() -> Outcome<()> {
    let region = [
        // A replica is there, seconds behind, in an environment of its own.
        ("aws", "| The region is lost | 50m | 1m | within 30m (NOT kept), 15m lost |"),
        // A replica is there, seconds behind; the rest has to be made.
        ("azure", "| The region is lost | 1h 35m | 1m | within 30m (NOT kept), 15m lost |"),
        ("gcp", "| The region is lost | 1h 30m | 1m | within 30m (NOT kept), 15m lost |"),
    ];
    for (cloud, region) in region {
        let text = runbook(&format!("entmoot/prod-{cloud}"))?;
        let kept =
            ["within 5m, 1m lost |", "within 10m, 5m lost |", "within 1h, nothing lost |", "within 2h, nothing lost |"];
        for said in kept.into_iter().chain([region]) {
            assert!(text.contains(said), "{cloud}: no {said:?} in\n{text}");
        }
    }
    // Watchpoint promises for its region in `recovery`.
    let text = runbook("watchpoint/prod")?;
    assert!(text.contains("| 24h | within 4h, 24h lost |"), "{text}");
    Ok(())
}

#[test]
fn names_in_a_runbook_are_those_of_the_document() -> Outcome<()> {
    for case in Case::on(Cloud::Gcp)?.into_iter().chain(Case::on(Cloud::Azure)?) {
        let text = clouds::runbook(&case.target, &case.stack()?).map_err(|findings| format!("{findings:#?}"))?;
        let document = case.rendered(Form::Json)?.document;
        let stack = clouds::stack_name(&case.target);
        let named = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || "-_".contains(sign)));
        let named: BTreeSet<&str> = named.filter(|name| name.starts_with(&format!("{stack}-"))).collect();
        assert!(named.len() >= 4, "{}: {named:?}", case.target);
        for name in named.into_iter().filter(|name| *name != format!("{stack}-")) {
            // What people make stands beside what is there.
            let there = name.strip_suffix("-restored").unwrap_or(name);
            assert!(
                document.contains(&format!("{there}\"")) || document.contains(&format!("{there}/")),
                "{}: {name}",
                case.target
            );
        }
    }
    Ok(())
}

#[test]
fn every_command_of_landfall_in_a_runbook_is_one() -> Outcome<()> {
    for target in TARGETS {
        let text = runbook(target)?;
        let commands: Vec<&str> = text.lines().map(str::trim).filter(|line| line.starts_with("landfall ")).collect();
        assert!(commands.len() >= 6, "{target}: {commands:?}");
        for command in commands {
            // What stands in quotes is one word.
            let quoted = command.split('"').enumerate();
            let words = quoted
                .flat_map(|(part, text)| if part % 2 == 1 { vec![text] } else { text.split_whitespace().collect() });
            Cli::try_parse_from(words).map_err(|error| format!("{target}: {command}: {error}"))?;
        }
    }
    Ok(())
}
