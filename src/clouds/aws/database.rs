//! Databases: Amazon RDS for PostgreSQL.
//!
//! RDS keeps the password of the first user itself, but where a database is copied: it makes no replica of one whose password it keeps (RDS user guide,
//! "Limitations for Secrets Manager integration with Amazon RDS"). There the stack has a secret for it.
//!
//! Extensions are made by migrations (`CREATE EXTENSION`); what the engine has to load first is put into
//! `shared_preload_libraries` here. With `identity-login` a component logs in as the user [`names::database_user`].
//! The log groups of exported logs are RDS's own and have no retention: RDS makes them, named after an identifier that
//! CloudFormation makes up.

mod class;
mod pooler;
mod rules;
mod source;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::draft::{Draft, Suppressed};
use super::encryption::Purpose;
use super::expression::{attribute, reference, sub};
use super::network::{self, firewall};
use super::{names, role};
use crate::diagnostics::finding::Finding;
use crate::model::database::{Database, POSTGRESQL_PORT};
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

/// The name of the first user, whose password RDS makes and keeps in a secret.
pub(super) const FIRST_USER: &str = "postgres";
/// From this size in GiB RDS stripes gp3 over four volumes (RDS user guide, "gp3 storage").
pub(super) const STRIPED_FROM: u64 = 400;
/// The operations a second that a striped volume has at no charge, and the fewest that it can be asked for (same place).
pub(super) const STRIPED_IOPS: u32 = 12_000;

/// Why a copy says nothing of its encryption.
const ENCRYPTED_BY_SOURCE: &str =
    "a replica takes its encryption from the database that it copies; RDS refuses to be told";

/// The port.
pub(super) fn port() -> u16 {
    POSTGRESQL_PORT
}

/// The logical id of a database.
pub(super) fn id(name: &Name) -> String {
    names::logical(&Reference::new(Kind::Database, name))
}

/// The logical id of the subnets that a database stands in.
pub(super) fn subnets_id(database: &str) -> String {
    format!("{database}Subnets")
}

/// The logical id of a database's pooler.
pub(super) fn pooler_id(database: &str) -> String {
    pooler::proxy(database)
}

/// The logical id of a replica, counted from one.
pub(super) fn replica(database: &str, number: u32) -> String {
    format!("{database}Replica{number}")
}

/// The logical id of the secret that holds the password of the first user; none where RDS keeps it itself.
pub(super) fn own_login(stack: &Stack, name: &Name) -> Option<String> {
    let copied = |database: &&Database| database.replicas > 0 || database.replica_in.is_some();
    stack.databases.get(name).filter(copied).map(|_| format!("{}Login", id(name)))
}

/// The Amazon Resource Name of the secret that holds the login of the first user.
pub(super) fn login(stack: &Stack, name: &Name) -> Value {
    match own_login(stack, name) {
        Some(secret) => reference(secret),
        None => attribute(id(name), "MasterUserSecret.SecretArn"),
    }
}

/// The host to connect to: the pooler where there is one.
pub(super) fn host(stack: &Stack, name: &Name) -> Value {
    let id = id(name);
    match stack.databases.get(name) {
        Some(database) if database.pooler => attribute(pooler::proxy(&id), "Endpoint"),
        _ => attribute(id, "Endpoint.Address"),
    }
}

/// The host for reads: the first replica, or the database itself where there is none. (RDS gives several replicas no
/// common address.)
pub(super) fn reader_host(stack: &Stack, name: &Name) -> Value {
    match stack.databases.get(name) {
        Some(database) if database.replicas > 0 => attribute(replica(&id(name), 1), "Endpoint.Address"),
        _ => host(stack, name),
    }
}

/// The security groups through which workloads reach it: the pooler's where there is one, and the database's own where
/// they reach it or its replicas directly.
pub(super) fn entries(stack: &Stack, name: &Name) -> Vec<String> {
    let own = firewall::group(&Reference::new(Kind::Database, name));
    match stack.databases.get(name) {
        Some(database) if database.pooler && database.replicas == 0 => vec![pooler::group(&id(name))],
        Some(database) if database.pooler => vec![pooler::group(&id(name)), own],
        _ => vec![own],
    }
}

