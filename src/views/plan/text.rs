//! A plan as text for a terminal.

use serde_json::Value;

use super::cost::sentences;
use super::rank::{ACTIONS, grouped, legend, ranked, symbol};
use super::rollout;
use super::value::{Line, block, difference, inline};
use super::{Around, summary};
use crate::plan::Plan;
use crate::plan::change::{Action, Change, FieldChange};
use crate::plan::consequence::{Consequence, Impact};
use crate::plan::drift::ResourceDrift;
use crate::views::output::page::{Page, Tone};

/// What becomes of drift when a plan is carried out.
const DRIFT: &str = "  since the last deployment; this plan leaves it, unless it changes the same resource";

/// The whole page.
pub(super) fn page(plan: &Plan, around: &Around, coloured: bool, width: usize) -> String {
    let mut view = Text { page: Page::new(coloured, width), sources: Vec::new() };
    view.plan(plan, around);
    view.page.finish()
}

/// The page and the sources that it names so far.
struct Text {
    page: Page,
    sources: Vec<String>,
}

impl Text {
    fn plan(&mut self, plan: &Plan, around: &Around) {
        let settled = plan.is_empty() && plan.disagreements.is_empty();
        if settled && plan.notes.is_empty() && plan.exposures.is_empty() && plan.drift.is_empty() {
            self.page.line(0, &[(Tone::Strong, &around.nothing)]);
            return;
        }
        self.legend(plan);
        self.changes(plan);
        self.outputs(plan);
        self.exposures(plan);
        self.rollouts(plan);
        self.cloud(plan);
        self.drift(plan);
        self.notes(plan);
        self.sources();
        if plan.is_empty() {
            self.page.line(0, &[(Tone::Strong, &around.nothing)]);
        } else {
            self.page.line(0, &[(Tone::Strong, &summary(plan))]);
            self.addresses(plan);
            self.cost(plan);
        }
        self.approvals(plan);
        if let Some(next) = &around.next {
            self.page.line(0, &[(Tone::Faint, "Next: "), (Tone::Plain, next)]);
        }
    }

    fn legend(&mut self, plan: &Plan) {
        let used: Vec<Action> =
            ACTIONS.into_iter().filter(|action| plan.changes.iter().any(|change| change.action == *action)).collect();
        for action in &used {
            let sign = format!("{:>3} ", symbol(*action));
            self.page.line(0, &[(tone(*action), &sign), (Tone::Faint, legend(*action))]);
        }
        if !used.is_empty() {
            self.page.gap();
        }
    }

    fn changes(&mut self, plan: &Plan) {
        self.creations(plan);
        let rest: Vec<&Change> = plan.changes.iter().filter(|change| change.action != Action::Create).collect();
        let groups = grouped(rest);
        let named = groups.iter().any(|(name, _)| name.is_some());
        for (name, changes) in groups {
            if named {
                self.page.line(0, &[(Tone::Strong, name.unwrap_or("(no component)"))]);
            }
            for change in changes {
                self.change(change);
            }
            self.page.gap();
        }
    }

    /// What is created, a line each, by component: there is nothing to compare it with.
    fn creations(&mut self, plan: &Plan) {
        let mut created: Vec<&Change> = plan.changes.iter().filter(|change| change.action == Action::Create).collect();
        created.sort_by_key(|change| (&change.component, &change.id));
        for change in &created {
            let kind = format!(" ({})", change.kind);
            let component = change.component.as_ref().map(|name| format!("  {name}")).unwrap_or_default();
            self.page.line(
                0,
                &[(Tone::Added, "  + "), (Tone::Strong, &change.id), (Tone::Faint, &kind), (Tone::Plain, &component)],
            );
        }
        if !created.is_empty() {
            self.page.gap();
        }
    }

    fn change(&mut self, change: &Change) {
        let sign = format!("{:>3} ", symbol(change.action));
        let kind = format!(" ({})", change.kind);
        let consequence = consequence_of(change).map(|word| format!("  {word}")).unwrap_or_default();
        let origin = change
            .origin
            .as_ref()
            .filter(|origin| **origin != change.id)
            .map(|origin| format!("  from {origin}"))
            .unwrap_or_default();
        self.page.line(
            0,
            &[
                (tone(change.action), &sign),
                (Tone::Strong, &change.id),
                (Tone::Faint, &kind),
                (Tone::Faint, &origin),
                (danger(change.consequence), &consequence),
            ],
        );
        for field in &change.fields {
            self.field(field);
        }
        if let Some(impact) = &change.impact {
            self.impact(6, impact);
        }
    }

