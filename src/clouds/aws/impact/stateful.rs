//! What holds something that deleting or replacing it loses, and what its policies save.
//!
//! Sources: the pages of the `DeletionPolicy` and `UpdateReplacePolicy` attributes in the CloudFormation template reference, and for each type
//! the service's own page about deletion.

use serde_json::Value;

use super::{attribute_page, is_off, is_on, page, property};
use crate::clouds::aws::registry;
use crate::plan::consequence::{Consequence, Impact};
use crate::plan::knowledge::Removal;
use crate::plan::resource::Resource;

/// What becomes of the physical resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    Snapshot,
    Deleted,
}

/// What a resource holds, and how it goes when the resource is deleted.
struct Holding {
    /// In words, such as `the messages in it`.
    what: &'static str,
    /// What deletion without a snapshot does.
    loss: Consequence,
    /// Whether that is certain.
    certain: bool,
    /// What may still save it, or else how it goes.
    how: &'static str,
}

/// Types of which CloudFormation makes a snapshot before it deletes them (the `DeletionPolicy` page).
const SNAPSHOTS: [&str; 8] = [
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];

/// What a resource holds; none where nothing is lost with it.
fn holding(resource: &Resource) -> Option<Holding> {
    use Consequence::{DataLoss, Irreversible};
    let held = |what, loss, how| Some(Holding { what, loss, certain: true, how });
    let perhaps = |what, loss, how| Some(Holding { what, loss, certain: false, how });
    match resource.kind.as_str() {
        "AWS::RDS::DBInstance" if is_copy(resource) => None,
        "AWS::RDS::DBInstance" if is_off(resource, "DeleteAutomatedBackups") => {
            held("the database", DataLoss, "its automated backups are kept for their time")
        }
        "AWS::RDS::DBInstance" => held("the database", Irreversible, "its automated backups go with it"),
        "AWS::RDS::DBCluster" | "AWS::DocDB::DBCluster" | "AWS::Neptune::DBCluster" => {
            held("the databases of the cluster", Irreversible, "its automated backups go with it")
        }
        "AWS::NeptuneGraph::Graph" => held("the graph", Irreversible, "nothing is kept"),
        "AWS::Redshift::Cluster" => held("the warehouse", Irreversible, "its automated snapshots go with it"),
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => {
            if recovers_point_in_time(resource) {
                held(
                    "the table's items",
                    DataLoss,
                    "a backup of the last state is kept for 35 days, because point-in-time recovery is on",
                )
            } else {
                held("the table's items", Irreversible, "nothing is kept without point-in-time recovery")
            }
        }
        "AWS::Cassandra::Table"
        | "AWS::Cassandra::Keyspace"
        | "AWS::Timestream::Table"
        | "AWS::Timestream::Database" => held("the table's rows", Irreversible, "nothing is kept"),
        "AWS::S3::Bucket" => perhaps(
            "the objects in the bucket",
            DataLoss,
            "CloudFormation can't delete a bucket that holds objects, so the deletion fails unless it is empty, and anybody may take its name then",
        ),
        "AWS::ECR::Repository" if is_on(resource, "EmptyOnDelete") => {
            held("the images in the repository", Irreversible, "EmptyOnDelete is on")
        }
        "AWS::ECR::Repository" => perhaps(
            "the images in the repository",
            DataLoss,
            "the deletion fails while images are in it, unless EmptyOnDelete is on",
        ),
        "AWS::EFS::FileSystem" if backup_on(resource) => {
            held("the files", DataLoss, "recovery points of AWS Backup are kept for their time")
        }
        "AWS::EFS::FileSystem" => held("the files", Irreversible, "nothing is kept without backups"),
        "AWS::FSx::FileSystem" | "AWS::FSx::Volume" => {
            held("the files", DataLoss, "a final backup is made where the type has one")
        }
        "AWS::EC2::Volume" => held("what is on the volume", Irreversible, "only snapshots made before are left"),
        "AWS::EC2::Instance" => perhaps(
            "what is on the instance's volumes that go with it",
            DataLoss,
            "the root volume does, unless DeleteOnTermination is off",
        ),
        "AWS::ElastiCache::ReplicationGroup"
        | "AWS::ElastiCache::CacheCluster"
        | "AWS::ElastiCache::ServerlessCache" => {
            held("what is in the cache", DataLoss, "its automatic snapshots go with it")
        }
        "AWS::MemoryDB::Cluster" => held("the data in memory", Irreversible, "its automatic snapshots go with it"),
        "AWS::OpenSearchService::Domain" | "AWS::Elasticsearch::Domain" | "AWS::OpenSearchServerless::Collection" => {
            held("the indexes", Irreversible, "its automatic snapshots go with it")
        }
        "AWS::MSK::Cluster" | "AWS::MSK::ServerlessCluster" => held("the topics", Irreversible, "nothing is kept"),
        "AWS::AmazonMQ::Broker" => held("the messages in the broker", Irreversible, "nothing is kept"),
        "AWS::Kinesis::Stream" => held("the records in the stream", Irreversible, "nothing is kept"),
        "AWS::SQS::Queue" => perhaps(
            "the messages in the queue",
            Irreversible,
            "messages that wait in it are gone; nothing is lost from an empty one",
        ),
        "AWS::Logs::LogGroup" => held("the log events", Irreversible, "nothing is kept"),
        "AWS::KMS::Key" => held(
            "everything that is encrypted with the key",
            Irreversible,
            "the key waits for deletion (PendingWindowInDays, 7 to 30 days) and can be saved until then; afterwards nobody can read what it encrypted",
        ),
        "AWS::SecretsManager::Secret" => {
            held("the secret's value", DataLoss, "it can be restored during its recovery window of 7 to 30 days")
        }
        "AWS::Cognito::UserPool" => held("the users and their passwords", Irreversible, "nothing is kept"),
        "AWS::Backup::BackupVault" => {
            perhaps("the recovery points", Irreversible, "the deletion fails while recovery points are in it")
        }
        "AWS::CodeCommit::Repository" => held("the repository's history", Irreversible, "nothing is kept"),
        "AWS::EC2::EIP" => held(
            "the address",
            Irreversible,
            "it goes back to the pool, and whoever allowed it by number has to allow another one",
        ),
        "AWS::Route53::HostedZone" => perhaps(
            "the zone's name servers",
            Irreversible,
            "a new zone has others, and the domain has to be pointed there; a zone with records can't be deleted",
        ),
        "AWS::IAM::AccessKey" => held("the key", Irreversible, "whoever uses it is turned away"),
        _ => None,
    }
}

