//! Databases.

use super::{Row, When, changed, on};
use When::{Added, Becomes, Exchanged, Falls, Removed, Shrinks, TurnsOnOrOff};

const RDS_BACKUPS: &str = "Amazon RDS user guide, introduction to backups (USER_WorkingWithAutomatedBackups)";
const RDS_GROWTH: &str = "Amazon RDS user guide, scaling up storage (USER_PIOPS.ModifyingExisting.ScalingUp)";
const RDS_MODIFY: &str = "Amazon RDS user guide, settings for DB instances (USER_ModifyInstance.Settings)";

static RDS_DBINSTANCE: &[Row] = &[
    changed("DBInstanceClass")
        .interrupts("the database restarts on another machine: minutes, or a failover with Multi-AZ")
        .at(RDS_MODIFY),
    on("AllocatedStorage", Shrinks)
        .in_place_perhaps("storage only grows: RDS refuses to take any of it away")
        .at(RDS_GROWTH),
    changed("EngineVersion")
        .interrupts("the engine is upgraded and the database is down while it happens")
        .at(RDS_MODIFY),
    changed("Engine").replaces_perhaps(
        "an Oracle edition is converted with an interruption; every other change of engine needs a new database",
    ),
    changed("Port").interrupts("the database restarts, and clients have to use the new port").at(RDS_MODIFY),
    changed("StorageType").interrupts_perhaps("some conversions of storage restart the database").at(RDS_MODIFY),
    changed("MultiAZ")
        .interrupts_perhaps("documented as some interruptions: latency rises while the standby is made or given up"),
    changed("AvailabilityZone").interrupts("the database moves to another zone"),
    changed("CACertificateIdentifier")
        .interrupts_perhaps("the database restarts, unless its engine rotates certificates without"),
    changed("DBParameterGroupName").interrupts_perhaps("the database restarts where the group holds static parameters"),
    on("BackupRetentionPeriod", Becomes("0"))
        .loses_data("automated backups are switched off and the existing ones are deleted; the database restarts")
        .at(RDS_BACKUPS),
    on("BackupRetentionPeriod", TurnsOnOrOff)
        .interrupts("switching automated backups on restarts the database")
        .at(RDS_BACKUPS),
    on("BackupRetentionPeriod", Falls)
        .loses_data("automated backups older than the new period are deleted")
        .at(RDS_BACKUPS),
    changed("BackupRetentionPeriod").in_place("backups are kept longer").at(RDS_BACKUPS),
    changed("PreferredMaintenanceWindow")
        .interrupts_perhaps(
            "pending maintenance that needs a restart is done if the new window holds the present moment",
        )
        .at(RDS_MODIFY),
    changed("AutoMinorVersionUpgrade").in_place("decides about upgrades in later maintenance windows").at(RDS_MODIFY),
    on("DBSnapshotIdentifier", Removed).replaces_perhaps(
        "a database made from a snapshot must go on naming it: without, an empty one may take its place",
    ),
    changed("DBSnapshotIdentifier")
        .replaces("a new database is restored from the snapshot and the present one is deleted"),
    changed("DBClusterSnapshotIdentifier")
        .replaces("a new database is restored from the snapshot and the present one is deleted"),
    on("SourceDBInstanceIdentifier", Removed)
        .interrupts("the read replica is promoted to a database of its own, for good"),
    on("PerformanceInsightsKMSKeyId", Removed).in_place("removing the name of the key changes nothing"),
    on("PerformanceInsightsKMSKeyId", Added).in_place_perhaps("sets the key where Performance Insights had none"),
    on("PerformanceInsightsKMSKeyId", Exchanged)
        .replaces_perhaps("another key needs a new database; another name of the same key doesn't"),
    changed("DomainFqdn").interrupts_perhaps("joining a domain may restart the database"),
];

static RDS_DBCLUSTER: &[Row] = &[
    changed("EngineVersion").interrupts("the engine is upgraded and the cluster is down while it happens"),
    changed("DBClusterParameterGroupName").interrupts_perhaps("static parameters take effect with a restart"),
    changed("DBClusterInstanceClass").interrupts("the instances restart on other machines"),
    changed("Port").interrupts("the cluster restarts, and clients have to use the new port"),
    on("BackupRetentionPeriod", Falls)
        .loses_data("automated backups older than the new period are deleted")
        .at(RDS_BACKUPS),
];

static RDS_DBPARAMETER_GROUP: &[Row] = &[changed("Parameters").interrupts_perhaps(
    "static parameters take effect when the databases of the group restart, which CloudFormation may bring about",
)];

static DOC_DB_DBINSTANCE: &[Row] = &[changed("DBInstanceClass").interrupts("the instance restarts on another machine")];

static DOC_DB_DBCLUSTER: &[Row] =
    &[changed("EngineVersion").interrupts("the engine is upgraded and the cluster is down while it happens")];

static NEPTUNE_DBINSTANCE: &[Row] =
    &[changed("DBInstanceClass").interrupts("the instance restarts on another machine")];

static REDSHIFT_CLUSTER: &[Row] = &[
    changed("NodeType").interrupts("the cluster is resized and read-only while it happens"),
    changed("NumberOfNodes").interrupts_perhaps("the cluster is resized; connections may drop"),
    changed("ClusterType").interrupts("the cluster is resized and read-only while it happens"),
    changed("Encrypted").interrupts("the data is moved to an encrypted cluster, read-only while it happens"),
];

static DYNAMO_DB_TABLE: &[Row] = &[
    changed("KeySchema").replaces("a table's key can't be changed"),
    changed("LocalSecondaryIndexes")
        .replaces_perhaps("local secondary indexes can only be made together with their table"),
    changed("GlobalSecondaryIndexes")
        .interrupts_perhaps("queries on an index fail while it is built, and for good where it is removed"),
    on("TimeToLiveSpecification", Becomes("true"))
        .loses_data_perhaps("items whose time is over are deleted from now on"),
    on("TimeToLiveSpecification", Added).loses_data_perhaps("items whose time is over are deleted from now on"),
    on("PointInTimeRecoverySpecification", Becomes("false")).loses_data("the continuous backups are given up"),
    on("PointInTimeRecoverySpecification", Removed).loses_data("the continuous backups are given up"),
];

/// The rules of a type.
pub(super) fn rows(kind: &str) -> &'static [Row] {
    match kind {
        "AWS::RDS::DBInstance" => RDS_DBINSTANCE,
        "AWS::RDS::DBCluster" => RDS_DBCLUSTER,
        "AWS::RDS::DBParameterGroup" => RDS_DBPARAMETER_GROUP,
        "AWS::DocDB::DBInstance" => DOC_DB_DBINSTANCE,
        "AWS::DocDB::DBCluster" => DOC_DB_DBCLUSTER,
        "AWS::Neptune::DBInstance" => NEPTUNE_DBINSTANCE,
        "AWS::Redshift::Cluster" => REDSHIFT_CLUSTER,
        "AWS::DynamoDB::Table" => DYNAMO_DB_TABLE,
        _ => &[],
    }
}

/// The types that have rules here.
#[cfg(test)]
pub(super) const KINDS: &[&str] = &[
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBParameterGroup",
    "AWS::DocDB::DBInstance",
    "AWS::DocDB::DBCluster",
    "AWS::Neptune::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::DynamoDB::Table",
];
