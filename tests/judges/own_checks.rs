//! Checks of our own, in `checks/`, for types that checkov has no rule for: checkov runs them on everything that we render, and on
//! documents that break each of them.

use std::collections::{BTreeMap, BTreeSet};

use landfall::clouds::Form;
use landfall::model::placement::Cloud;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::case::{Case, Outcome};
use crate::python;

/// What a check found: resources by name.
#[derive(Debug, Deserialize)]
struct Found {
    passed: Vec<String>,
    failed: Vec<String>,
}

type Findings = BTreeMap<String, BTreeMap<String, Found>>;

/// A cloud with the framework that reads its documents, and the folder of its checks.
const CLOUDS: [(Cloud, &str, &str); 2] =
    [(Cloud::Gcp, "terraform_json", "checks/gcp"), (Cloud::Azure, "arm", "checks/azure")];

/// A check that one resource of a target doesn't follow, with the reason.
const UNFOLLOWED: [(&str, &str, &str); 5] = [
    ("LANDFALL_AZURE_20", "hailstone/azure", "a bucket whose files say that nothing of it is kept"),
    (
        "LANDFALL_GCP_1",
        "gale/dev",
        "a public service in an environment without a domain, so that its own address is all it has",
    ),
    (
        "LANDFALL_GCP_7",
        "gale/dev",
        "a topic that tells somebody else's address, which knows no accounts of this project",
    ),
    ("LANDFALL_GCP_7", "gale/prod", "the same"),
    ("LANDFALL_GCP_14", "entmoot/prod-gcp", "hot for a week only, and led into a bucket that keeps them for a year"),
];

/// Types that neither checkov nor we have a rule for, each with the reason why there is nothing in it that could be wrong for itself.
const NOTHING_TO_CHECK: [(&str, &str); 23] = [
    ("google_certificate_manager_certificate_map", "a name; its entries say what is in it"),
    ("google_certificate_manager_certificate_map_entry", "leads a host to a certificate, which is checked"),
    ("google_certificate_manager_dns_authorization", "the question whether a domain is ours"),
    ("google_compute_global_address", "an address; what listens there is checked"),
    ("google_compute_region_network_endpoint_group", "leads to a service, which is checked"),
    ("google_compute_router", "a name for the way out, whose rules are checked"),
    ("google_compute_target_http_proxy", "leads to a map of paths, which is checked"),
    ("google_logging_metric", "counts lines; what is in them is the workload's"),
    (
        "google_logging_project_sink",
        "leads to a bucket of the same document, which is checked; checkov can't see where a reference leads",
    ),
    ("google_monitoring_dashboard", "pictures, for people of the project"),
    ("google_service_account", "an identity without keys; its roles are checked where they are given"),
    ("Microsoft.Cdn/profiles/afdEndpoints", "a name; its routes are checked"),
    (
        "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
        "a setting of the engine, as the files have it; that connections are encrypted is Azure's default",
    ),
    ("Microsoft.DBforPostgreSQL/flexibleServers/databases", "a name in a server, which is checked"),
    ("Microsoft.Insights/workbooks", "pictures, for people of the subscription"),
    (
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "an identity without keys; its roles are checked where they are given",
    ),
    ("Microsoft.Network/privateDnsZones", "a zone of names in the network; its links are checked"),
    ("Microsoft.Network/privateEndpoints", "the private way to what has no other, which is checked there"),
    ("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", "a name for a private way"),
    ("Microsoft.ServiceBus/namespaces/queues", "how often and how long a message is tried, as the files have it"),
    ("Microsoft.ServiceBus/namespaces/topics", "a name in a namespace, which is checked"),
    (
        "Microsoft.ServiceBus/namespaces/topics/subscriptions",
        "how often and how long a message is tried, as the files have it",
    ),
    ("Microsoft.Storage/storageAccounts/managementPolicies", "what becomes of objects with age, as the files have it"),
];

/// How many resources of a target don't follow a check.
fn unfollowed(check: &str, target: &str) -> usize {
    UNFOLLOWED.iter().filter(|(left_out, at, _)| *left_out == check && *at == target).count()
}