/// What a component logs in to as a user: the database, its replicas and its pooler (RDS user guide, "Creating and using
/// an IAM policy for IAM database access").
pub(super) fn login_arns(stack: &Stack, name: &Name, user: &str) -> Vec<Value> {
    let id = id(name);
    let Some(database) = stack.databases.get(name) else { return Vec::new() };
    let main = if database.pooler { pooler::login_arn(&id, user) } else { instance_login_arn(&id, user) };
    let replicas = (1..=database.replicas).map(|number| instance_login_arn(&replica(&id, number), user));
    std::iter::once(main).chain(replicas).collect()
}

/// What somebody logs in to as a user of one instance.
pub(super) fn instance_login_arn(instance: &str, user: &str) -> Value {
    sub(format!(
        "arn:${{AWS::Partition}}:rds-db:${{AWS::Region}}:${{AWS::AccountId}}:dbuser:${{{instance}.DbiResourceId}}/{user}"
    ))
}

/// Adds a database, its replicas and what belongs to them.
pub(super) fn render(draft: &mut Draft<'_>, name: &Name, database: &Database) {
    let of = Reference::new(Kind::Database, name);
    let component = of.to_string();
    let id = names::logical(&of);
    let Some(network) = network::needed(draft, of.path().to_vec(), "a database") else { return };
    network::two_zones(draft, of.path().to_vec(), "a database", network.private.len(), "private");
    rules::check(draft, &of, database);
    let Some(class) = class::of(&database.size) else {
        let [section, key] = of.path();
        draft.findings.push(
            Finding::error(
                "database-size",
                [section, key, "size".to_owned()],
                format!("no RDS class has {} vCPU and {}", database.size.vcpu, database.size.memory),
            )
            .why("the largest that landfall chooses has 128 vCPU and 1 TiB")
            .fix(format!("ask for less, or set `overrides.aws.{of}.\"AWS::RDS::DBInstance\".DBInstanceClass`")),
        );
        return;
    };

    let parameters = parameters(draft, &of, database);
    firewall::store(draft, &of);
    draft.add(
        &component,
        subnets_id(&id),
        "AWS::RDS::DBSubnetGroup",
        json!({
            "DBSubnetGroupDescription": format!("private subnets of {of}"),
            "SubnetIds": network::private_subnets(network),
        }),
    );
    draft.add(
        &component,
        format!("{id}Parameters"),
        "AWS::RDS::DBParameterGroup",
        json!({
            "Description": format!("settings of {of}"),
            "Family": family(database),
            "Parameters": parameters,
        }),
    );
    monitoring_role(draft, &component, &id);
    login_secret(draft, &of);

    let instance = match &database.follows {
        Some(identity) => follower(draft, &of, database, class, identity),
        None => instance(draft, &of, database, class),
    };
    let deletion = if database.protected { "Snapshot" } else { "Delete" };
    let resource = draft.add(&component, &id, "AWS::RDS::DBInstance", instance);
    resource.policies(deletion, "Snapshot");
    if !database.high_availability {
        resource.without_rule("CKV_AWS_157", "the model asks for no standby in another zone");
    }
    if database.follows.is_some() {
        resource.without_rule("CKV_AWS_16", ENCRYPTED_BY_SOURCE);
    }
    suppress_optional(resource, database);
    for number in 1..=database.replicas {
        let replica_of = self::replica(&id, number);
        let properties = replica_properties(draft, &of, database, class);
        let resource = draft.add(&component, replica_of, "AWS::RDS::DBInstance", properties);
        resource
            .policies("Delete", "Delete")
            .without_rule("CKV_AWS_16", ENCRYPTED_BY_SOURCE)
            .without_rule("CKV_AWS_157", "a replica is itself the copy in another zone");
        suppress_optional(resource, database);
    }
    if database.pooler {
        pooler::render(draft, &of, database, network);
    }
    draft.output(format!("{id}Host"), format!("The host of {of}"), host(draft.stack, name));
    if !database.extensions.is_empty() {
        draft.output(
            format!("{id}Extensions"),
            format!("What migrations may create in {of}"),
            Value::String(database.extensions.join(",")),
        );
    }
    // One that follows has the users of what it follows, with their passwords.
    if database.followed().is_none() {
        draft.output(
            format!("{id}Login"),
            format!("Where the login of the first user of {of} is kept"),
            login(draft.stack, name),
        );
    }
    if let Some(region) = &database.replica_in {
        draft.output(
            format!("{id}Identity"),
            format!("What the database that `follows` {of} in {region} names"),
            attribute(&id, "DBInstanceArn"),
        );
    }
}

