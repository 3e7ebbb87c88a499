//! What Google Cloud offers to a Prometheus in a target's network: the addresses of databases and caches, and none of a service's copies.

use super::draft::Draft;
use super::names::{self, CACHE};
use super::network::firewall;
use super::{cache, database};
use crate::clouds::scrape::{self, Door, Offer, Refusal};
use crate::model::database::Database;
use crate::model::name::Name;
use crate::model::network::Cidr;
use crate::model::placement::Target;
use crate::model::reference::Reference;
use crate::model::service::Service;
use crate::model::stack::Stack;
use crate::scrape::{Discovery, Scrape};

/// What a Prometheus does in a target's network.
pub(in crate::clouds) fn scrape(target: &Target, stack: &Stack) -> Scrape {
    scrape::scrape(target, stack, &Here { draft: Draft::new(target, stack) })
}

struct Here<'a> {
    draft: Draft<'a>,
}

impl Offer for Here<'_> {
    fn copies(&self, of: &Reference, _: &Service, _: u16) -> Result<Discovery, Refusal> {
        // Google has a collector beside each copy do it, which writes into Cloud Monitoring (Cloud Run documentation, "Write Prometheus metrics by
        // using the Prometheus sidecar").
        Err(format!(
            "the copies of `{of}` have no addresses of their own on Cloud Run, and behind its one address another copy answers each time"
        ))
    }

    fn servers(&self, name: &Name, _: &Database) -> Result<(Vec<String>, u16), Refusal> {
        let project = self.draft.project();
        let first = database::serving(&self.draft, name);
        let servers = std::iter::once(first).chain(database::replicas(&self.draft, name));
        // It stands in the network only, so that this is its only address.
        let hosts = servers.map(|server| {
            format!(
                "gcloud sql instances describe {server} --project={project} --format='value(ipAddresses[0].ipAddress)'"
            )
        });
        Ok((hosts.collect(), database::PORT))
    }

    fn stands(&self, range: Cidr) -> String {
        format!("within {range} and with the network tag {}", firewall::monitoring_tag(self.draft.target))
    }

    fn cache(&self, name: &Name) -> Door {
        let called = names::physical(self.draft.target, name, CACHE);
        let (project, region) = (self.draft.project(), self.draft.region());
        let told = |what: &str| {
            format!(
                "gcloud redis instances describe {called} --project={project} --region={region} --format='value({what})'"
            )
        };
        // An authority of the instance's own (Memorystore for Redis documentation, "About in-transit encryption").
        Door { host: told("host"), port: cache::PORT, authority: Some(told("serverCaCerts[0].cert")) }
    }
}