/// What breaks each check: a type, the place in one of its resources, and what is put there; nothing takes it away.
fn breaches() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    const RUN: &str = "google_cloud_run_v2_service";
    const SUBSCRIPTION: &str = "google_pubsub_subscription";
    const INSTANCE: &str = "google_sql_database_instance";
    const APP: &str = "Microsoft.App/containerApps";
    const ENVIRONMENT: &str = "Microsoft.App/managedEnvironments";
    const SERVER: &str = "Microsoft.DBforPostgreSQL/flexibleServers";
    const MESSAGES: &str = "Microsoft.ServiceBus/namespaces";
    const CACHE: &str = "Microsoft.Cache/redisEnterprise";
    const WORKSPACE: &str = "Microsoft.OperationalInsights/workspaces";
    const ROUTE: &str = "Microsoft.Cdn/profiles/afdEndpoints/routes";
    vec![
        ("LANDFALL_GCP_1", RUN, "/ingress", json!("INGRESS_TRAFFIC_ALL")),
        ("LANDFALL_GCP_2", RUN, "/template/service_account", Value::Null),
        ("LANDFALL_GCP_2", "google_cloud_run_v2_worker_pool", "/template/service_account", Value::Null),
        ("LANDFALL_GCP_3", "google_cloud_run_v2_job", "/template/template/service_account", Value::Null),
        ("LANDFALL_GCP_4", RUN, "/template/vpc_access/egress", json!("PRIVATE_RANGES_ONLY")),
        ("LANDFALL_GCP_5", "google_secret_manager_secret", "/replication", json!({ "auto": {} })),
        ("LANDFALL_GCP_6", SUBSCRIPTION, "/expiration_policy", Value::Null),
        ("LANDFALL_GCP_6", SUBSCRIPTION, "/expiration_policy/ttl", json!("86400s")),
        ("LANDFALL_GCP_7", SUBSCRIPTION, "/push_config/oidc_token", Value::Null),
        ("LANDFALL_GCP_8", "google_pubsub_topic", "/message_storage_policy", Value::Null),
        ("LANDFALL_GCP_9", "google_cloud_scheduler_job", "/http_target/oauth_token", Value::Null),
        ("LANDFALL_GCP_10", "google_redis_instance", "/connect_mode", json!("DIRECT_PEERING")),
        ("LANDFALL_GCP_11", "google_artifact_registry_repository", "/docker_config/immutable_tags", json!(false)),
        ("LANDFALL_GCP_12", "google_compute_backend_service", "/log_config", Value::Null),
        ("LANDFALL_GCP_13", "google_compute_backend_service", "/protocol", json!("HTTP")),
        ("LANDFALL_GCP_14", "google_logging_project_bucket_config", "/retention_days", json!(7)),
        ("LANDFALL_GCP_15", "google_monitoring_alert_policy", "/notification_channels", Value::Null),
        ("LANDFALL_GCP_16", INSTANCE, "/settings/backup_configuration/point_in_time_recovery_enabled", json!(false)),
        ("LANDFALL_GCP_17", "google_compute_network", "/auto_create_subnetworks", json!(true)),
        ("LANDFALL_GCP_18", "google_compute_router_nat", "/log_config/enable", json!(false)),
        ("LANDFALL_GCP_19", "google_compute_target_https_proxy", "/ssl_policy", Value::Null),
        ("LANDFALL_GCP_20", "google_sql_user", "/type", json!("BUILT_IN")),
        ("LANDFALL_GCP_21", "random_password", "/length", json!(8)),
        ("LANDFALL_GCP_22", "google_project_service", "/disable_on_destroy", json!(true)),
        ("LANDFALL_GCP_23", "google_compute_global_forwarding_rule", "/load_balancing_scheme", json!("EXTERNAL")),
        ("LANDFALL_GCP_24", "google_secret_manager_secret_iam_member", "/role", json!("roles/secretmanager.admin")),
        ("LANDFALL_GCP_24", "google_pubsub_subscription_iam_member", "/role", json!("roles/pubsub.editor")),
        ("LANDFALL_GCP_24", "google_cloud_run_v2_job_iam_member", "/role", json!("roles/run.admin")),
        ("LANDFALL_GCP_25", "google_cloud_run_v2_service_iam_member", "/role", json!("roles/run.admin")),
        ("LANDFALL_GCP_26", "google_certificate_manager_certificate", "/managed", Value::Null),
        ("LANDFALL_GCP_27", "google_dns_record_set", "/ttl", json!(86_400)),
        ("LANDFALL_GCP_28", "google_compute_backend_bucket", "/custom_response_headers", json!(["X-Served-By: us"])),
        ("LANDFALL_GCP_29", "google_compute_url_map", "/default_url_redirect/https_redirect", json!(false)),
        ("LANDFALL_GCP_30", "google_monitoring_notification_channel", "/labels", Value::Null),
        ("LANDFALL_GCP_31", "google_billing_budget", "/all_updates_rule", Value::Null),
        ("LANDFALL_GCP_31", "google_billing_budget", "/threshold_rules", Value::Null),
        ("LANDFALL_GCP_32", "google_secret_manager_secret_version", "/deletion_policy", json!("DELETE")),
        ("LANDFALL_GCP_33", "google_sql_database", "/deletion_policy", json!("DELETE")),
        ("LANDFALL_GCP_34", "google_service_networking_connection", "/reserved_peering_ranges", Value::Null),
        ("LANDFALL_AZURE_1", APP, "/properties/configuration/ingress/allowInsecure", json!(true)),
        ("LANDFALL_AZURE_2", APP, "/identity", Value::Null),
        ("LANDFALL_AZURE_2", "Microsoft.App/jobs", "/identity/type", json!("None")),
        ("LANDFALL_AZURE_3", ENVIRONMENT, "/properties/publicNetworkAccess", json!("Enabled")),
        ("LANDFALL_AZURE_3", ENVIRONMENT, "/properties/vnetConfiguration", Value::Null),
        ("LANDFALL_AZURE_4", ENVIRONMENT, "/properties/peerTrafficConfiguration", Value::Null),
        ("LANDFALL_AZURE_5", ENVIRONMENT, "/properties/zoneRedundant", json!(false)),
        ("LANDFALL_AZURE_6", SERVER, "/properties/network/publicNetworkAccess", json!("Enabled")),
        ("LANDFALL_AZURE_7", SERVER, "/properties/authConfig/passwordAuth", json!("Enabled")),
        ("LANDFALL_AZURE_8", SERVER, "/properties/backup/backupRetentionDays", json!(1)),
        ("LANDFALL_AZURE_9", MESSAGES, "/properties/disableLocalAuth", json!(false)),
        ("LANDFALL_AZURE_10", MESSAGES, "/properties/minimumTlsVersion", json!("1.0")),
        ("LANDFALL_AZURE_11", CACHE, "/properties/publicNetworkAccess", json!("Enabled")),
        ("LANDFALL_AZURE_12", CACHE, "/properties/minimumTlsVersion", json!("1.1")),
        (
            "LANDFALL_AZURE_13",
            "Microsoft.Cache/redisEnterprise/databases",
            "/properties/clientProtocol",
            json!("Plaintext"),
        ),
        ("LANDFALL_AZURE_14", WORKSPACE, "/properties/features/disableLocalAuth", json!(false)),
        ("LANDFALL_AZURE_15", WORKSPACE, "/properties/retentionInDays", json!(7)),
        ("LANDFALL_AZURE_16", ROUTE, "/properties/httpsRedirect", json!("Disabled")),
        ("LANDFALL_AZURE_16", ROUTE, "/properties/forwardingProtocol", json!("MatchRequest")),
        (
            "LANDFALL_AZURE_17",
            "Microsoft.Cdn/profiles/customDomains",
            "/properties/tlsSettings/minimumTlsVersion",
            json!("TLS10"),
        ),
        ("LANDFALL_AZURE_18", "Microsoft.Insights/metricAlerts", "/properties/enabled", json!(false)),
        ("LANDFALL_AZURE_18", "Microsoft.Insights/scheduledQueryRules", "/properties/actions", Value::Null),
        ("LANDFALL_AZURE_19", "Microsoft.Authorization/locks", "/properties/level", json!("ReadOnly")),
        (
            "LANDFALL_AZURE_20",
            "Microsoft.Storage/storageAccounts/blobServices",
            "/properties/isVersioningEnabled",
            json!(false),
        ),
        (
            "LANDFALL_AZURE_21",
            "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
            "/properties/registrationEnabled",
            json!(true),
        ),
        ("LANDFALL_AZURE_22", "Microsoft.Insights/actionGroups", "/properties/enabled", json!(false)),
        ("LANDFALL_AZURE_23", "Microsoft.Authorization/roleAssignments", "/properties/principalType", json!("User")),
        ("LANDFALL_AZURE_24", "Microsoft.Network/publicIPAddresses", "/sku/name", json!("Basic")),
        ("LANDFALL_AZURE_25", "Microsoft.Insights/diagnosticSettings", "/properties/workspaceId", Value::Null),
        ("LANDFALL_AZURE_26", "Microsoft.Cdn/profiles", "/sku/name", json!("Standard_AzureFrontDoor")),
        (
            "LANDFALL_AZURE_27",
            "Microsoft.Cdn/profiles/originGroups/origins",
            "/properties/enforceCertificateNameCheck",
            json!(false),
        ),
        (
            "LANDFALL_AZURE_28",
            "Microsoft.Cdn/profiles/originGroups",
            "/properties/healthProbeSettings/probeProtocol",
            json!("Http"),
        ),
        (
            "LANDFALL_AZURE_29",
            "Microsoft.Cdn/profiles/securityPolicies",
            "/properties/parameters/wafPolicy",
            Value::Null,
        ),
        ("LANDFALL_AZURE_30", "Microsoft.Consumption/budgets", "/properties/notifications", Value::Null),
        ("LANDFALL_AZURE_31", "Microsoft.Resources/deployments", "/properties/mode", json!("Complete")),
        ("LANDFALL_AZURE_32", "Microsoft.Network/natGateways", "/sku/name", json!("Standard")),
    ]
}

