//! Progress on standard error: a line a resource that is being worked on, on a terminal; plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::super::bundle::size;
use super::took;
use crate::deploy::lease;
use crate::deploy::watch::{News, Watch};
use crate::ledger::entry::{Tally, Versions};
use crate::ports::cloud::{Doing, Event, Step};
use crate::ports::images::Pushed;
use crate::ports::terminal::Terminal;

/// A resource that is still worked on is mentioned again after this long, on plain lines.
const STILL: Duration = Duration::from_secs(10);

/// No more resources than this have a line of their own on a terminal.
const MOST_LINES: usize = 12;

/// Shows progress.
pub struct Progress {
    shown: Mutex<Shown>,
}

struct Shown {
    lines: Box<dyn Write + Send>,
    live: Option<Live>,
    /// How many resources there are to work on; 0 where it isn't known.
    total: usize,
    /// What is known of each resource by its id: what is done, how far, and when that was first and last said.
    resources: BTreeMap<String, Seen>,
    /// Events shown so far, by id.
    events: usize,
    unanswered: bool,
    /// Whether it was told that everything is being undone.
    undoing: bool,
    usual: Usual,
}

/// Seconds that it usually takes to create, update and delete a resource of a native type, where that is worth saying.
pub type Usual = Box<dyn Fn(&str) -> Option<[u64; 3]> + Send>;

struct Live {
    all: MultiProgress,
    head: ProgressBar,
    bars: BTreeMap<String, ProgressBar>,
}

struct Seen {
    kind: String,
    doing: Doing,
    step: Step,
    since: Duration,
    said: Duration,
}

impl Progress {
    /// A display for about so many resources; on a terminal that is watched, a live one.
    pub fn new(terminal: &dyn Terminal, colour: bool, tally: Tally, usual: Usual) -> Self {
        let total = tally.create + tally.update + tally.replace + tally.delete;
        let live = (terminal.is_watched() && total > 0).then(|| {
            let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
            let head = all.add(ProgressBar::new(total as u64));
            let bar = if colour { "{bar:30.green/dim}" } else { "{bar:30}" };
            if let Ok(style) = ProgressStyle::with_template(&format!("{bar} {{pos}}/{{len}} resources, {{elapsed}}")) {
                head.set_style(style.progress_chars("━╸─"));
            }
            head.enable_steady_tick(Duration::from_millis(250));
            Live { all, head, bars: BTreeMap::new() }
        });
        let shown = Shown {
            lines: terminal.progress(),
            live,
            total,
            resources: BTreeMap::new(),
            events: 0,
            unanswered: false,
            undoing: false,
            usual,
        };
        Progress { shown: Mutex::new(shown) }
    }

    /// Takes the live display away.
    pub fn close(&self) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(live) = shown.live.take() {
            live.bars.values().for_each(ProgressBar::finish_and_clear);
            live.head.finish_and_clear();
        }
    }
}

impl Watch for Progress {
    fn news(&self, news: &News<'_>) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        match news {
            News::TookOver { from, why } => {
                shown.line(&format!("Took the lock over from {}: {why}.", lease::name(&from.holder)));
            }
            News::Waiting { stack, elapsed } => {
                let elapsed = took(elapsed.as_secs());
                shown.line(&format!("Waiting for {}, which is {}... [{elapsed} elapsed]", stack.name, stack.state));
            }
            News::Resuming(intent) => {
                shown.line(&format!("Finishing the interrupted run {} on {}...", intent.id, intent.stack));
            }
            News::Previewing => shown.line("Asking the cloud what it would do..."),
            News::Judging { what } => shown.line(&format!("Looking {what}...")),
            News::Switched { id, version } => shown.line(&format!("{id}: calls go to {version} again.")),
            News::NotSwitched { id, why } => {
                shown
                    .line(&format!("{id}: can't be switched ahead of the stack ({why}); it goes back with the stack."));
            }
            News::NotRetired { why } => {
                shown.line(&format!("Old copies may run on until the next deployment ends them ({why})."));
            }
            News::GoingBack => shown.line("It isn't well: going back to what was good before..."),
            News::Started => shown.line("The cloud has begun."),
            News::Pushing { digest } => shown.line(&format!("Pushing the image {}...", digest.short())),
            News::Pushed { pushed: Pushed { parts: 0, .. } } => shown.line("It is there already."),
            News::Pushed { pushed } => {
                shown.line(&format!("Pushed {} in {} parts.", size(pushed.sent), pushed.parts));
            }
            News::Migrating => shown.line("Bringing the database's schema up to date..."),
            News::Migrated { versions: Versions { before: Some(before), after: Some(after) } } if before != after => {
                shown.line(&format!("The schema went from version {before} to {after}."));
            }
            News::Migrated { versions: Versions { after: Some(after), .. } } => {
                shown.line(&format!("The schema is at version {after}."));
            }
            News::Migrated { .. } => shown.line("The migrations are done."),
            News::SecondStep => {
                shown.line("What had to be there first is there; now the rest...");
                // Another operation tells its own events, of the same resources.
                shown.events = 0;
                shown.resources.clear();
            }
            News::Progress { progress, elapsed } => {
                shown.unanswered = false;
                let known = shown.events;
                for event in progress.events.iter().skip(known) {
                    shown.event(event, *elapsed);
                }
                shown.events = progress.events.len().max(known);
                shown.still(*elapsed);
            }
            News::Unanswered { why } => {
                // Once is enough until it answers again.
                if !shown.unanswered {
                    shown.line(&format!("Can't see how far the cloud is ({why}); asking again."));
                }
                shown.unanswered = true;
            }
        }
    }
}

