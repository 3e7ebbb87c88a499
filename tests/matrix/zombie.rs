//! A holder of the lock that is stopped, loses the lock, and wakes.

use crate::Told;
use crate::field::{Field, Ledger, TARGET};
use crate::proxy::{At, Call, Fault, Script};

/// What the sleeper does, and where it starts.
const SLEEPERS: [(&str, bool, &[&str]); 3] = [
    ("an apply of something new", false, &["apply", TARGET]),
    ("an apply of a change", true, &["apply", TARGET]),
    ("a destroy", true, &["destroy", TARGET, "--delete-data"]),
];

/// What takes the lock over meanwhile.
const WAKERS: [&[&str]; 3] = [
    &["recover", TARGET, "--take-over"],
    &["recover", TARGET, "--undo", "--take-over"],
    &["apply", TARGET, "--take-over"],
];

/// Stops a run at a call, lets another take its lock over, wakes it. Gives whether it held the lock; none where it ended before.
fn asleep(start: &Field, sleeper: &[&str], waker: &[&str], fault: Fault, at: usize) -> Told<Option<bool>> {
    let field = start.copy()?;
    let asleep = field.start(sleeper, Some(Script { fault, at: At::Number(at) }))?;
    let Some(calls) = asleep.frozen()? else { return Ok(None) };
    let process = asleep.process()?;
    let lock = field.store().chain()?.lock;
    let held = lock["held"] == true && lock["holder"]["process"] == process;
    let taken = field.run(waker, None)?;
    let before = field.store().chain()?.entries.len();
    let then = field.picture()?;
    asleep.thaw()?;
    let woken = asleep.end()?;
    let mut wrong = [taken.breaches.clone(), woken.breaches.clone(), field.breaches()?].concat();
    if held {
        // It asks whose the lock is, and finds out; the call at which it slept was on its way already.
        // The preview of a plan, and its shell where nothing else lies in it, may be cleared away by whoever made them.
        let plans = |call: &&Call| {
            call.form.get("ChangeSetName").is_some_and(|name| name.contains("landfall-plan"))
                || call.name == "DeleteStack" && call.token.is_none()
        };
        // Stopped between the answer that the lock is its own and the change that follows: that one is for the cloud to refuse.
        let answered = fault == Fault::FreezeAfter && woken.calls.get(at - 1).is_some_and(Call::asks_whose_lock);
        if answered {
            wrong.retain(|breach| !breach.contains(&format!("(call {}): invariant 1: process", at + 1)));
        }
        let made = woken.calls.iter().skip(calls + usize::from(answered));
        let made = made.filter(|call| !call.reading && !call.object && !plans(call));
        wrong.extend(made.map(|call| format!("invariant 1: it made the call {} after it woke", call.name)));
        if field.store().chain()?.entries.len() != before {
            wrong.push("invariant 1: it wrote an entry after it woke".to_owned());
        }
        if field.picture()? != then {
            wrong.push("invariant 1: it changed the cloud after it woke".to_owned());
        }
    }
    let next = field.run(&["recover", TARGET], None)?;
    if next.code != Some(0) {
        wrong.push(format!("invariant 5: {}", next.said()));
    }
    wrong.extend(field.unsettled()?);
    if wrong.is_empty() {
        return Ok(Some(held));
    }
    let who = format!("{sleeper:?}, {fault:?} at call {at}, while {waker:?}");
    Err(format!("{who}:\n{}\n{}\n{}", wrong.join("\n"), taken.said(), woken.said()).into())
}

/// Stops runs at every call that a step of `every` takes; gives how many held the lock, and how many there were.
fn all(every: usize) -> Told<(usize, usize)> {
    let (mut held, mut number, mut wrong) = (0, 0, Vec::new());
    for ledger in [Ledger::Folder, Ledger::Bucket] {
        for (name, deployed, sleeper) in SLEEPERS {
            let mut start = Field::new(ledger)?;
            if deployed {
                start.run(&["apply", TARGET], None)?.exits(0)?;
                start.hidden_for("45s")?;
            }
            start.sleep()?;
            let calls = start.copy()?.run(sleeper, None)?.exits(0)?.calls.len();
            for at in 1..=calls {
                for (index, waker) in WAKERS.iter().enumerate() {
                    let fault = if (at + index).is_multiple_of(2) { Fault::FreezeAfter } else { Fault::FreezeBefore };
                    number += 1;
                    if number % every != 0 {
                        continue;
                    }
                    match asleep(&start, sleeper, waker, fault, at) {
                        Ok(found) => held += usize::from(found == Some(true)),
                        Err(error) => wrong.push(format!("{name}, {ledger:?}, {error}")),
                    }
                }
            }
        }
    }
    if wrong.is_empty() {
        Ok((held, number))
    } else {
        Err(format!("{} of {number}:\n{}", wrong.len(), wrong.join("\n---\n")).into())
    }
}

#[test]
fn a_run_that_lost_its_lock_while_it_slept_changes_nothing_when_it_wakes() -> Told {
    let (held, _) = all(11)?;
    assert!(held > 5, "only {held} held the lock when they were stopped");
    Ok(())
}

#[test]
#[ignore = "the whole of it takes minutes"]
fn a_run_stopped_at_any_call_changes_nothing_when_it_wakes_without_its_lock() -> Told {
    let (held, runs) = all(1)?;
    println!("{runs} runs were stopped, {held} of them while they held the lock; none changed anything when it woke");
    Ok(())
}