/// Checks by their name, each with the types that it reads.
fn checks(folder: &str) -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let mut checks = BTreeMap::new();
    for file in std::fs::read_dir(python::root().join(folder))? {
        let path = file?.path();
        let text = std::fs::read_to_string(&path)?;
        let value = |line: &str, key: &str| line.trim_start_matches([' ', '-']).strip_prefix(key).map(str::to_owned);
        let id =
            text.lines().find_map(|line| value(line, "id: ")).ok_or_else(|| format!("{}: no id", path.display()))?;
        let types = text.lines().filter_map(|line| value(line, "resource_types: ["));
        let types =
            types.flat_map(|types| types.trim_end_matches(']').split(", ").map(str::to_owned).collect::<Vec<_>>());
        let twice = checks.insert(id.clone(), types.collect());
        assert!(twice.is_none(), "{id} is there twice");
    }
    Ok(checks)
}

/// The resources of a type in a document.
fn resources<'a>(document: &'a mut Value, kind: &str) -> Vec<&'a mut Value> {
    if document.get("resources").is_some() {
        let resources = document.get_mut("resources").and_then(Value::as_array_mut).into_iter().flatten();
        return resources.filter(|resource| resource.get("type").and_then(Value::as_str) == Some(kind)).collect();
    }
    let named = document.get_mut("resource").and_then(|resource| resource.get_mut(kind)?.as_object_mut());
    named.into_iter().flat_map(|named| named.values_mut()).collect()
}