impl Shown {
    fn line(&mut self, text: &str) {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        match &self.live {
            // Above the live lines; where it can't be written nobody watches any more.
            Some(live) => {
                let _ = live.all.println(text);
            }
            None => {
                let _ = writeln!(self.lines, "{text}");
            }
        }
    }

    fn event(&mut self, event: &Event, elapsed: Duration) {
        if event.stack_itself {
            if let (Doing::Undo, Step::Started) = (event.doing, event.step) {
                // The cloud says it once more when it removes what is left over.
                if !std::mem::replace(&mut self.undoing, true) {
                    let why = event.reason.as_deref().unwrap_or("something failed").trim_end();
                    self.line(&format!("Undoing everything, because: {why}"));
                }
            }
            return;
        }
        let name = &event.resource;
        let began =
            self.resources.get(name).filter(|seen| seen.doing == event.doing).map_or(elapsed, |seen| seen.since);
        let time = took(elapsed.saturating_sub(began).as_secs());
        match event.step {
            Step::Started => {
                // The cloud says twice that it began: when it asks for the resource, and when it knows its name.
                if self.resources.get(name).is_none_or(|seen| seen.doing != event.doing || seen.step != Step::Started) {
                    let usually = self.usually(&event.kind, event.doing);
                    let doing = present(event.doing);
                    if !self.open(name, &format!("{name}: {doing}{usually}")) {
                        self.line(&format!("{name}: {doing}...{usually}"));
                    }
                }
            }
            Step::Done => {
                let physical = event.physical.as_deref().map(|id| format!(" [id={id}]")).unwrap_or_default();
                self.line(&format!("{name}: {} complete after {time}{physical}", past(event.doing)));
                self.close(name, true);
            }
            Step::Failed => {
                let why = event.reason.as_deref().unwrap_or("no reason given");
                self.line(&format!("{name}: {} FAILED after {time}: {why}", past(event.doing)));
                self.close(name, false);
            }
            Step::Skipped => {
                self.line(&format!("{name}: left as it is"));
                self.close(name, true);
            }
        }
        let seen = Seen { kind: event.kind.clone(), doing: event.doing, step: event.step, since: began, said: elapsed };
        self.resources.insert(name.clone(), seen);
    }

    /// Mentions what is still worked on.
    fn still(&mut self, elapsed: Duration) {
        let due: Vec<(String, String, Doing, Duration)> = self
            .resources
            .iter()
            .filter(|(_, seen)| seen.step == Step::Started && elapsed.saturating_sub(seen.said) >= STILL)
            .map(|(name, seen)| (name.clone(), seen.kind.clone(), seen.doing, elapsed.saturating_sub(seen.since)))
            .collect();
        for (name, kind, doing, time) in due {
            if self.live.is_none() {
                let present = present(doing).to_lowercase();
                let usually = self.usually(&kind, doing);
                self.line(&format!("{name}: Still {present}... [{} elapsed]{usually}", took(time.as_secs())));
            }
            if let Some(seen) = self.resources.get_mut(&name) {
                seen.said = elapsed;
            }
        }
    }

