//! Where deployments are recorded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where deployments are recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(extend("x-expects" = "a ledger, such as file:.landfall/ledger, the address of a store, or {url: …, account: …, region: …}"))]
pub enum Ledger {
    /// A folder below the project's root (`file:.landfall/ledger`), or the address of a store that `landfall --help` names for
    /// `--ledger`, which has to belong to the account of the placement.
    Own(
        #[schemars(regex(pattern = r"^(file:[A-Za-z0-9._/-]+|[a-z][a-z0-9]*://[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)$"), extend("x-expects" = "a ledger, such as file:.landfall/ledger, or the address of a store"))]
        String,
    ),
    /// A store of another account, which all environments of a system can share: a release is promoted within one ledger only.
    Shared(SharedLedger),
}

/// A store and whose it is. Its owner lets in whoever deploys: `landfall ci github` writes the policy for the roles that it writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SharedLedger {
    /// The address of the store.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9]*://[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$"), extend("x-expects" = "the address of a store"))]
    pub url: String,
    /// The account that it has to belong to, in quotes.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{2,62}$"), extend("x-expects" = "the identifier of an account, in quotes, such as \"111122223333\""))]
    pub account: String,
    /// The region that it stands in, by the cloud's own name.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{2,31}$"), extend("x-expects" = "a region, such as us-east-1"))]
    pub region: String,
}

impl Ledger {
    /// Where it is.
    pub fn address(&self) -> &str {
        match self {
            Ledger::Own(address) => address,
            Ledger::Shared(shared) => &shared.url,
        }
    }
}