fn judged(framework: &str, folder: &str, documents: &BTreeMap<String, String>) -> Outcome<Findings> {
    let checks = python::root().join(folder);
    let asked = json!({ "framework": framework, "checks": checks, "documents": documents });
    let script = python::root().join("tests/judges/own_checks.py");
    Ok(serde_json::from_str(&python::run(&script, &[], &asked.to_string())?)?)
}

fn documents(cloud: Cloud) -> Outcome<BTreeMap<String, String>> {
    let rendered = |case: Case| Ok((case.target.to_string(), case.rendered(Form::Json)?.document));
    Case::on(cloud)?.into_iter().map(rendered).collect()
}

#[test]
fn every_resource_that_a_check_of_ours_reads_is_evaluated_and_passes() -> Outcome<()> {
    for (cloud, framework, folder) in CLOUDS {
        let documents = documents(cloud)?;
        let findings = judged(framework, folder, &documents)?;
        for (check, types) in checks(folder)? {
            let (mut evaluated, mut there) = (0, 0);
            for (target, document) in &documents {
                let mut document: Value = serde_json::from_str(document)?;
                there += types.iter().map(|kind| resources(&mut document, kind).len()).sum::<usize>();
                let Some(found) = findings.get(target).and_then(|found| found.get(&check)) else { continue };
                evaluated += found.passed.len() + found.failed.len();
                assert_eq!(found.failed.len(), unfollowed(&check, target), "{check}, {target}: {:?}", found.failed);
            }
            assert!(there > 0, "{check} reads {types:?}, which nothing renders");
            assert_eq!(evaluated, there, "{check}: resources evaluated, and resources there");
        }
    }
    Ok(())
}