/// Adds the secret that holds the password of the first user, where RDS doesn't keep it.
fn login_secret(draft: &mut Draft<'_>, of: &Reference) {
    let Some(secret) = own_login(draft.stack, &of.name) else { return };
    let key = draft.key(Purpose::Data);
    draft
        .add(
            &of.to_string(),
            secret,
            "AWS::SecretsManager::Secret",
            json!({
                "Description": format!("The login of the first user of {of}"),
                "KmsKeyId": key,
                // As RDS writes it; 8 to 128 characters, few signs among them (RDS API reference, CreateDBInstance).
                "GenerateSecretString": {
                    "SecretStringTemplate": json!({ "username": FIRST_USER }).to_string(),
                    "GenerateStringKey": "password",
                    "PasswordLength": 64,
                    "ExcludePunctuation": true,
                },
            }),
        )
        .policies("Delete", "Delete");
}

fn suppress_optional(resource: &mut super::document::TemplateResource, database: &Database) {
    if !database.version.contains('.') && resource.properties.contains_key("EngineVersion") {
        resource.without_lint(
            "W3691",
            "a major version alone is the cloud's current minor; the rule takes it for the first one",
        );
    }
    if !database.identity_login {
        resource.without_rule("CKV_AWS_161", "the model asks for logins with a password, which is kept in a secret");
    }
}

/// Properties that a database and its replicas share.
fn shared(draft: &mut Draft<'_>, of: &Reference, database: &Database, class: &str) -> Value {
    let id = names::logical(of);
    let key = draft.key(Purpose::Data);
    let mut logs = vec!["postgresql", "upgrade"];
    if database.identity_login {
        logs.push("iam-db-auth-error");
    }
    json!({
        "DBInstanceClass": class,
        "StorageType": "gp3",
        "PubliclyAccessible": false,
        "VPCSecurityGroups": [firewall::group_id(&firewall::group(of))],
        "DBParameterGroupName": reference(format!("{id}Parameters")),
        "EnableIAMDatabaseAuthentication": database.identity_login,
        "EnableCloudwatchLogsExports": database.export_logs.then_some(logs),
        "EnablePerformanceInsights": true,
        "PerformanceInsightsKMSKeyId": key,
        // Seven days cost nothing (RDS user guide, "Pricing and data retention for Performance Insights").
        "PerformanceInsightsRetentionPeriod": 7,
        "MonitoringInterval": 60,
        "MonitoringRoleArn": attribute(format!("{id}MonitoringRole"), "Arn"),
        "PreferredMaintenanceWindow": database.maintenance.map(|window| {
            format!("{}:{}-{}:{}", window.day.letters(), window.time.from, window.closes_on().letters(), window.time.to)
        }),
        "AutoMinorVersionUpgrade": true,
        "CopyTagsToSnapshot": true,
        "MaxAllocatedStorage": database.storage.grow_to.map(|most| most.as_gibibytes()),
    })
}

