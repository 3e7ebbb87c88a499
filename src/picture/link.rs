//! What refers to what: the lines of the picture, each with its direction and what is done along it.

use std::collections::{BTreeMap, BTreeSet};

use super::part::{INTERNET, load_balancer};
use crate::model::access::{Access, Grant};
use crate::model::cache::CACHE_PORT;
use crate::model::database::POSTGRESQL_PORT;
use crate::model::mention::{Mention, Role};
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

/// The port at which the internet calls.
const TLS: &str = "443";

/// A line from one part to another, in the direction in which calls and messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The id of the part that it begins at.
    pub from: String,
    /// The id of the part that it leads to.
    pub to: String,
    /// What is done along it, such as `reads` or a port.
    pub does: Vec<String>,
    /// Whether it is a line in the picture. What an alarm measures and what a workload is built from is written in the boxes: as lines it
    /// would hide the others.
    pub drawn: bool,
}

impl Link {
    /// What is done along it, in one text.
    pub fn label(&self) -> String {
        self.does.join(", ")
    }
}

/// Every line of a stack, ordered by its ends.
pub fn links(stack: &Stack) -> Vec<Link> {
    let mut all = Links(BTreeMap::new());
    for (name, service) in &stack.services {
        if service.load_balancer.as_ref().is_some_and(|balancer| balancer.public) {
            let port = service.port.map(|port| port.to_string()).unwrap_or_default();
            all.add(INTERNET.to_owned(), load_balancer(name), TLS, true);
            all.add(load_balancer(name), Reference::new(Kind::Service, name).to_string(), &port, true);
        }
    }
    for name in stack.apis.keys() {
        all.add(INTERNET.to_owned(), Reference::new(Kind::Api, name).to_string(), TLS, true);
    }
    for name in stack.sites.keys() {
        all.add(INTERNET.to_owned(), Reference::new(Kind::Site, name).to_string(), TLS, true);
    }
    for mention in stack.mentions() {
        if let Some(by) = by(&mention) {
            all.mention(stack, by, &mention);
        }
    }
    // That a variable names it says nothing beside what is done with it, in whichever direction.
    let more: BTreeSet<(String, String)> =
        all.0.iter().filter(|(_, (does, _))| *does != [NAMES]).map(|(ends, _)| ends.clone()).collect();
    all.0.retain(|(from, to), (does, _)| {
        does.retain(|word| word != NAMES || does_nothing_else(&more, from, to));
        !does.is_empty() || more.contains(&(from.clone(), to.clone()))
    });
    all.0.into_iter().map(|((from, to), (does, drawn))| Link { from, to, does, drawn }).collect()
}

fn does_nothing_else(more: &BTreeSet<(String, String)>, from: &str, to: &str) -> bool {
    !more.contains(&(from.to_owned(), to.to_owned())) && !more.contains(&(to.to_owned(), from.to_owned()))
}

/// The component that names another.
fn by(mention: &Mention) -> Option<Reference> {
    let [section, name, ..] = mention.path.as_slice() else { return None };
    let kind = Kind::ALL.into_iter().find(|kind| kind.section() == section)?;
    Some(Reference { kind, name: name.parse().ok()? })
}

const NAMES: &str = "is told of";

struct Links(BTreeMap<(String, String), (Vec<String>, bool)>);

impl Links {
    fn add(&mut self, from: String, to: String, does: &str, drawn: bool) {
        let (all, is_drawn) = self.0.entry((from, to)).or_default();
        *is_drawn |= drawn;
        if !does.is_empty() && !all.iter().any(|known| known == does) {
            all.push(does.to_owned());
        }
    }

    fn mention(&mut self, stack: &Stack, by: Reference, mention: &Mention) {
        let named = &mention.reference;
        let (from, to) = (by.to_string(), named.to_string());
        match mention.role {
            Role::Access => {
                for grant in access(stack, &by).and_then(|access| access.get(named)).into_iter().flatten() {
                    let (from, to) = (from.clone(), to.clone());
                    // Messages go from the queue to whom takes them.
                    let (from, to) = if *grant == Grant::Receive { (to, from) } else { (from, to) };
                    self.add(from, to, &verb(*grant, named.kind), true);
                }
            }
            Role::Answers => self.add(from, to, "calls", true),
            Role::Artifact => self.add(from, to, "runs", false),
            // Whom a site's visitors ask names it only to let them in.
            Role::Attribute => self.add(from, to, NAMES, named.kind != Kind::Site),
            Role::Consumed => self.add(to, from, "messages", true),
            Role::DeadLetter => self.add(from, to, "given up", true),
            Role::Measured => self.add(from, to, "measures", false),
            Role::Notified | Role::Subscriber => self.add(from, to, "tells", true),
            Role::Registry => self.add(from, to, "images", false),
            Role::Run => self.add(from, to, "runs", true),
            Role::Secret if named.kind == Kind::Secret => self.add(from, to, "reads", true),
            // Who connects to it logs in.
            Role::Secret => self.add(from, to, NAMES, true),
            Role::Served => self.add(from, to, "serves", true),
            Role::Watched => self.add(from, to, "watches", false),
            // These are named by gates, probes, procedures and overrides, none of which is a component.
            Role::ByHand
            | Role::Health
            | Role::LeadsTo
            | Role::Migrates
            | Role::Overridden
            | Role::Probed
            | Role::Queried => {}
        }
    }
}

fn access<'stack>(stack: &'stack Stack, by: &Reference) -> Option<&'stack Access> {
    let function = stack.functions.get(&by.name).filter(|_| by.kind == Kind::Function).map(|one| &one.access);
    function.or_else(|| stack.services.get(&by.name).filter(|_| by.kind == Kind::Service).map(|one| &one.access))
}

/// What somebody with that grant does.
fn verb(grant: Grant, on: Kind) -> String {
    match (grant, on) {
        (Grant::Connect, Kind::Cache) => CACHE_PORT.to_string(),
        (Grant::Connect, _) => POSTGRESQL_PORT.to_string(),
        (Grant::Read, _) => "reads".to_owned(),
        (Grant::Write, _) => "writes".to_owned(),
        (Grant::Delete, _) => "deletes".to_owned(),
        (Grant::Send, _) => "sends".to_owned(),
        (Grant::Receive, _) => "messages".to_owned(),
        (Grant::Publish, _) => "publishes".to_owned(),
        (Grant::Invoke, _) => "runs".to_owned(),
    }
}