    fn field(&mut self, field: &FieldChange) {
        let path = format!("{}:", field.path);
        let line = match (&field.before, &field.after) {
            (_, Some(after)) if field.through.is_some() => {
                let through = field.through.as_deref().unwrap_or_default();
                let value = inline(after).unwrap_or_else(|| "its value".to_owned());
                let known = format!(" {value}, known once {through} is done");
                Some(vec![(Tone::Changed, "~ ".to_owned()), (Tone::Plain, path), (Tone::Plain, known)])
            }
            (Some(before), Some(after)) => self.exchanged(&path, before, after),
            (None, Some(after)) => self.single("+ ", Tone::Added, &path, after),
            (Some(before), None) => self.single("- ", Tone::Removed, &path, before),
            (None, None) => Some(vec![(Tone::Changed, "~ ".to_owned()), (Tone::Plain, path)]),
        };
        let Some(mut line) = line else {
            self.impact(10, &field.impact);
            return;
        };
        // What is harmless stands on the line where it fits; everything else has a line of its own.
        let words = format!("  # {}", self.words(&field.impact));
        let length: usize = line.iter().map(|(_, piece)| piece.chars().count()).sum();
        let harmless = field.impact.consequence == Consequence::InPlace && field.impact.certain;
        let fits = 6 + length + words.chars().count() <= self.page.width();
        if harmless && fits {
            line.push((Tone::Faint, words));
        }
        self.pieces(6, &line);
        if !(harmless && fits) {
            self.impact(10, &field.impact);
        }
    }

    fn pieces(&mut self, indent: usize, pieces: &[(Tone, String)]) {
        let pieces: Vec<(Tone, &str)> = pieces.iter().map(|(tone, text)| (*tone, text.as_str())).collect();
        self.page.line(indent, &pieces);
    }

    /// The line of a value that became another; where that is too long, the lines that differ are put on the page instead.
    fn exchanged(&mut self, path: &str, before: &Value, after: &Value) -> Option<Vec<(Tone, String)>> {
        let sign = (Tone::Changed, "~ ".to_owned());
        if let (Some(old), Some(new)) = (inline(before), inline(after)) {
            return Some(vec![
                sign,
                (Tone::Plain, format!("{path} ")),
                (Tone::Removed, old),
                (Tone::Faint, " → ".to_owned()),
                (Tone::Added, new),
            ]);
        }
        self.pieces(6, &[sign, (Tone::Plain, path.to_owned())]);
        for line in difference(before, after) {
            match line {
                Line::Same(text) => self.page.line(10, &[(Tone::Faint, "  "), (Tone::Faint, &text)]),
                Line::Gone(text) => self.page.line(10, &[(Tone::Removed, "- "), (Tone::Removed, &text)]),
                Line::Come(text) => self.page.line(10, &[(Tone::Added, "+ "), (Tone::Added, &text)]),
                Line::Skipped(1) => self.page.line(10, &[(Tone::Faint, "  … 1 line that is the same")]),
                Line::Skipped(count) => {
                    self.page.line(10, &[(Tone::Faint, &format!("  … {count} lines that are the same"))]);
                }
            }
        }
        None
    }

    /// The line of a value that came or went; where that is too long, its lines are put on the page instead.
    fn single(&mut self, sign: &str, tone: Tone, path: &str, value: &Value) -> Option<Vec<(Tone, String)>> {
        let sign_piece = (tone, sign.to_owned());
        if let Some(short) = inline(value) {
            return Some(vec![sign_piece, (Tone::Plain, format!("{path} ")), (tone, short)]);
        }
        self.pieces(6, &[sign_piece, (Tone::Plain, path.to_owned())]);
        for text in block(value) {
            self.page.line(10, &[(tone, sign), (tone, &text)]);
        }
        None
    }