/// The types of the resources of a document.
fn types_of(document: &str) -> Outcome<BTreeSet<String>> {
    let document: Value = serde_json::from_str(document)?;
    let listed = document.get("resources").and_then(Value::as_array).into_iter().flatten();
    let listed = listed.filter_map(|resource| Some(resource.get("type")?.as_str()?.to_owned()));
    let named = document.get("resource").and_then(Value::as_object).into_iter().flat_map(|named| named.keys().cloned());
    Ok(listed.chain(named).collect())
}

#[test]
fn every_type_that_is_rendered_has_a_rule_or_nothing_to_check() -> Outcome<()> {
    let script = python::root().join("tests/judges/checked_types.py");
    let checkovs: BTreeMap<String, BTreeSet<String>> = serde_json::from_str(&python::run(&script, &[], "")?)?;
    let excused: BTreeSet<&str> = NOTHING_TO_CHECK.iter().map(|(kind, _)| *kind).collect();
    let (mut unchecked, mut excuses) = (BTreeSet::new(), BTreeSet::new());
    for (cloud, framework, folder) in CLOUDS {
        let ours: BTreeSet<String> = checks(folder)?.into_values().flatten().collect();
        for document in documents(cloud)?.values() {
            let ruled = |kind: &String| ours.contains(kind) || checkovs[framework].contains(kind);
            let (without, excusable): (BTreeSet<String>, BTreeSet<String>) = types_of(document)?
                .into_iter()
                .filter(|kind| !ruled(kind))
                .partition(|kind| !excused.contains(kind.as_str()));
            unchecked.extend(without);
            excuses.extend(excusable);
        }
    }
    assert_eq!(unchecked, BTreeSet::new(), "neither a rule nor a reason why there is none");
    let stale: Vec<_> = excused.into_iter().filter(|kind| !excuses.contains(*kind)).collect();
    assert_eq!(stale, Vec::<&str>::new(), "these have a rule, or nothing renders them");
    Ok(())
}

#[test]
fn each_check_of_ours_fails_on_a_document_that_breaks_it() -> Outcome<()> {
    for (cloud, framework, folder) in CLOUDS {
        let documents = documents(cloud)?;
        let (mut broken, mut expected, mut untried) = (BTreeMap::new(), Vec::new(), checks(folder)?);
        let ours: Vec<_> = breaches().into_iter().filter(|(check, ..)| untried.contains_key(*check)).collect();
        for (number, (check, kind, place, value)) in ours.iter().enumerate() {
            let (above, key) = place.rsplit_once('/').ok_or("a place without a slash")?;
            let breaks = |document: &str| -> Option<String> {
                let mut document: Value = serde_json::from_str(document).ok()?;
                let mut found = resources(&mut document, kind).into_iter();
                let at = found.find_map(|resource| {
                    let there = resource.pointer(place).is_some();
                    resource.pointer_mut(above).filter(|_| there)?.as_object_mut()
                })?;
                if value.is_null() {
                    at.remove(key);
                } else {
                    at.insert(key.to_owned(), value.clone());
                }
                Some(document.to_string())
            };
            let found = documents.iter().find_map(|(target, document)| Some((target, breaks(document)?)));
            let (target, text) = found.ok_or_else(|| format!("{check}: nothing at {place} of any {kind}"))?;
            broken.insert(format!("{number} {check} {place}"), text);
            expected.push(1 + unfollowed(check, target));
            untried.remove(*check);
        }
        assert_eq!(untried.keys().collect::<Vec<_>>(), Vec::<&String>::new(), "nothing breaks these");
        let findings = judged(framework, folder, &broken)?;
        for (number, (check, _, place, _)) in ours.iter().enumerate() {
            let found = &findings[&format!("{number} {check} {place}")];
            let failed: usize = found.get(*check).map_or(0, |found| found.failed.len());
            assert_eq!(failed, expected[number], "{check} at {place}: {found:#?}");
        }
    }
    Ok(())
}
