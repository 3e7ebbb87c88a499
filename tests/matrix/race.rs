//! Runs that start at the same moment.

use std::time::Instant;

use crate::Told;
use crate::field::{Field, Ledger, TARGET};

/// Lets appliers race for the same change, round after round: in each, exactly one deploys.
fn appliers(ledger: Ledger, racers: usize, rounds: usize) -> Told {
    let mut field = Field::new(ledger)?;
    for round in 0..rounds {
        // A long ledger would only be read again and again.
        if round % 50 == 0 {
            field = Field::new(ledger)?;
        }
        field.hidden_for(if round % 2 == 0 { "30s" } else { "45s" })?;
        let before = field.store().chain()?.intents();
        let runs: Vec<_> = (0..racers).map(|_| field.start(&["apply", TARGET], None)).collect::<Told<_>>()?;
        let mut won = 0;
        for run in runs {
            let run = run.end()?;
            let changed = run.calls.iter().any(|call| call.name == "ExecuteChangeSet");
            won += usize::from(changed);
            if !run.breaches.is_empty() {
                return Err(format!("round {round}: {}\n{}", run.breaches.join("\n"), run.said()).into());
            }
            match run.code {
                Some(0) => {}
                Some(4) if changed => {
                    return Err(format!("round {round}: a loser changed the cloud: {}", run.said()).into());
                }
                Some(4) if run.err.contains("held by ana") => {}
                _ => return Err(format!("round {round}: {}", run.said()).into()),
            }
        }
        let intents = field.store().chain()?.intents() - before;
        let wrong = [field.breaches()?, field.unsettled()?].concat();
        if won != 1 || intents != 1 || !wrong.is_empty() {
            return Err(format!("round {round}: {won} deployed, {intents} intents; {}", wrong.join("\n")).into());
        }
    }
    Ok(())
}

/// Lets an apply race with those who only look: they are never in its way, nor it in theirs.
fn lookers(rounds: usize) -> Told {
    for round in 0..rounds {
        let field = Field::new(if round % 2 == 0 { Ledger::Folder } else { Ledger::Bucket })?;
        if round % 4 > 1 {
            field.run(&["apply", TARGET], None)?.exits(0)?;
            field.hidden_for("45s")?;
        }
        let verbs: [&[&str]; 4] = [&["apply", TARGET], &["plan", TARGET], &["history", TARGET], &["status"]];
        let runs: Vec<_> = verbs.iter().map(|verb| field.start(verb, None)).collect::<Told<_>>()?;
        for run in runs {
            let run = run.end()?.exits(0).map_err(|error| format!("round {round}: {error}"))?;
            if !run.breaches.is_empty() {
                return Err(format!("round {round}: {}", run.breaches.join("\n")).into());
            }
        }
        let wrong = [field.breaches()?, field.unsettled()?].concat();
        if !wrong.is_empty() {
            return Err(format!("round {round}: {}", wrong.join("\n")).into());
        }
    }
    Ok(())
}

#[test]
fn of_those_who_apply_the_same_change_at_once_one_deploys_and_the_rest_are_told_who() -> Told {
    appliers(Ledger::Folder, 3, 6)?;
    appliers(Ledger::Bucket, 2, 6)
}

#[test]
fn those_who_look_are_in_nobodys_way() -> Told {
    lookers(8)
}

#[test]
#[ignore = "1,000 rounds take many minutes"]
fn of_two_appliers_one_deploys_in_each_of_a_thousand_rounds() -> Told {
    let began = Instant::now();
    appliers(Ledger::Folder, 2, 500)?;
    appliers(Ledger::Bucket, 2, 500)?;
    lookers(100)?;
    println!(
        "1,000 rounds of two appliers and 100 of an apply with a plan, a history and a status: {} s",
        began.elapsed().as_secs()
    );
    Ok(())
}
