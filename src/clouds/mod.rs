//! From the model to native documents, one folder a cloud. Pure: no cloud is asked, no file is read.

pub mod aws;
pub mod azure;
pub mod gcp;
pub mod portability;

mod page;
mod promql;
mod rollout;
mod runbook;
mod scenario;
mod scrape;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::cost::bill::Bill;
use crate::diagnostics::finding::Finding;
use crate::model::artifact::Architecture;
use crate::model::database::Database;
use crate::model::name::Name;
use crate::model::placement::{Cloud, Target};
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::page::Page;
use crate::plan::Plan;
use crate::plan::deployment::Place;
use crate::plan::destination::Destination;
use crate::plan::failover::{Failover, Measured};
use crate::plan::refusal::Refusal;
use crate::plan::rollout::Rollout;
use crate::plan::takeover::Takeover;
use crate::scrape::Scrape;

/// The notation of a document, where the cloud takes two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

/// A target as its cloud's engine takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The document's file name, such as `template.yaml`.
    pub name: &'static str,
    /// The document.
    pub document: String,
    /// Files that the engine reads beside the document, by name, such as the versions that it asks for.
    pub beside: BTreeMap<&'static str, String>,
    /// What came up that doesn't stop the work: what is rendered otherwise than asked, or needs somebody's attention.
    pub findings: Vec<Finding>,
    /// What the document's parameters have to be given.
    pub parameters: BTreeMap<String, Parameter>,
    /// The registries that the image of a parameter is run from: their ids in the document. Empty where the document takes no image.
    pub registries: BTreeMap<String, BTreeSet<String>>,
    /// What brings the database's schema up to date, where the environment names it and the cloud is deployed to.
    pub migrating: Option<Migrating>,
    /// Labels of the stack itself.
    pub tags: BTreeMap<String, String>,
    /// What the cloud shall refuse to do in an update, in its own words; none where the environment doesn't ask for it.
    pub policy: Option<Value>,
    /// The store for documents and code where the environment names none.
    pub bucket: String,
}

/// What a parameter of a document has to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// The name of the store that holds function archives.
    Bucket,
    /// The key of an artifact's function archive in that store.
    Archive(Name, Architecture),
    /// The digest of an artifact's image, `sha256:…`; empty where there is none yet.
    Image(Name),
    /// Whether new versions take over as their rollout says: [`GRADUALLY`] or [`AT_ONCE`].
    Gradually,
}

/// What brings the database's schema up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrating {
    /// The function's id in the document.
    pub function: String,
    /// The parameter that names its code.
    pub parameter: String,
    /// How long it may run, seconds.
    pub seconds: u64,
}

/// That new versions take over as their rollout says.
pub const GRADUALLY: &str = "true";
/// That new versions take over all at once, whatever their rollout says.
pub const AT_ONCE: &str = "false";

/// A document that is or was deployed, with the values of its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployed {
    /// The document, byte for byte; empty for nothing at all.
    pub document: String,
    /// The values of its parameters.
    pub parameters: BTreeMap<String, String>,
}

/// Renders a stack for the cloud that it is placed in.
///
/// # Errors
/// All that the cloud would refuse and that can be known beforehand.
pub fn render(target: &Target, stack: &Stack, form: Form) -> Result<Rendered, Vec<Finding>> {
    let rendered = match stack.placement.cloud {
        Cloud::Aws => aws::deployable::rendered(target, stack, form),
        Cloud::Azure => azure::deployable::rendered(target, stack),
        Cloud::Gcp => gcp::deployable::rendered(target, stack),
    };
    portability::hold(&stack.portability, rendered)
}

/// What people do when something is wrong with a target, in Markdown.
///
/// # Errors
/// Why its documents, whose names it tells, can't be rendered.
pub fn runbook(target: &Target, stack: &Stack) -> Result<String, Vec<Finding>> {
    match stack.placement.cloud {
        Cloud::Aws => aws::runbook::runbook(target, stack),
        Cloud::Azure => azure::runbook::runbook(target, stack),
        Cloud::Gcp => gcp::runbook::runbook(target, stack),
    }
}