    /// A consequence with its reason and the number of its source.
    fn words(&mut self, impact: &Impact) -> String {
        let number = self.number(&impact.source);
        format!("{}: {} [{number}]", word(impact), impact.why)
    }

    fn impact(&mut self, indent: usize, impact: &Impact) {
        let words = self.words(impact);
        let tone = match danger(impact.consequence) {
            Tone::Plain => Tone::Faint,
            other => other,
        };
        self.page.wrapped(indent, 2, tone, &words);
    }

    /// The number under which a source stands at the end.
    fn number(&mut self, source: &str) -> usize {
        match self.sources.iter().position(|known| known == source) {
            Some(at) => at + 1,
            None => {
                self.sources.push(source.to_owned());
                self.sources.len()
            }
        }
    }

    fn outputs(&mut self, plan: &Plan) {
        if plan.outputs.is_empty() {
            return;
        }
        self.page.line(0, &[(Tone::Strong, "Outputs")]);
        for output in &plan.outputs {
            let path = format!("{}:", output.name);
            let line = match (&output.before, &output.after) {
                (Some(before), Some(after)) => self.exchanged(&path, before, after),
                (None, Some(after)) => self.single("+ ", Tone::Added, &path, after),
                (Some(before), None) => self.single("- ", Tone::Removed, &path, before),
                (None, None) => None,
            };
            if let Some(line) = line {
                self.pieces(6, &line);
            }
            if let Some(warning) = &output.warning {
                self.page.wrapped(10, 2, Tone::Removed, warning);
            }
        }
        self.page.gap();
    }

    fn exposures(&mut self, plan: &Plan) {
        if plan.exposures.is_empty() {
            return;
        }
        let title = if plan.initial { "Access that it gives" } else { "Access that widens" };
        self.page.line(0, &[(Tone::Strong, title)]);
        // In a first deployment everything is new: what the public gains is named, the rest is counted.
        let shown: Vec<_> = plan.exposures.iter().filter(|exposure| exposure.public || !plan.initial).collect();
        let mut last = None;
        for exposure in &shown {
            if last != Some(&exposure.resource) {
                self.page.line(4, &[(Tone::Strong, &exposure.resource)]);
                last = Some(&exposure.resource);
            }
            let (sign, tone) = if exposure.public { ("! PUBLIC ", Tone::Removed) } else { ("! ", Tone::Changed) };
            let words = format!("{sign}{}  ({})", exposure.what, exposure.path);
            self.page.wrapped(6, 2, tone, &words);
        }
        let rest = plan.exposures.len() - shown.len();
        if rest > 0 {
            let words =
                format!("{rest} more to parts of the deployment itself and to services; --format json has each");
            self.page.wrapped(4, 2, Tone::Faint, &words);
        }
        self.page.gap();
    }

    fn rollouts(&mut self, plan: &Plan) {
        if plan.rollouts.is_empty() {
            return;
        }
        self.page.line(0, &[(Tone::Strong, "Blue and green")]);
        for rollout in &plan.rollouts {
            self.page.wrapped(6, 2, Tone::Plain, &rollout::sentence(rollout));
        }
        self.page.gap();
    }

    fn cloud(&mut self, plan: &Plan) {
        let Some(cloud) = &plan.cloud else { return };
        if plan.disagreements.is_empty() {
            let words = format!("{} says the same.", cloud.by);
            self.page.line(0, &[(Tone::Faint, &words)]);
        } else {
            let words = format!("{} says otherwise", cloud.by);
            self.page.line(0, &[(Tone::Strong, &words)]);
            for found in &plan.disagreements {
                let words = format!("{}: we say {}, it says {}", found.resource, found.ours, found.theirs);
                self.page.wrapped(6, 2, Tone::Changed, &words);
            }
        }
        self.page.gap();
    }

    fn drift(&mut self, plan: &Plan) {
        if plan.drift.is_empty() {
            return;
        }
        self.page.line(0, &[(Tone::Strong, "Changed by hand"), (Tone::Faint, DRIFT)]);
        for line in plan.drift.iter().flat_map(ResourceDrift::lines) {
            self.page.wrapped(6, 2, Tone::Changed, &line);
        }
        self.page.gap();
    }