/// What leaving the document does. The policy that counts is the one in the last document.
pub(super) fn removal(resource: &Resource) -> Removal {
    let fate = fate(resource, "DeletionPolicy");
    if fate == Fate::Kept {
        return Removal {
            kept: true,
            impact: Impact::certain(
                Consequence::InPlace,
                "its deletion policy keeps it: it stays in the account outside the stack, and goes on costing",
                attribute_page("DeletionPolicy"),
            ),
        };
    }
    let Some(holding) = holding(resource) else {
        return Removal {
            kept: false,
            impact: Impact::certain(
                Consequence::InPlace,
                "it holds no data of its own",
                attribute_page("DeletionPolicy"),
            ),
        };
    };
    let mut impact = match fate {
        Fate::Snapshot => Impact::certain(
            Consequence::DataLoss,
            format!("it takes {} with it, but for the snapshot that CloudFormation makes first", holding.what),
            attribute_page("DeletionPolicy"),
        ),
        Fate::Kept | Fate::Deleted => Impact {
            consequence: holding.loss,
            certain: holding.certain,
            why: format!("it takes {} with it: {}", holding.what, holding.how),
            source: page(&resource.kind),
        },
    };
    refusal(resource, &mut impact);
    Removal { kept: false, impact }
}

/// What replacing does: the successor is new, and what the predecessor holds doesn't move over by itself.
pub(super) fn replacement(before: &Resource, after: &Resource) -> Impact {
    let mut impact = match (holding(before), fate(after, "UpdateReplacePolicy")) {
        (None, _) => Impact::certain(
            Consequence::Replacement,
            if before.kind == "AWS::ECS::TaskDefinition" {
                "a new revision is registered; running tasks stay until their service takes it up"
            } else {
                "a new resource takes its place, then the old one is deleted"
            },
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
        ),
        (Some(holding), Fate::Kept) => Impact::certain(
            Consequence::DataLoss,
            format!(
                "the new one starts {}; the old one with {} is kept outside the stack",
                origin(after),
                holding.what
            ),
            attribute_page("UpdateReplacePolicy"),
        ),
        (Some(holding), Fate::Snapshot) => Impact::certain(
            Consequence::DataLoss,
            format!(
                "the new one starts {}; a snapshot of the old one with {} is made first",
                origin(after),
                holding.what
            ),
            attribute_page("UpdateReplacePolicy"),
        ),
        (Some(holding), Fate::Deleted) => Impact {
            consequence: holding.loss,
            certain: holding.certain,
            why: format!(
                "the new one starts {}, and the old one takes {} with it: {}",
                origin(after),
                holding.what,
                holding.how
            ),
            source: page(&before.kind),
        },
    };
    if let Some(name) = fixed_name(before, after) {
        impact.why = format!(
            "the update fails: {name} is the same before and after, and CloudFormation can't create a second resource of that name; {}",
            impact.why
        );
    }
    refusal(before, &mut impact);
    impact
}

