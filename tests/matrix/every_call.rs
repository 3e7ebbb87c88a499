//! A fault at every call of every verb.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::Told;
use crate::cloud::Cloud;
use crate::field::{Field, Ledger, Run, TARGET};
use crate::proxy::{At, Call, Fault, Script};
use crate::report::Report;
use crate::verb::{VERBS, Verb};

/// Where a verb starts, and where it ends when nothing goes wrong.
struct Row {
    verb: &'static Verb,
    cloud: Cloud,
    ledger: Ledger,
    /// Before it.
    field: Field,
    /// What the cloud holds before it, and how many intents the ledger has.
    before: (String, usize),
    /// The run without a fault.
    run: Run,
    /// What the cloud holds after that.
    after: String,
}

impl Row {
    fn new(verb: &'static Verb, cloud: Cloud, ledger: Ledger) -> Told<Row> {
        let told =
            |error: Box<dyn std::error::Error + Send + Sync>| format!("{cloud:?}, {}, {ledger:?}: {error}", verb.name);
        let mut field = match verb.watched {
            Some(what) => Field::watching(cloud, ledger, what)?,
            None => Field::on(cloud, ledger)?,
        };
        (verb.before)(&field).map_err(told)?;
        let before = (field.picture()?, field.store().chain()?.intents());
        field.sleep()?;
        let whole = field.copy()?;
        let run = whole.run(verb.run, None)?.exits(verb.ends).map_err(told)?;
        let wrong = [run.breaches.clone(), whole.breaches()?, whole.unsettled()?].concat();
        if !wrong.is_empty() {
            return Err(told(wrong.join("\n").into()).into());
        }
        let after = whole.picture()?;
        Ok(Row { verb, cloud, ledger, field, before, run, after })
    }

    /// Runs the verb with a fault, then one command; says whether the fault went unnoticed, and what broke.
    fn case(&self, script: Script, recover: bool) -> Told<(bool, Vec<String>)> {
        let field = self.field.copy()?;
        let struck = field.run(self.verb.run, Some(script))?;
        let mut breaches = struck.breaches.clone();
        breaches.extend(field.breaches()?);
        // A run that ends with a failure of its own ends so for another one too.
        let ended = self.verb.ends == 0 || field.store().chain()?.intents() > self.before.1;
        let unharmed = struck.code == Some(self.verb.ends) && ended;
        // What can't be asked in the time that is left isn't sick: it is left as it is, and that is said.
        let blind = self.verb.ends == 1 && struck.code == Some(3) && struck.err.contains("could not be asked");
        if script.fault.passes() && !unharmed && !blind {
            breaches.push(format!("it did not get over it: {}", struck.said()));
        }
        let chain = field.store().chain()?;
        let given_up = chain.outcome().is_some_and(|outcome| outcome["ending"] == "abandoned");
        let begun = chain.intents() > self.before.1 || unharmed;

        let one = if recover { &["recover", TARGET][..] } else { self.verb.run };
        let next = field.run(one, None)?;
        breaches.extend(next.breaches.iter().map(|breach| format!("{one:?}: {breach}")));
        if next.code != Some(0) && next.code != Some(self.verb.ends) {
            breaches.push(format!("invariant 5: {one:?} after {}: {}", struck.said(), next.said()));
        }
        breaches.extend(field.breaches()?);
        breaches.extend(field.unsettled()?);
        // Where nothing was begun, or it was given up, there is nothing to recover.
        let expected = if recover && (!begun || given_up) { &self.before.0 } else { &self.after };
        let found = field.picture()?;
        if found != *expected && !blind {
            let differing = differing(&found, expected);
            breaches.push(format!("invariant 5: the cloud differs\n{differing}after {}{}", struck.said(), next.said()));
        }
        if self.verb.looks && !recover && next.out != self.run.out {
            breaches.push(format!("invariant 5: asked again, it says\n{}\nnot\n{}", next.out, self.run.out));
        }
        let foreign: Vec<String> =
            field.change_sets()?.into_iter().filter(|name| !name.starts_with("landfall-")).collect();
        if !foreign.is_empty() {
            breaches.push(format!("invariant 3: change sets that no plan names: {foreign:?}"));
        }
        Ok((unharmed, breaches))
    }
}

