//! What Azure offers to a Prometheus in a target's network: the address of a cache; none of a service's copies, and no login that lasts to a
//! database.

use super::draft::Draft;
use super::names;
use super::network::MANAGED_CACHE_PORT;
use crate::clouds::scrape::{self, Door, Offer, Refusal};
use crate::model::database::Database;
use crate::model::name::Name;
use crate::model::placement::Target;
use crate::model::reference::{Kind, Reference};
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
        Err(format!(
            "the copies of `{of}` have no addresses of their own in Container Apps, and behind its one address another copy answers each time"
        ))
    }

    fn servers(&self, name: &Name, _: &Database) -> Result<(Vec<String>, u16), Refusal> {
        let of = Reference::new(Kind::Database, name);
        Err(format!(
            "`{of}` takes logins by identity only, whose tokens last an hour, and the exporter reads its password once"
        ))
    }

    fn cache(&self, name: &Name) -> Door {
        let (stack, output) = (names::stack(self.draft.target), format!("cache{}Host", names::pascal(name.as_str())));
        let host = format!(
            "az stack group show --name {stack} --resource-group {stack} --query outputs.{output}.value --output tsv"
        );
        Door { host, port: MANAGED_CACHE_PORT, authority: None }
    }
}
