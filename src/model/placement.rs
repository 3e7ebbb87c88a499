//! Where an environment stands: the only words of the model that name clouds.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::name::Name;

/// One deployment of a system, written `system/environment`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Target {
    /// The product.
    pub system: Name,
    /// Which deployment of it.
    pub environment: Name,
}

impl FromStr for Target {
    type Err = super::text::TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || super::text::TextError::new(text, "a target, system/environment, such as shop/prod");
        let (system, environment) = text.split_once('/').ok_or_else(wrong)?;
        Ok(Self {
            system: system.parse().map_err(|_| wrong())?,
            environment: environment.parse().map_err(|_| wrong())?,
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.system, self.environment)
    }
}

/// A cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// Google Cloud.
    Gcp,
}

impl Cloud {
    /// Every cloud.
    pub const ALL: [Cloud; 3] = [Cloud::Aws, Cloud::Azure, Cloud::Gcp];

    /// The word by which it is named in files and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Cloud::Aws => "aws",
            Cloud::Azure => "azure",
            Cloud::Gcp => "gcp",
        }
    }

    /// Whether programs on the machine that landfall runs on can carry out what is rendered for it.
    pub const fn takes_programs(self) -> bool {
        match self {
            Cloud::Gcp => true,
            Cloud::Aws | Cloud::Azure => false,
        }
    }

    /// Whether a subnet stands in one zone, so that two zones take two subnets, and gateways and load balancers stand in public
    /// ones. Elsewhere subnets span the zones of their region, and both stand outside of them.
    pub const fn subnets_stand_in_zones(self) -> bool {
        match self {
            Cloud::Aws => true,
            Cloud::Azure | Cloud::Gcp => false,
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What carries a document out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// The cloud's own service, which runs there.
    #[default]
    Managed,
    /// The program `terraform`, on the machine that landfall runs on.
    Terraform,
    /// The program `tofu`, on the machine that landfall runs on.
    Tofu,
}

impl Engine {
    /// The program that it is; none where the cloud's own service does it.
    pub const fn program(self) -> Option<&'static str> {
        match self {
            Engine::Managed => None,
            Engine::Terraform => Some("terraform"),
            Engine::Tofu => Some("tofu"),
        }
    }

    /// Whether it is the cloud's own service.
    pub const fn is_managed(&self) -> bool {
        matches!(self, Engine::Managed)
    }
}

/// Where an environment stands. The account is checked before the first write: nothing is ever done to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Placement {
    /// The cloud.
    pub cloud: Cloud,
    /// The account, project or subscription, in quotes.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{2,62}$"), extend("x-expects" = "the identifier of an account, in quotes, such as \"111122223333\""))]
    pub account: String,
    /// The region, by the cloud's own name.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{2,31}$"), extend("x-expects" = "a region, such as us-east-1"))]
    pub region: String,
    /// What carries its document out. `managed`, which needn't be written, is the cloud's own service. `terraform` and `tofu` are programs on the
    /// machine that landfall runs on: on Google Cloud they carry out the same document, and keep its state in the bucket for sources. Another
    /// engine knows nothing of what the one before it made: destroy the target before it changes.
    #[serde(default, skip_serializing_if = "Engine::is_managed")]
    pub engine: Engine,
    /// The branch that it is deployed from: plan and apply refuse any other. Any branch where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$"), extend("x-expects" = "a branch's name, such as main"))]
    pub branch: Option<String>,
    /// How many runs of functions the account carries at the same time, where the cloud granted more than it does at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub concurrency: Option<u32>,
    /// The policy of the account that bounds what every role made here may do, by its path and name, such as
    /// `landfall/shop-prod-bounds`, which `landfall ci github` writes. No bounds
    /// where not given. Roles have bounds on AWS only; elsewhere nothing comes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_+=,.@-]+(/[A-Za-z0-9_+=,.@-]+){0,8}$"), length(max = 200), extend("x-expects" = "a policy by path and name, such as landfall/shop-prod-bounds"))]
    pub roles_bounded_by: Option<String>,
}