/// A case: the row's number, the fault, the call, and whether `recover` or the same verb comes after it.
type Case = (usize, Fault, usize, bool);

/// Runs cases on some threads: most of them wait for a time-out or for the program.
fn matrix(rows: &[Row], cases: &[Case]) -> Told<Report> {
    let began = Instant::now();
    let (next, report) = (AtomicUsize::new(0), Mutex::new(Report::default()));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some((row, fault, at, recover)) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let row = &rows[*row];
                    let script = Script { fault: *fault, at: At::Number(*at) };
                    let ended = row.case(script, *recover);
                    let (unharmed, breaches) =
                        ended.unwrap_or_else(|error| (false, vec![format!("the bench: {error}")]));
                    let call = row.run.calls.get(at - 1).map_or("?", |call| call.name.as_str());
                    let then = if *recover { "recover" } else { "again" };
                    let named = |breach| {
                        format!(
                            "{:?}, {}, {:?}, {fault:?} at call {at} ({call}), then {then}: {breach}",
                            row.cloud, row.verb.name, row.ledger
                        )
                    };
                    let breaches = breaches.into_iter().map(named).collect();
                    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
                    report.add((row.cloud, row.verb.name, row.ledger), *fault, unharmed, breaches);
                }
            });
        }
    });
    let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.seconds = began.elapsed().as_secs();
    Ok(report)
}

/// All rows of a cloud where something is watched after a deployment, or nothing is, and all cases.
fn all(cloud: Cloud, watched: bool) -> Told<(Vec<Row>, Vec<Case>)> {
    let rows: Vec<Row> = std::thread::scope(|scope| {
        let pairs = VERBS.iter().filter(|verb| verb.clouds.contains(&cloud) && verb.watched.is_some() == watched);
        let pairs = pairs.flat_map(|verb| [(verb, Ledger::Folder), (verb, Ledger::Bucket)]);
        let threads: Vec<_> = pairs.map(|(verb, ledger)| scope.spawn(move || Row::new(verb, cloud, ledger))).collect();
        let ended = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a row panicked".into())));
        ended.collect::<Told<_>>()
    })?;
    let mut cases = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        for at in 1..=row.run.calls.len() {
            for fault in Fault::ALL {
                cases.push((index, fault, at, false));
                if !row.verb.recovers {
                    cases.push((index, fault, at, true));
                }
            }
        }
    }
    Ok((rows, cases))
}

fn unbroken(report: &Report) -> Told {
    if report.breaches.is_empty() { Ok(()) } else { Err(format!("{} breaches", report.breaches.len()).into()) }
}