/// The dashboards of a target as pages of graphs, for programs that ask the cloud for what its own dashboards show.
///
/// # Errors
/// Why its documents, whose names it tells, can't be rendered; the graphs that the cloud measures nothing for.
pub fn pages(target: &Target, stack: &Stack) -> Result<Vec<Page>, Vec<Finding>> {
    match stack.placement.cloud {
        Cloud::Aws => aws::dashboard::page::pages(target, stack),
        Cloud::Azure => azure::dashboard::page::pages(target, stack),
        Cloud::Gcp => gcp::dashboard::page::pages(target, stack),
    }
}

/// What a Prometheus that stands in a target's network asks of whom, and when somebody is told.
pub fn scrape(target: &Target, stack: &Stack) -> Scrape {
    match stack.placement.cloud {
        Cloud::Aws => aws::scrape::scrape(target, stack),
        Cloud::Azure => azure::scrape::scrape(target, stack),
        Cloud::Gcp => gcp::scrape::scrape(target, stack),
    }
}

/// What a target needs on one machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// The compose file.
    pub compose: String,
    /// What the sandbox is given where it stands in for the cloud: native types and properties.
    pub resources: Vec<(String, Value)>,
    /// The port of the stand-in.
    pub port: u16,
}

/// What a target needs on one machine; `migrations` is the folder of SQL that a new database runs.
///
/// # Errors
/// A cloud that nothing stands in for yet.
pub fn local(target: &Target, stack: &Stack, migrations: Option<&str>) -> Result<Local, Vec<Finding>> {
    let cloud = stack.placement.cloud;
    match cloud {
        Cloud::Aws => aws::local::local(target, stack, migrations),
        Cloud::Azure | Cloud::Gcp => Err(vec![
            Finding::error("local-without-cloud", ["placement", "cloud"], format!("nothing stands in for {cloud}"))
                .why("what would play its part on one machine is not written down in this version")
                .fix("ask for an environment on AWS"),
        ]),
    }
}

/// What people do when a target's region is lost, in Markdown, with what the last drill measured beside the guesses; nothing where the environment promises nothing for that.
///
/// # Errors
/// A cloud for which nobody wrote that down yet.
pub fn recovery(target: &Target, stack: &Stack, measured: Option<&Measured>) -> Result<Option<String>, Vec<Finding>> {
    match stack.placement.cloud {
        Cloud::Aws => aws::recovery::recovery(target, stack, measured),
        Cloud::Azure | Cloud::Gcp => Err(unwritten(stack)),
    }
}

/// The same as data, as a drill goes it.
///
/// # Errors
/// As [`recovery`].
pub fn failover(target: &Target, stack: &Stack) -> Result<Option<Failover>, Vec<Finding>> {
    match stack.placement.cloud {
        Cloud::Aws => Ok(aws::failover::way(target, stack)),
        Cloud::Azure | Cloud::Gcp => Err(unwritten(stack)),
    }
}

fn unwritten(stack: &Stack) -> Vec<Finding> {
    let cloud = stack.placement.cloud;
    vec![
        Finding::error(
            "recovery-without-cloud",
            ["recovery"],
            format!("the way to another region is not written down for {cloud}"),
        )
        .why("its commands and names are not written down in this version")
        .fix("ask for the way of an environment on AWS"),
    ]
}

/// What differs between two documents of a target.
///
/// # Errors
/// Why one of them can't be read.
pub fn compare(
    cloud: Cloud,
    target: &Target,
    place: &Place,
    before: &Deployed,
    after: &Deployed,
) -> Result<Plan, String> {
    match cloud {
        Cloud::Aws => aws::deployable::compared(target, place, before, after),
        Cloud::Azure => azure::deployable::compared(target, place, before, after),
        Cloud::Gcp => gcp::deployable::compared(target, place, before, after),
    }
}