fn instance(draft: &mut Draft<'_>, of: &Reference, database: &Database, class: &str) -> Value {
    let id = names::logical(of);
    let key = draft.key(Purpose::Data);
    let copied_to = database.backup.copied_to.as_deref();
    let secret = own_login(draft.stack, &of.name);
    let own = json!({
        "Engine": "postgres",
        "EngineVersion": database.version,
        "DBName": database.name,
        "Port": POSTGRESQL_PORT.to_string(),
        "AllocatedStorage": database.storage.size.as_gibibytes().to_string(),
        "Iops": iops(database),
        "StorageEncrypted": true,
        "KmsKeyId": key,
        "MultiAZ": database.high_availability,
        "DBSubnetGroupName": reference(subnets_id(&id)),
        "MasterUsername": FIRST_USER,
        "ManageMasterUserPassword": secret.is_none(),
        "MasterUserSecret": secret.is_none().then(|| json!({ "KmsKeyId": key })),
        "MasterUserPassword": secret.as_deref().map(password),
        "BackupRetentionPeriod": database.backup.keep.as_days(),
        "PreferredBackupWindow": database.backup.window.map(|window| window.to_string()),
        "AutomaticBackupReplicationRegion": copied_to,
        "AutomaticBackupReplicationRetentionPeriod": copied_to.map(|_| database.backup.keep.as_days()),
        "AutomaticBackupReplicationKmsKeyId": copied_to.map(key_of_copies),
        "DeletionProtection": database.protected,
        "DeleteAutomatedBackups": !database.protected,
    });
    merged(shared(draft, of, database, class), own)
}

/// One that follows a database in another region, or followed it. What is decided when it is made stays as it was then, so that it is promoted where it
/// is (aws-cloudformation-resource-providers-rds, `isReadReplicaPromotion`): its source's region, its key, and no engine, encryption or first user of
/// its own, which it has from the source.
fn follower(draft: &mut Draft<'_>, of: &Reference, database: &Database, class: &str, identity: &str) -> Value {
    let id = names::logical(of);
    let key = draft.key(Purpose::Data);
    let own = database.promoted;
    let copied_to = database.backup.copied_to.as_deref();
    let secret = own_login(draft.stack, &of.name);
    let source = source::Source::of(identity);
    let follower = json!({
        // It is of the stack's own account: nothing else can be followed.
        "SourceDBInstanceIdentifier": source.filter(|_| !own).map(|source| {
            sub(format!("arn:${{AWS::Partition}}:rds:{}:${{AWS::AccountId}}:db:{}", source.region, source.name))
        }),
        "SourceRegion": source.map(|source| source.region),
        "AllocatedStorage": database.storage.size.as_gibibytes().to_string(),
        "Iops": iops(database),
        // What is encrypted is followed under a key of the region that it is followed from.
        "KmsKeyId": key,
        "MultiAZ": database.high_availability,
        "DBSubnetGroupName": reference(subnets_id(&id)),
        "DeletionProtection": database.protected,
        "DeleteAutomatedBackups": !database.protected,
        "BackupRetentionPeriod": own.then(|| database.backup.keep.as_days()),
        "PreferredBackupWindow": database.backup.window.filter(|_| own).map(|window| window.to_string()),
        "AutomaticBackupReplicationRegion": copied_to.filter(|_| own),
        "AutomaticBackupReplicationRetentionPeriod": copied_to.filter(|_| own).map(|_| database.backup.keep.as_days()),
        "AutomaticBackupReplicationKmsKeyId": copied_to.filter(|_| own).map(key_of_copies),
        "ManageMasterUserPassword": own.then(|| secret.is_none()),
        "MasterUserSecret": (own && secret.is_none()).then(|| json!({ "KmsKeyId": key })),
        "MasterUserPassword": secret.filter(|_| own).map(|secret| password(&secret)),
    });
    merged(shared(draft, of, database, class), follower)
}

/// What CloudFormation reads from a secret when it makes a database; the template holds only where that is.
fn password(secret: &str) -> Value {
    sub(format!("{{{{resolve:secretsmanager:${{{secret}}}:SecretString:password}}}}"))
}

/// The key of the copies in another region: RDS' own there. What is encrypted is copied under a key of the region that it goes to, and a
/// stack makes no key outside of its own (RDS user guide, "Replicating automated backups to another AWS Region").
fn key_of_copies(region: &str) -> Value {
    sub(format!("arn:${{AWS::Partition}}:kms:{region}:${{AWS::AccountId}}:alias/aws/rds"))
}