/// The lines that one picture has and another has not.
fn differing(found: &str, expected: &str) -> String {
    let only = |one: &str, other: &str, sign: char| {
        let lines = one.lines().filter(|line| !other.lines().any(|same| same == *line));
        lines.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    only(found, expected, '+') + &only(expected, found, '-')
}

/// What all the rest is made of.
const KILLED: [&str; 7] = [
    "apply, create",
    "apply, update",
    "destroy",
    "apply, watched",
    "apply, not well",
    "apply, asked",
    "apply, no answer",
];

/// A cut that strikes every verb with every fault, at calls that differ from fault to fault; where asked for, with every kill of an
/// apply or a destroy and `recover` after it.
fn cut(cloud: Cloud, every: usize, kills: bool) -> Told<Report> {
    struck(all(cloud, false)?, every, kills)
}

fn struck((rows, cases): (Vec<Row>, Vec<Case>), every: usize, kills: bool) -> Told<Report> {
    let killed = |(row, fault, at, recover): Case| {
        let row = &rows[row];
        // What comes before the alarm is looked at, or the health path asked, comes in other rows too.
        let looks = |call: &Call| call.name == "DescribeAlarms" || call.name.ends_with("/health");
        let since = row.run.calls.iter().position(looks).unwrap_or(0);
        let due = recover && at > since && fault.kills() && row.ledger == Ledger::Folder;
        kills && due && KILLED.contains(&row.verb.name)
    };
    let cases = cases.into_iter().enumerate();
    let cut: Vec<Case> =
        cases.filter(|(number, case)| number % every == 0 || killed(*case)).map(|(_, case)| case).collect();
    matrix(&rows, &cut)
}

#[test]
fn a_fault_at_any_call_breaks_nothing_and_one_command_converges() -> Told {
    let report = cut(Cloud::Aws, 61, false)?;
    println!("{report}");
    unbroken(&report)
}

#[test]
fn a_kill_at_every_call_and_a_fault_at_any_on_azure_breaks_nothing_and_one_command_converges() -> Told {
    let report = cut(Cloud::Azure, 293, true)?;
    println!("{report}");
    unbroken(&report)
}

#[test]
fn a_kill_at_every_call_and_a_fault_at_any_on_google_cloud_breaks_nothing_and_one_command_converges() -> Told {
    let report = cut(Cloud::Gcp, 293, true)?;
    println!("{report}");
    unbroken(&report)
}

#[test]
fn a_kill_at_every_call_while_a_deployment_is_watched_breaks_nothing_and_one_command_converges() -> Told {
    // Kills alone: what else strikes has little time to pass in the sandbox's, on a busy machine. The whole has all of it.
    let report = struck(all(Cloud::Aws, true)?, usize::MAX, true)?;
    println!("{report}");
    unbroken(&report)
}

/// All of it, or the part that `LANDFALL_MATRIX_PART=K/N` asks for: every N-th case. 24 stand for each call, so that an N without a
/// divisor in common with that strikes with every fault.
fn whole((rows, cases): (Vec<Row>, Vec<Case>)) -> Told<Report> {
    let part = match std::env::var("LANDFALL_MATRIX_PART") {
        Ok(part) => part.split_once('/').and_then(|(part, of)| Some((part.parse::<usize>().ok()?, of.parse().ok()?))),
        Err(_) => Some((1, 1)),
    };
    let (part, of) = part.filter(|(part, of)| (1..=*of).contains(part)).ok_or("LANDFALL_MATRIX_PART is not K/N")?;
    let cases: Vec<Case> = cases.into_iter().skip(part - 1).step_by(of).collect();
    matrix(&rows, &cases)
}

#[test]
#[ignore = "takes hours: `cargo test --test matrix -- --ignored --nocapture` prints its report, `LANDFALL_MATRIX_PART=1/25` does a twenty-fifth"]
fn every_fault_at_every_call_breaks_nothing_and_one_command_converges() -> Told {
    let report = whole(all(Cloud::Aws, false)?)?;
    println!("{report}");
    unbroken(&report)
}

#[test]
#[ignore = "takes hours: `cargo test --test matrix -- --ignored --nocapture` prints its report, `LANDFALL_MATRIX_PART=1/25` does a twenty-fifth"]
fn every_fault_at_every_call_on_azure_breaks_nothing_and_one_command_converges() -> Told {
    let report = whole(all(Cloud::Azure, false)?)?;
    println!("{report}");
    unbroken(&report)
}

#[test]
#[ignore = "takes hours: `cargo test --test matrix -- --ignored --nocapture` prints its report, `LANDFALL_MATRIX_PART=1/25` does a twenty-fifth"]
fn every_fault_at_every_call_on_google_cloud_breaks_nothing_and_one_command_converges() -> Told {
    let report = whole(all(Cloud::Gcp, false)?)?;
    println!("{report}");
    unbroken(&report)
}

#[test]
#[ignore = "takes hours: `cargo test --test matrix -- --ignored --nocapture` prints its report, `LANDFALL_MATRIX_PART=1/25` does a twenty-fifth"]
fn every_fault_at_every_call_while_a_deployment_is_watched_breaks_nothing_and_one_command_converges() -> Told {
    let report = whole(all(Cloud::Aws, true)?)?;
    println!("{report}");
    unbroken(&report)
}