/// What changing one of the two policies does: nothing now.
pub(super) fn policy_change(name: &str, after: &Resource) -> Impact {
    let event = if name == "DeletionPolicy" { "leaves the document" } else { "is replaced" };
    let why = match (fate(after, name), holding(after)) {
        (Fate::Kept, _) => format!("from now on it is kept when it {event}"),
        (Fate::Snapshot, _) => format!("from now on a snapshot is made when it {event}"),
        (Fate::Deleted, Some(holding)) => format!("from now on it takes {} with it when it {event}", holding.what),
        (Fate::Deleted, None) => format!("from now on it is deleted when it {event}"),
    };
    Impact::certain(Consequence::InPlace, why, attribute_page(name))
}

/// What the policy makes of the physical resource.
fn fate(resource: &Resource, policy: &str) -> Fate {
    let snapshots = SNAPSHOTS.contains(&resource.kind.as_str()) && !is_copy(resource);
    match resource.attributes.get(policy).and_then(Value::as_str) {
        // CloudFormation ignores the policies of read replicas.
        Some(_)
            if resource.kind == "AWS::RDS::DBInstance"
                && property(resource, "SourceDBInstanceIdentifier").is_some() =>
        {
            Fate::Deleted
        }
        Some("Retain" | "RetainExceptOnCreate") => Fate::Kept,
        Some("Snapshot") if snapshots => Fate::Snapshot,
        Some(_) => Fate::Deleted,
        None => {
            let saved = policy == "DeletionPolicy"
                && snapshots
                && matches!(resource.kind.as_str(), "AWS::RDS::DBCluster" | "AWS::RDS::DBInstance");
            if saved { Fate::Snapshot } else { Fate::Deleted }
        }
    }
}

/// Whether a database instance holds nothing of its own: a read replica, or one of a cluster.
fn is_copy(resource: &Resource) -> bool {
    ["SourceDBInstanceIdentifier", "SourceDBClusterIdentifier", "DBClusterIdentifier"]
        .iter()
        .any(|name| resource.kind == "AWS::RDS::DBInstance" && property(resource, name).is_some())
}

