//! The private network that a system's components share.

use std::fmt;
use std::str::FromStr;

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{TextError, written_as_text};
use super::units::Time;

const CIDR: &str = "an IPv4 range in CIDR notation with no bits set outside its mask, such as 10.0.0.0/16";

/// A range of IPv4 addresses, written in CIDR notation such as `10.0.0.0/16`; the host bits are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr(Ipv4Net);

impl Cidr {
    /// The range as a network.
    pub const fn net(self) -> Ipv4Net {
        self.0
    }

    /// Whether the two ranges share an address.
    pub fn overlaps(self, other: Cidr) -> bool {
        self.0.contains(&other.0.network()) || other.0.contains(&self.0.network())
    }

    /// Whether the other range lies within this one.
    pub fn contains(self, other: Cidr) -> bool {
        self.0.contains(&other.0)
    }
}

impl FromStr for Cidr {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let net: Ipv4Net = text.parse().map_err(|_| TextError::new(text, CIDR))?;
        if net.trunc() == net { Ok(Self(net)) } else { Err(TextError::new(text, CIDR)) }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

written_as_text!(
    Cidr,
    name: "Cidr",
    pattern: r"^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}/[0-9]{1,2}$",
    expects: "an IPv4 range in CIDR notation with no bits set outside its mask, such as 10.0.0.0/16"
);

/// A private network. Databases, caches, functions and services stand in its private subnets; only load balancers
/// stand in its public ones. Who may talk to whom follows from each component's `access`; nothing else is let in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Network {
    /// The addresses of the whole network.
    pub range: Cidr,
    /// Subnets that the internet can reach, one a zone in the order of the zones: for load balancers and egress only.
    #[serde(default)]
    pub public: Vec<Cidr>,
    /// Subnets that the internet can't reach, one a zone in the order of the zones.
    pub private: Vec<Cidr>,
    /// How private components reach the internet.
    #[serde(default)]
    pub egress: Egress,
    /// Where a Prometheus of one's own stands: from these addresses databases, caches, and the ports at which services tell their
    /// `metrics` may be asked. Nobody but workloads reaches them where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitoring: Option<Cidr>,
    /// How long the record of accepted and rejected connections is kept; none where it isn't kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_logs: Option<Time>,
}

/// How private components reach the internet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Egress {
    /// Not at all.
    None,
    /// Through one gateway: cheaper; its zone's failure cuts all zones off.
    #[default]
    Single,
    /// Through a gateway in each zone.
    PerZone,
}
