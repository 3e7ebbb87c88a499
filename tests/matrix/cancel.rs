//! GitHub's way to cancel: SIGINT, SIGTERM 7.5 s later, SIGKILL 2.5 s after that.

use std::time::{Duration, Instant};

use crate::Told;
use crate::field::{Field, Ledger, Run, Started, TARGET};
use crate::proxy::{At, Fault, Script, signal};

/// Goes on as GitHub does, once SIGINT was sent; gives whether the run ended before anything harder came.
fn cancelled(run: Started) -> Told<(bool, Run)> {
    while !run.proxy.struck() && !run.ended()? {
        std::thread::sleep(Duration::from_millis(3));
    }
    let (began, process) = (Instant::now(), run.process()?);
    let until = |time: Duration| -> Told<bool> {
        while began.elapsed() < time {
            if run.ended()? {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(false)
    };
    let by_itself = until(Duration::from_millis(7500))?;
    if !by_itself {
        signal(process, "TERM");
        if !until(Duration::from_secs(10))? {
            signal(process, "KILL");
        }
    }
    Ok((by_itself, run.end()?))
}

/// Cancels an update at every call that a step of `every` takes, answered or hanging; gives how many runs that were.
fn at_every_call(ledger: Ledger, every: usize) -> Told<usize> {
    let mut start = Field::new(ledger)?;
    start.run(&["apply", TARGET], None)?.exits(0)?;
    start.hidden_for("45s")?;
    start.sleep()?;
    let calls = start.copy()?.run(&["apply", TARGET], None)?.exits(0)?.calls;
    let mut scripts = Vec::new();
    for at in 1..=calls.len() {
        for fault in [Fault::Interrupt, Fault::InterruptHang] {
            scripts.push(Script { fault, at: At::Number(at) });
        }
    }
    let scripts: Vec<Script> = scripts.into_iter().step_by(every).collect();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let cases: Vec<_> = scripts.iter().map(|script| scope.spawn(|| one(&start, *script))).collect();
        let ended = scripts.iter().zip(cases).map(|(script, case)| match case.join() {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("{script:?}: {error}")),
            Err(_) => Some(format!("{script:?}: panicked")),
        });
        ended.flatten().collect()
    });
    if wrong.is_empty() { Ok(scripts.len()) } else { Err(wrong.join("\n---\n").into()) }
}

fn one(start: &Field, script: Script) -> Told {
    let mut field = start.copy()?;
    // A call may take its usual time here, so that only the signal can end a run that waits for one.
    field.patient = true;
    let (by_itself, run) = cancelled(field.start(&["apply", TARGET], Some(script))?)?;
    let mut wrong = [run.breaches.clone(), field.breaches()?].concat();
    if !by_itself {
        wrong.push("it did not end by itself before SIGTERM came".to_owned());
    }
    if !matches!(run.code, Some(0 | 5)) {
        wrong.push("its exit code does not say that it was interrupted".to_owned());
    }
    field.patient = false;
    field.run(&["apply", TARGET], None)?.exits(0).map_err(|error| format!("{}\nthen {error}", run.said()))?;
    wrong.extend([field.breaches()?, field.unsettled()?].concat());
    if wrong.is_empty() { Ok(()) } else { Err(format!("{}\n{}", wrong.join("\n"), run.said()).into()) }
}

#[test]
fn a_cancelled_apply_stops_by_itself_and_the_next_one_goes_on_from_there() -> Told {
    at_every_call(Ledger::Folder, 7).map(|_| ())
}

#[test]
#[ignore = "the whole of it takes minutes"]
fn an_apply_cancelled_at_any_call_stops_by_itself() -> Told {
    let runs = at_every_call(Ledger::Folder, 1)? + at_every_call(Ledger::Bucket, 1)?;
    println!("{runs} runs were cancelled");
    Ok(())
}