    /// How long it usually takes, where that is worth saying.
    fn usually(&self, kind: &str, doing: Doing) -> String {
        let Some([create, update, delete]) = (self.usual)(kind) else { return String::new() };
        let seconds = match doing {
            Doing::Create => create,
            Doing::Update | Doing::Undo => update,
            Doing::Delete => delete,
        };
        if seconds < 30 { String::new() } else { format!(" (usually about {})", took(seconds)) }
    }

    /// Gives a resource a line of its own on a terminal; whether it has one.
    fn open(&mut self, name: &str, text: &str) -> bool {
        let Some(live) = &mut self.live else { return false };
        if live.bars.len() >= MOST_LINES {
            return false;
        }
        let bar = live.all.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} [{elapsed}]") {
            bar.set_style(style);
        }
        bar.set_message(text.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        live.bars.insert(name.to_owned(), bar);
        true
    }

    fn close(&mut self, name: &str, done: bool) {
        let total = self.total as u64;
        let Some(live) = &mut self.live else { return };
        if let Some(bar) = live.bars.remove(name) {
            bar.finish_and_clear();
        }
        if done && live.head.position() < total {
            live.head.inc(1);
        }
    }
}

fn present(doing: Doing) -> &'static str {
    match doing {
        Doing::Create => "Creating",
        Doing::Update => "Updating",
        Doing::Delete => "Destroying",
        Doing::Undo => "Undoing",
    }
}

fn past(doing: Doing) -> &'static str {
    match doing {
        Doing::Create => "Creation",
        Doing::Update => "Update",
        Doing::Delete => "Destruction",
        Doing::Undo => "Undoing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::cloud::Progress as Reached;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Terminal for Paper {
        fn is_watched(&self) -> bool {
            false
        }

        fn can_answer(&self) -> bool {
            false
        }

        fn ask(&self, _: &str) -> std::io::Result<String> {
            Ok(String::new())
        }

        fn progress(&self) -> Box<dyn Write + Send> {
            Box::new(self.clone())
        }
    }

    fn event(id: &str, step: Step, reason: Option<&str>) -> Event {
        Event {
            id: id.into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            resource: "Database".into(),
            stack_itself: false,
            kind: "T".into(),
            physical: Some("db-1".into()),
            doing: Doing::Create,
            step,
            reason: reason.map(str::to_owned),
            cancelled: false,
            state: String::new(),
        }
    }

    #[test]
    fn plain_lines_say_when_a_resource_begins_goes_on_and_ends_and_each_event_once() {
        let paper = Paper::default();
        let progress =
            Progress::new(&paper, false, Tally::default(), Box::new(|kind| (kind == "T").then_some([90, 5, 5])));
        let tell = |events: Vec<Event>, seconds| {
            let reached = Reached { stack: None, started: true, finished: false, events };
            progress.news(&News::Progress { progress: &reached, elapsed: Duration::from_secs(seconds) });
        };
        let begun = event("1", Step::Started, None);
        tell(vec![begun.clone()], 1);
        tell(vec![begun.clone(), event("2", Step::Started, None)], 5);
        tell(vec![begun.clone(), event("2", Step::Started, None)], 15);
        tell(vec![begun, event("2", Step::Started, None), event("3", Step::Done, None)], 21);
        let said = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        assert_eq!(
            said,
            "Database: Creating... (usually about 1m30s)\nDatabase: Still creating... [14s elapsed] (usually about 1m30s)\nDatabase: Creation complete after 20s [id=db-1]\n"
        );
    }

    #[test]
    fn what_a_cloud_gives_as_a_reason_cannot_move_the_cursor() {
        let paper = Paper::default();
        let progress = Progress::new(&paper, false, Tally::default(), Box::new(|_| None));
        let reached = Reached {
            stack: None,
            started: true,
            finished: false,
            events: vec![event("1", Step::Failed, Some("a\u{1b}[2Jb"))],
        };
        progress.news(&News::Progress { progress: &reached, elapsed: Duration::ZERO });
        assert!(!String::from_utf8(paper.0.lock().unwrap().clone()).unwrap().contains('\u{1b}'));
    }
}
