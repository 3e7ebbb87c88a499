//! What a Prometheus that stands in a target's network asks of whom, in all clouds' words: services for what they tell themselves, databases
//! and caches through exporters; and rules from the alarms of the model, where it measures the same.

mod alarm;

use std::collections::BTreeMap;

use super::stack_name;
use crate::model::database::Database;
use crate::model::name::Name;
use crate::model::network::Cidr;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
use crate::model::service::Service;
use crate::model::stack::Stack;
use crate::scrape::{Asked, Discovery, Job, PRIMARY, REPLICA, Scrape, Server, Variable};

/// Why somebody can't be asked, or something isn't measured.
pub(super) type Refusal = String;

/// What a cloud offers to a Prometheus that stands in a target's network.
pub(super) trait Offer {
    /// What finds each copy of a service, which tells its measurements on that port.
    ///
    /// # Errors
    /// Why copies can't be asked one by one.
    fn copies(&self, of: &Reference, service: &Service, port: u16) -> Result<Discovery, Refusal>;
    /// The commands that tell where the servers of a database listen, first the one that takes writes; and the port.
    ///
    /// # Errors
    /// Why an exporter can't log in there.
    fn servers(&self, name: &Name, database: &Database) -> Result<(Vec<String>, u16), Refusal>;
    /// Where a machine stands that may ask, as a part of a sentence.
    fn stands(&self, range: Cidr) -> String {
        format!("within {range}")
    }
    /// Where a cache listens.
    fn cache(&self, name: &Name) -> Door;
}

/// Where a cache listens.
pub(super) struct Door {
    /// The command that tells the host.
    pub(super) host: String,
    /// The port.
    pub(super) port: u16,
    /// The command that tells the certificate of the authority that its own is from; none where everybody knows it.
    pub(super) authority: Option<String>,
}

/// Everybody who could be asked, with why not where not.
type Jobs = BTreeMap<Reference, Result<Job, Refusal>>;

/// What a Prometheus does in a target's network.
pub(super) fn scrape(target: &Target, stack: &Stack, offer: &dyn Offer) -> Scrape {
    let jobs = jobs(target, stack, offer);
    let (rules, alarms) = alarm::rules(target, stack, &jobs);
    let asked = |of: &Reference| of.kind != Kind::Service || told(stack, of);
    let unasked = jobs.iter().filter(|(of, _)| asked(of));
    let unasked = unasked.filter_map(|(of, job)| Some((of.to_string(), job.as_ref().err()?.clone())));
    let stands = stack.network.as_ref().and_then(|network| network.monitoring).map(|range| offer.stands(range));
    let unasked = unasked.collect();
    Scrape { jobs: jobs.into_values().filter_map(Result::ok).collect(), rules, alarms, unasked, stands }
}

/// Whether a service says that it tells something.
fn told(stack: &Stack, of: &Reference) -> bool {
    stack.services.get(&of.name).is_some_and(|service| service.metrics.is_some())
}

fn jobs(target: &Target, stack: &Stack, offer: &dyn Offer) -> Jobs {
    let job = |of: &Reference, asked| Job {
        name: format!("{}-{}-{}", stack_name(target), of.kind.word(), of.name),
        component: of.to_string(),
        asked,
    };
    let services = stack.services.iter().map(|(name, service)| {
        let of = Reference::new(Kind::Service, name);
        let asked = copies(&of, service, offer).map(|asked| job(&of, asked));
        (of, asked)
    });
    let databases = stack.databases.iter().map(|(name, database)| {
        let of = Reference::new(Kind::Database, name);
        let asked = servers(&of, database, offer).map(|asked| job(&of, asked));
        (of, asked)
    });
    let caches = stack.caches.keys().map(|name| {
        let of = Reference::new(Kind::Cache, name);
        let Door { host, port, authority } = offer.cache(name);
        let host = Variable { name: variable(&of, "host"), command: host };
        let asked = job(&of, Asked::Cache { port, host, authority });
        (of, Ok(asked))
    });
    services.chain(databases).chain(caches).collect()
}

fn copies(of: &Reference, service: &Service, offer: &dyn Offer) -> Result<Asked, Refusal> {
    let page = service.metrics.as_ref().ok_or_else(|| format!("`{of}` has no `metrics`, so it tells nobody"))?;
    let port = service.metrics_port().ok_or_else(|| format!("`{of}` tells its measurements on no port"))?;
    Ok(Asked::Copies { path: page.path.clone(), discovery: offer.copies(of, service, port)? })
}

fn servers(of: &Reference, database: &Database, offer: &dyn Offer) -> Result<Asked, Refusal> {
    let (commands, port) = offer.servers(&of.name, database)?;
    let server = |(number, command)| {
        let (role, word) =
            if number == 0 { (PRIMARY, "host".to_owned()) } else { (REPLICA, format!("replica-{number}-host")) };
        Server { role, host: Variable { name: variable(of, &word), command } }
    };
    let servers = commands.into_iter().enumerate().map(server).collect();
    Ok(Asked::Database { holds: database.name.clone(), port, servers })
}

/// The name of a variable that holds something of a component, such as `DATABASE_MAIN_HOST`.
pub(super) fn variable(of: &Reference, what: &str) -> String {
    format!("{}_{}_{what}", of.kind.word(), of.name).replace('-', "_").to_uppercase()
}