/// What the cloud bills of a document of a target, with every service and function running.
///
/// # Errors
/// Why the document can't be read.
pub fn bill(cloud: Cloud, target: &Target, place: &Place, deployed: &Deployed) -> Result<Bill, String> {
    match cloud {
        Cloud::Aws => aws::deployable::bill(target, place, deployed),
        Cloud::Azure => azure::deployable::bill(deployed),
        Cloud::Gcp => gcp::deployable::bill(deployed),
    }
}

/// What the cloud is known to refuse of a plan that leads from what is deployed to another document, which is empty where the stack itself
/// is deleted; `policy` is the stack's own, and none there.
///
/// # Errors
/// Why one of the documents can't be read.
pub fn refused(
    cloud: Cloud,
    target: &Target,
    place: &Place,
    sides: [&Deployed; 2],
    plan: &Plan,
    policy: Option<&Value>,
) -> Result<Vec<Refusal>, String> {
    match cloud {
        Cloud::Aws => aws::deployable::refused(target, place, sides, plan, policy),
        Cloud::Azure => azure::deployable::refused(target, place, sides[0], plan),
        Cloud::Gcp => gcp::deployable::refused(target, place, sides[0], plan),
    }
}

/// The buckets beside the stack that a plan has objects copied into from now on, as its document names them.
///
/// # Errors
/// Why the document can't be read.
pub fn destinations(
    cloud: Cloud,
    target: &Target,
    place: &Place,
    deployed: &Deployed,
    plan: &Plan,
) -> Result<Vec<Destination>, String> {
    match cloud {
        Cloud::Aws => aws::deployable::destinations(target, place, deployed, plan),
        Cloud::Azure | Cloud::Gcp => Ok(Vec::new()),
    }
}

/// Seconds that a cloud usually takes to create, update and delete a resource of a native type; none where that takes seconds.
pub fn usual_seconds(cloud: Cloud, kind: &str) -> Option<[u64; 3]> {
    match cloud {
        Cloud::Aws => aws::duration::usual_seconds(kind),
        Cloud::Azure | Cloud::Gcp => None,
    }
}

/// Whether what runs an image isn't in a deployment at all before there is one. On AWS it is there, and runs no copies.
pub fn leaves_out_unbuilt(cloud: Cloud) -> bool {
    match cloud {
        Cloud::Aws => false,
        Cloud::Azure | Cloud::Gcp => true,
    }
}

/// The output of a stack that holds the address of a service or an API; none where its documents give none.
pub fn address_output(cloud: Cloud, of: &Reference) -> Option<String> {
    match cloud {
        Cloud::Aws => Some(aws::deployable::address_output(of)),
        Cloud::Azure => azure::deployable::address_output(of),
        Cloud::Gcp => gcp::deployable::address_output(of),
    }
}

/// The services of a target whose new versions stand beside the old ones for a while, as the document has them, and who watches.
///
/// # Errors
/// Why the document can't be read.
pub fn rollouts(target: &Target, stack: &Stack, document: &Deployed) -> Result<Vec<Rollout>, String> {
    match stack.placement.cloud {
        Cloud::Aws => Ok(aws::deployable::rollouts(stack)),
        Cloud::Azure => azure::deployable::rollouts(target, stack, document),
        Cloud::Gcp => Ok(gcp::deployable::rollouts(stack)),
    }
}

/// The copies of databases in another region that took over, as a stack's document has them.
pub fn takeovers(target: &Target, stack: &Stack) -> Vec<Takeover> {
    let id = |name: &Name, database: &Database| match stack.placement.cloud {
        Cloud::Aws => database.follows.as_ref().map(|_| aws::deployable::follower(name)),
        Cloud::Gcp => database.replica_in.as_ref().map(|_| gcp::deployable::copy_elsewhere(name)),
        Cloud::Azure => {
            database.replica_in.as_ref().map(|region| azure::deployable::copy_elsewhere(target, stack, name, region))
        }
    };
    let promoted = stack.databases.iter().filter(|(_, database)| database.promoted);
    promoted
        .filter_map(|(name, database)| Some(Takeover { database: name.to_string(), id: id(name, database)? }))
        .collect()
}

