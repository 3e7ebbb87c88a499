//! What Google Cloud's usual times make of five losses.

use super::document::{Document, Resource};
use super::{database, names};
use crate::clouds::scenario::{self, A_DAY, Elsewhere, Habits, Scenarios, Unprepared};
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

/// What Google Cloud usually takes.
pub(super) const HABITS: Habits = Habits {
    cloud: "Google Cloud",
    // A round figure for Cloud Run: the image is at hand, and the start of the program is most of it.
    copy: 30,
    // A round figure for Memorystore: its documentation speaks of a quick failover and names no time.
    node: 60,
    // A round figure, with its snapshot read.
    only_node: 600,
    // As rendered: `TWENTY_FOUR_HOURS`.
    snapshots: A_DAY,
    // Cloud SQL documentation, "About high availability": about a minute until the primary counts as gone; the standby starts in another.
    standby: 120,
    // A round figure for a restart and the recovery after a crash.
    restart: 300,
    // A round figure.
    promote: 300,
    // A round half an hour for its data: a drill gives the real figure.
    restore: 1_800,
    // A round figure for new revisions of services through Infrastructure Manager.
    deploy: 600,
    // In the Enterprise edition.
    log_days: database::LOG_DAYS,
};
/// Seconds to make a database, and what else a new deployment waits for. A round figure.
const STACK: u64 = 1_200;
/// Seconds until a changed record is asked for anew everywhere, with records that are kept for five minutes.
const DNS: u64 = 300;

/// The five losses of a stack on Google Cloud.
pub(super) fn scenarios(stack: &Stack, document: &Document) -> Scenarios {
    scenario::scenarios(stack, &HABITS, elsewhere(stack, document))
}

/// Daily copies of databases lie in the multi-region around, unless the document names another place for them (Cloud SQL documentation, "About
/// backups": location). Everything else stands in the region.
fn elsewhere(stack: &Stack, document: &Document) -> Elsewhere {
    let mut notes = Vec::new();
    let (copied, here) = scenario::buckets(stack);
    if !copied.is_empty() {
        notes.push(format!(
            "These stand in two regions and answer from the other one by themselves, nearly all of it at most an hour behind: {}.",
            scenario::listed(&copied)
        ));
    }
    let left = here
        .into_iter()
        .chain(stack.queues.keys().map(|name| Reference::new(Kind::Queue, name)))
        .chain(stack.caches.keys().map(|name| Reference::new(Kind::Cache, name)));
    let left: Vec<String> = left.map(|reference| reference.to_string()).collect();
    if !left.is_empty() {
        notes.push(format!("Nobody copies what is in these to another region: {}.", left.join(", ")));
    }
    notes.extend(scenario::replicated(stack));
    let mut single = stack.databases.iter().filter(|(_, database)| database.replica_in.is_none()).map(|(name, _)| name);
    let instances = document.resources.get(database::KIND);
    let instance = |name| instances?.get(&names::local(&Reference::new(Kind::Database, name)));
    if !single.all(|name| instance(name).is_none_or(|instance| outlives(instance, &stack.placement.region))) {
        notes.push("The daily copies of databases stand in the region too.".to_owned());
        return Elsewhere { steps: None, age: None, notes };
    }
    let unprepared = Unprepared {
        region: "another region",
        deploy: STACK,
        restore: HABITS.restore,
        from: "its last daily copy",
        promote: HABITS.promote,
        stands: false,
        dns: DNS,
    };
    if !stack.databases.is_empty() {
        notes.push("Cloud SQL keeps daily copies in the multi-region around or where `backup.copied-to` says, so that they outlive the region; the log between them doesn't.".to_owned());
    }
    Elsewhere { steps: Some(unprepared.steps(stack)), age: Some(scenario::age(stack, A_DAY)), notes }
}

/// Whether an instance's copies outlive its region.
fn outlives(instance: &Resource, region: &str) -> bool {
    let settings = instance.arguments.get("settings");
    let location = settings.and_then(|settings| settings.get("backup_configuration")?.get("location"));
    location.is_none_or(|location| location != region)
}