    fn notes(&mut self, plan: &Plan) {
        if plan.notes.is_empty() {
            return;
        }
        self.page.line(0, &[(Tone::Strong, "Notes")]);
        for note in &plan.notes {
            self.page.wrapped(6, 2, Tone::Plain, note);
        }
        self.page.gap();
    }

    fn sources(&mut self) {
        if self.sources.is_empty() {
            return;
        }
        self.page.line(0, &[(Tone::Faint, "Sources")]);
        for (at, source) in std::mem::take(&mut self.sources).iter().enumerate() {
            let words = format!("[{}] {source}", at + 1);
            self.page.line(4, &[(Tone::Faint, &words)]);
        }
        self.page.gap();
    }

    /// Every address once more, the risky ones last: what a reader of the end alone must see. The harmless ones share their lines.
    fn addresses(&mut self, plan: &Plan) {
        let ranked = ranked(plan.changes.iter());
        let (harmless, risky): (Vec<&Change>, Vec<&Change>) = ranked.into_iter().partition(|change| {
            change.consequence == Consequence::InPlace && matches!(change.action, Action::Create | Action::Update)
        });
        for action in [Action::Create, Action::Update] {
            let ids: Vec<&str> =
                harmless.iter().filter(|change| change.action == action).map(|change| change.id.as_str()).collect();
            if !ids.is_empty() {
                let words = format!("{} {}", symbol(action), ids.join(", "));
                self.page.wrapped(2, 2, tone(action), &words);
            }
        }
        let longest = risky.iter().map(|change| change.id.chars().count()).max().unwrap_or_default();
        for change in risky {
            let sign = format!("{:>3} ", symbol(change.action));
            let (id, word) = match consequence_of(change) {
                Some(word) => (format!("{:<longest$}  ", change.id), word),
                None => (change.id.clone(), String::new()),
            };
            self.page.line(0, &[(tone(change.action), &sign), (Tone::Plain, &id), (danger(change.consequence), &word)]);
        }
    }

    fn cost(&mut self, plan: &Plan) {
        let Some(cost) = &plan.cost else { return };
        let over = cost.broken().is_some();
        for (at, sentence) in sentences(cost).iter().enumerate() {
            match at {
                0 => self.page.line(0, &[(Tone::Strong, "Cost: "), (Tone::Strong, sentence)]),
                1 if over => self.page.line(6, &[(Tone::Removed, sentence)]),
                _ => self.page.line(6, &[(Tone::Plain, sentence)]),
            }
        }
    }

    fn approvals(&mut self, plan: &Plan) {
        let needed = plan.approvals_needed();
        if needed.is_empty() {
            return;
        }
        self.page.gap();
        self.page.line(0, &[(Tone::Strong, "Needs approval by name")]);
        for approval in needed {
            let words = format!("--approve {approval}");
            self.page.line(4, &[(Tone::Removed, &words)]);
        }
    }
}

fn tone(action: Action) -> Tone {
    match action {
        Action::Create => Tone::Added,
        Action::Update | Action::Forget => Tone::Changed,
        Action::Replace | Action::Delete => Tone::Removed,
    }
}

fn danger(consequence: Consequence) -> Tone {
    match consequence {
        Consequence::InPlace => Tone::Plain,
        Consequence::Interruption => Tone::Changed,
        Consequence::Replacement | Consequence::DataLoss | Consequence::Irreversible => Tone::Removed,
    }
}

/// The consequence's word; `perhaps` where the cloud decides.
fn word(impact: &Impact) -> String {
    if impact.certain { impact.consequence.word().to_owned() } else { format!("perhaps {}", impact.consequence.word()) }
}

/// The consequence of the change as a whole, where it is worth a word: creations have none, and neither have harmless updates.
fn consequence_of(change: &Change) -> Option<String> {
    if change.consequence == Consequence::InPlace {
        return None;
    }
    let sure = match &change.impact {
        Some(impact) if impact.consequence == change.consequence => impact.certain,
        _ => change.fields.iter().any(|field| field.impact.consequence == change.consequence && field.impact.certain),
    };
    let word = change.consequence.word();
    Some(if sure { word.to_owned() } else { format!("perhaps {word}") })
}