/// With what a successor starts.
fn origin(after: &Resource) -> &'static str {
    let sources = [
        "DBSnapshotIdentifier",
        "DBClusterSnapshotIdentifier",
        "SnapshotIdentifier",
        "SnapshotName",
        "SnapshotArns",
        "SnapshotId",
        "SourceDBClusterIdentifier",
        "SourceDBInstanceIdentifier",
        "RestoreSourceTableArn",
    ];
    if sources.iter().any(|name| property(after, name).is_some_and(|value| value != "")) {
        "from the copy that it names"
    } else {
        "empty"
    }
}

fn recovers_point_in_time(resource: &Resource) -> bool {
    let setting = property(resource, "PointInTimeRecoverySpecification")
        .and_then(|specification| specification.get("PointInTimeRecoveryEnabled"));
    matches!(setting, Some(Value::Bool(true))) || setting.and_then(Value::as_str).is_some_and(|text| text == "true")
}

fn backup_on(resource: &Resource) -> bool {
    property(resource, "BackupPolicy").and_then(|policy| policy.get("Status")).and_then(Value::as_str)
        == Some("ENABLED")
}

/// Adds that the service refuses the deletion, where the resource is protected.
fn refusal(resource: &Resource, impact: &mut Impact) {
    if let Some(setting) = protection(resource) {
        impact.why =
            format!("the deletion is refused while {setting} is on, and the update fails; otherwise: {}", impact.why);
    }
}

/// The setting that protects a resource from deletion, where it is on.
pub(in crate::clouds::aws) fn protection(resource: &Resource) -> Option<&'static str> {
    let active = |name: &str| property(resource, name).and_then(Value::as_str) == Some("ACTIVE");
    match resource.kind.as_str() {
        "AWS::Cognito::UserPool" => active("DeletionProtection").then_some("DeletionProtection"),
        "AWS::DynamoDB::Table" | "AWS::Logs::LogGroup" => {
            ["DeletionProtectionEnabled"].into_iter().find(|name| is_on(resource, name))
        }
        "AWS::EC2::Instance" => is_on(resource, "DisableApiTermination").then_some("DisableApiTermination"),
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
            let attributes = property(resource, "LoadBalancerAttributes").and_then(Value::as_array);
            attributes
                .into_iter()
                .flatten()
                .any(|pair| {
                    pair.get("Key").and_then(Value::as_str) == Some("deletion_protection.enabled")
                        && pair.get("Value").is_some_and(|value| value == "true" || value == true)
                })
                .then_some("deletion_protection.enabled")
        }
        _ => is_on(resource, "DeletionProtection").then_some("DeletionProtection"),
    }
}

/// The name that a resource and its successor would share, where one is written down and stays the same.
fn fixed_name(before: &Resource, after: &Resource) -> Option<String> {
    let schema = registry::find(&after.kind)?;
    if before.kind != after.kind || schema.replacement_strategy() == Some("delete_then_create") {
        return None;
    }
    // A task definition of the same family gets a new revision.
    if after.kind == "AWS::ECS::TaskDefinition" {
        return None;
    }
    let identifiers: Vec<&str> = schema.primary_identifier().iter().collect();
    let create_only: Vec<&str> = schema.create_only().iter().filter(|path| !path.contains('/')).collect();
    // Where several properties together are the identity, one that differs makes the successor another one.
    let differs = |name: &&str| property(before, name) != property(after, name);
    if identifiers.iter().any(|name| create_only.contains(name) && differs(name)) {
        return None;
    }
    let last = after.kind.rsplit("::").next().unwrap_or_default();
    create_only
        .iter()
        .copied()
        .filter(|name| identifiers == [*name] || names(last, name))
        .find(|name| {
            let (was, is) = (property(before, name), property(after, name));
            was.is_some_and(|value| value.is_string()) && was == is
        })
        .map(str::to_owned)
}

/// Whether a property names resources of the type: `Name`, or the end of the type's name and `Name`, `Identifier` or `Id`.
fn names(last: &str, property: &str) -> bool {
    if property == "Name" {
        return true;
    }
    ["Name", "Identifier", "Id"]
        .iter()
        .filter_map(|end| property.strip_suffix(end))
        .any(|stem| !stem.is_empty() && last.ends_with(stem))
}