/// Whether a stack makes its databases' copies in another region itself; elsewhere an environment that stands there does.
pub fn copies_elsewhere(cloud: Cloud) -> bool {
    match cloud {
        Cloud::Aws => false,
        Cloud::Azure | Cloud::Gcp => true,
    }
}

/// How many seconds of writes a copy of a database lacks at most before somebody is told; a round figure where no alarm watches it.
pub fn behind(stack: &Stack, name: &Name) -> u64 {
    scenario::lag(stack, &Reference::new(Kind::Database, name))
}

/// Where a setting can be switched without a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingPlace {
    /// The resource's id in the document.
    pub resource: String,
    /// The property of it that holds the value, as drift names it.
    pub field: String,
    /// What the cloud calls the place of the value.
    pub parameter: String,
}

/// Where a setting of a stack can be switched; none on a cloud where settings have no store yet.
pub fn setting_place(target: &Target, stack: &Stack, name: &Name) -> Option<SettingPlace> {
    match stack.placement.cloud {
        Cloud::Aws => Some(aws::deployable::setting_place(target, stack, name)),
        Cloud::Azure | Cloud::Gcp => None,
    }
}

/// The name on the internet of a service with a load balancer, or of an API; none without a domain.
pub fn public_host(stack: &Stack, of: &Reference) -> Option<String> {
    match stack.placement.cloud {
        Cloud::Aws => aws::deployable::public_host(stack, of),
        Cloud::Azure => azure::deployable::public_host(stack, of),
        Cloud::Gcp => gcp::deployable::public_host(stack, of),
    }
}

/// Where the value of a secret is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretPlace {
    /// The resource's id in the document.
    pub resource: String,
    /// What follows the cloud's name for that resource in its name for the secret.
    pub inside: String,
}

/// Where the value of a secret of a stack is put.
pub fn secret_place(target: &Target, stack: &Stack, name: &Name) -> SecretPlace {
    match stack.placement.cloud {
        Cloud::Aws => aws::deployable::secret_place(name),
        Cloud::Azure => azure::deployable::secret_place(target, stack, name),
        Cloud::Gcp => gcp::deployable::secret_place(name),
    }
}

/// The largest value of a secret, bytes.
pub fn largest_secret(cloud: Cloud) -> u64 {
    match cloud {
        // Secrets Manager API Reference, PutSecretValue; Secret Manager documentation, "Quotas and limits", secret version payload.
        Cloud::Aws | Cloud::Gcp => 65_536,
        // Key Vault documentation, "About Azure Key Vault secrets": 25k bytes.
        Cloud::Azure => 25_000,
    }
}

/// The values of settings that a document writes, by the id of their resource.
///
/// # Errors
/// Why the document can't be read.
pub fn settings_written(cloud: Cloud, deployed: &Deployed) -> Result<BTreeMap<String, String>, String> {
    match cloud {
        Cloud::Aws => aws::deployable::settings_written(deployed),
        Cloud::Azure | Cloud::Gcp => Ok(BTreeMap::new()),
    }
}

/// The parameter of a stack's document that names the build that answers for a service or an API; none where there is none.
pub fn build_parameter(stack: &Stack, of: &Reference) -> Option<String> {
    match stack.placement.cloud {
        Cloud::Aws => aws::deployable::build_parameter(stack, of),
        Cloud::Azure => azure::deployable::build_parameter(stack, of),
        Cloud::Gcp => gcp::deployable::build_parameter(stack, of),
    }
}

/// The name of a target's stack.
pub fn stack_name(target: &Target) -> String {
    format!("{}-{}", target.system, target.environment)
}