fn replica_properties(draft: &mut Draft<'_>, of: &Reference, database: &Database, class: &str) -> Value {
    let own = json!({
        "SourceDBInstanceIdentifier": reference(names::logical(of)),
        "Iops": iops(database),
        "DeletionProtection": false,
    });
    merged(shared(draft, of, database, class), own)
}

fn merged(mut base: Value, own: Value) -> Value {
    if let (Value::Object(base), Value::Object(own)) = (&mut base, own) {
        base.extend(own);
    }
    base
}

/// Operations a second, where gp3 takes the figure: a small volume always has 3,000, a striped one at least 12,000.
fn iops(database: &Database) -> Option<u32> {
    let asked = database.storage.iops?;
    (database.storage.size.as_gibibytes() >= STRIPED_FROM).then_some(asked.max(STRIPED_IOPS))
}

/// The family of settings: the engine with its major version.
fn family(database: &Database) -> String {
    let major = database.version.split('.').next().unwrap_or_default();
    format!("postgres{major}")
}

/// The engine's settings: the user's, TLS for every connection, and the libraries that extensions need loaded.
fn parameters(draft: &mut Draft<'_>, of: &Reference, database: &Database) -> BTreeMap<String, String> {
    const TLS: &str = "rds.force_ssl";
    const PRELOADED: &str = "shared_preload_libraries";
    let mut parameters: BTreeMap<String, String> =
        database.parameters.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    if parameters.get(TLS).is_some_and(|value| value != "1") {
        let [section, key] = of.path();
        draft.findings.push(
            Finding::error(
                "database-without-tls",
                [section, key, "parameters".to_owned(), TLS.to_owned()],
                "a database takes connections over TLS only",
            )
            .why("what travels to and from a database is encrypted on every cloud")
            .fix(format!("remove `{TLS}`")),
        );
    }
    parameters.insert(TLS.to_owned(), "1".to_owned());
    let mut libraries: Vec<String> = parameters
        .get(PRELOADED)
        .map(|list| list.split(',').map(|library| library.trim().to_owned()).collect())
        .unwrap_or_default();
    for extension in &database.extensions {
        if let Some(library) = preload(extension)
            && !libraries.iter().any(|known| known == library)
        {
            libraries.push(library.to_owned());
        }
    }
    if !libraries.is_empty() {
        parameters.insert(PRELOADED.to_owned(), libraries.join(","));
    }
    parameters
}

/// The library that the engine has to load when it starts before an extension can be created (RDS user guide, "Using
/// PostgreSQL extensions with Amazon RDS for PostgreSQL").
fn preload(extension: &str) -> Option<&'static str> {
    match extension {
        "auto_explain" => Some("auto_explain"),
        "pg_cron" => Some("pg_cron"),
        "pg_hint_plan" => Some("pg_hint_plan"),
        "pg_partman" => Some("pg_partman_bgw"),
        "pg_prewarm" => Some("pg_prewarm"),
        "pg_stat_statements" => Some("pg_stat_statements"),
        "pg_tle" => Some("pg_tle"),
        "pgaudit" => Some("pgaudit"),
        "pglogical" => Some("pglogical"),
        "plprofiler" => Some("plprofiler"),
        _ => None,
    }
}

/// The role with which RDS writes the operating system's figures; the policy is the cloud's own and names the log group
/// `RDSOSMetrics` only (AWS managed policy reference, AmazonRDSEnhancedMonitoringRole).
fn monitoring_role(draft: &mut Draft<'_>, component: &str, id: &str) {
    let role_id = format!("{id}MonitoringRole");
    role::role(draft, component, &role_id, role::taken_for_this_account_by("monitoring.rds.amazonaws.com"), Vec::new());
    if let Some(role) = draft.template.resources.get_mut(&role_id) {
        role.properties.insert(
            "ManagedPolicyArns".to_owned(),
            json!([sub("arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole")]),
        );
    }
}
