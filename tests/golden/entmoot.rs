//! Entmoot in production on three clouds: the figures of its table, read from what is rendered.

use std::collections::{BTreeMap, BTreeSet};

use landfall::clouds::Form;
use serde_json::{Value, json};

use crate::case::{Case, Outcome, root};
use crate::production::Production;

/// A rendered document of a target.
fn document(target: &str) -> Outcome<Value> {
    let case = Case { target: target.parse()?, above: root().to_owned() };
    Ok(serde_json::from_str(&case.rendered(Form::Json)?.document)?)
}

/// The resources on Google Cloud, by type and name.
struct Google(Value);

impl Google {
    fn rendered() -> Outcome<Self> {
        Ok(Self(document("entmoot/prod-gcp")?["resource"].take()))
    }

    fn of(&self, kind: &str, name: &str) -> Outcome<&Value> {
        let found = &self.0[kind][name];
        if found.is_null() { Err(format!("no {kind}.{name}").into()) } else { Ok(found) }
    }
}

/// The resources on Azure.
struct Azure(Vec<Value>);

impl Azure {
    fn rendered() -> Outcome<Self> {
        Ok(Self(document("entmoot/prod-azure")?["resources"].as_array().ok_or("no resources")?.clone()))
    }

    fn of(&self, component: &str, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|one| one["comments"] == component && one["type"] == kind).collect()
    }

    fn one(&self, component: &str, kind: &str) -> Outcome<&Value> {
        match self.of(component, kind).as_slice() {
            [one] => Ok(one),
            several => Err(format!("{} resources {kind} of {component}", several.len()).into()),
        }
    }
}

/// The settings of the database that every cloud takes as they are asked for.
const SETTINGS: [(&str, &str); 14] = [
    ("shared_buffers", "262144"),
    ("effective_cache_size", "1048576"),
    ("maintenance_work_mem", "65536"),
    ("work_mem", "16384"),
    ("max_worker_processes", "8"),
    ("max_parallel_workers_per_gather", "4"),
    ("max_parallel_workers", "8"),
    ("random_page_cost", "1.1"),
    ("effective_io_concurrency", "200"),
    ("synchronous_commit", "on"),
    ("max_wal_senders", "10"),
    ("max_replication_slots", "10"),
    ("log_min_duration_statement", "1000"),
    ("log_statement", "ddl"),
];

#[test]
fn the_networks_have_the_ranges_of_each_cloud() -> Outcome<()> {
    let aws = Production::of("entmoot/prod-aws")?;
    assert_eq!(aws.property("Network", "CidrBlock")?, "10.0.0.0/16");
    for (subnet, range) in [
        ("NetworkPublic1", "10.0.1.0/24"),
        ("NetworkPublic2", "10.0.2.0/24"),
        ("NetworkPrivate1", "10.0.10.0/24"),
        ("NetworkPrivate2", "10.0.11.0/24"),
    ] {
        assert_eq!(aws.property(subnet, "CidrBlock")?, range);
    }
    assert_eq!(aws.of_type("AWS::EC2::FlowLog"), ["NetworkFlowLog"]);
    let google = Google::rendered()?;
    for (subnet, range) in [("public_1", "10.0.1.0/24"), ("private_1", "10.0.10.0/24")] {
        let subnet = google.of("google_compute_subnetwork", subnet)?;
        assert_eq!(subnet["ip_cidr_range"], range);
        assert_eq!(subnet["log_config"]["flow_sampling"], 1);
    }
    let azure = Azure::rendered()?;
    let network = &azure.one("network", "Microsoft.Network/virtualNetworks")?["properties"];
    assert_eq!(network["addressSpace"]["addressPrefixes"], json!(["10.0.0.0/16"]));
    let ranges = [0, 1].map(|subnet: usize| network["subnets"][subnet]["properties"]["addressPrefix"].clone());
    assert_eq!(ranges, [json!("10.0.1.0/24"), json!("10.0.10.0/24")]);
    Ok(())
}

#[test]
fn nothing_but_443_80_8000_5432_and_6379_is_let_in() -> Outcome<()> {
    let aws = Production::of("entmoot/prod-aws")?;
    let mut ports = BTreeSet::new();
    let mut open = BTreeSet::new();
    for id in aws.of_type("AWS::EC2::SecurityGroup") {
        let rules = aws.property(id, "SecurityGroupIngress").ok().and_then(Value::as_array);
        for rule in rules.into_iter().flatten() {
            assert_eq!((id, &rule["CidrIp"]), ("ServiceApiLoadBalancerSecurityGroup", &json!("0.0.0.0/0")));
            open.insert(rule["ToPort"].as_u64());
        }
    }
    for id in aws.of_type("AWS::EC2::SecurityGroupIngress") {
        // By others of the stack, and where the guide's Prometheus stands.
        let measured = aws.property(id, "CidrIp").is_ok_and(|range| range == "10.0.20.0/28");
        assert!(measured || aws.property(id, "SourceSecurityGroupId").is_ok(), "{id}");
        ports.insert(aws.property(id, "ToPort")?.to_string());
    }
    assert_eq!(open, [Some(443), Some(80)].into());
    let known =
        ports.iter().map(|port| port.contains("Endpoint.Port") || ["8000", "5432", "6379"].contains(&port.as_str()));
    assert!(known.clone().all(|known| known) && known.count() >= 3, "{ports:?}");
    let google = Google::rendered()?;
    let firewall = google.0["google_compute_firewall"].as_object().ok_or("no firewall")?;
    let let_in: Vec<&Value> =
        firewall.values().filter(|rule| rule["direction"] == "INGRESS" && rule["deny"].is_null()).collect();
    assert_eq!(let_in, Vec::<&Value>::new(), "Cloud Run's load balancer stands outside of the network");
    Ok(())
}

#[test]
fn the_database_on_aws_is_as_tabled() -> Outcome<()> {
    let aws = Production::of("entmoot/prod-aws")?;
    for (property, value) in [
        ("DBInstanceClass", json!("db.r6i.xlarge")),
        ("EngineVersion", json!("16")),
        ("AllocatedStorage", json!("100")),
        ("StorageType", json!("gp3")),
        ("StorageEncrypted", json!(true)),
        ("MultiAZ", json!(true)),
        ("BackupRetentionPeriod", json!(30)),
        ("PreferredBackupWindow", json!("03:00-04:00")),
        ("PreferredMaintenanceWindow", json!("sun:04:00-sun:05:00")),
        ("EnableIAMDatabaseAuthentication", json!(true)),
        ("PubliclyAccessible", json!(false)),
        ("DeletionProtection", json!(true)),
    ] {
        assert_eq!(aws.property("DatabaseMain", property)?, &value, "{property}");
    }
    let logs = aws.property("DatabaseMain", "EnableCloudwatchLogsExports")?.as_array().ok_or("no logs")?;
    assert!(logs.contains(&json!("postgresql")));
    assert_eq!(aws.property("DatabaseMainReplica1", "DBInstanceClass")?, "db.r6i.xlarge");
    assert_eq!(aws.0["Outputs"]["DatabaseMainExtensions"]["Value"], "postgis,postgis_topology,fuzzystrmatch");
    assert_eq!(aws.of_type("AWS::RDS::DBProxy"), ["DatabaseMainPooler"]);
    let settings = aws.property("DatabaseMainParameters", "Parameters")?;
    for (name, value) in SETTINGS.into_iter().chain([
        ("wal_keep_size", "10240"),
        ("log_connections", "1"),
        ("log_disconnections", "1"),
        // RDS's own switch: it sets `wal_level` to `logical`.
        ("rds.logical_replication", "1"),
    ]) {
        assert_eq!(settings[name], value, "{name}");
    }
    assert!(settings["wal_level"].is_null(), "RDS doesn't let `wal_level` be set");
    Ok(())
}

#[test]
fn the_database_on_google_cloud_is_as_tabled() -> Outcome<()> {
    let google = Google::rendered()?;
    let main = google.of("google_sql_database_instance", "database_main")?;
    assert_eq!(main["database_version"], "POSTGRES_16");
    let settings = &main["settings"];
    assert_eq!((&settings["edition"], &settings["tier"]), (&json!("ENTERPRISE"), &json!("db-custom-4-16384")));
    assert_eq!(settings["availability_type"], "REGIONAL");
    assert_eq!(settings["disk_size"], 100);
    let backup = &settings["backup_configuration"];
    assert_eq!(backup["start_time"], "03:00");
    assert_eq!(backup["backup_retention_settings"]["retained_backups"], 30);
    assert_eq!(backup["transaction_log_retention_days"], 7);
    assert_eq!(settings["ip_configuration"]["ipv4_enabled"], false);
    let flags = settings["database_flags"].as_array().ok_or("no flags")?;
    let more = [("log_connections", "on"), ("log_disconnections", "on"), ("cloudsql.logical_decoding", "on")];
    for (name, value) in SETTINGS.into_iter().chain(more) {
        assert!(flags.contains(&json!({ "name": name, "value": value })), "{name}");
    }
    google.of("google_sql_database_instance", "database_main_replica_1")?;
    let elsewhere = google.of("google_sql_database_instance", "database_main_replica_elsewhere")?;
    assert_eq!(elsewhere["region"], "us-east1");
    assert_eq!(elsewhere["master_instance_name"], "${google_sql_database_instance.database_main.name}");
    for guarded in ["tier", "database_flags", "ip_configuration", "deletion_protection_enabled"] {
        assert_eq!(elsewhere["settings"][guarded], settings[guarded], "{guarded}");
    }
    Ok(())
}

#[test]
fn the_database_on_azure_is_as_tabled() -> Outcome<()> {
    let azure = Azure::rendered()?;
    let servers = azure.of("database.main", "Microsoft.DBforPostgreSQL/flexibleServers");
    let [server, elsewhere] = servers.as_slice() else { return Err("no database with a copy elsewhere".into()) };
    assert_eq!(server["sku"], json!({ "name": "Standard_D4ds_v5", "tier": "GeneralPurpose" }));
    let properties = &server["properties"];
    assert_eq!(properties["version"], "16");
    // 100 GB can't be had: this is the next size.
    assert_eq!(properties["storage"]["storageSizeGB"], 128);
    assert_eq!(properties["network"]["publicNetworkAccess"], "Disabled");
    assert_eq!(properties["backup"], json!({ "backupRetentionDays": 35, "geoRedundantBackup": "Enabled" }));
    assert_eq!(properties["highAvailability"]["mode"], "ZoneRedundant");
    assert_eq!((&elsewhere["location"], &elsewhere["sku"]), (&json!("westus"), &server["sku"]));
    assert_eq!(elsewhere["properties"]["createMode"], "Replica");
    assert_eq!(elsewhere["properties"]["storage"], properties["storage"]);
    let settings = azure.of("database.main", "Microsoft.DBforPostgreSQL/flexibleServers/configurations");
    let of = |server: &Value| {
        let name = format!("{}/", server["name"].as_str().unwrap_or_default());
        settings.iter().filter(|one| one["name"].as_str().is_some_and(|one| one.starts_with(&name))).count()
    };
    assert_eq!((of(server), of(elsewhere)), (settings.len() / 2, settings.len() / 2));
    let mut given = BTreeMap::new();
    for setting in azure.of("database.main", "Microsoft.DBforPostgreSQL/flexibleServers/configurations") {
        let name = setting["name"].as_str().and_then(|name| name.rsplit('/').next()).ok_or("no name")?;
        given.insert(name, setting["properties"]["value"].as_str().unwrap_or_default());
    }
    let more = [
        ("wal_level", "logical"),
        ("log_connections", "on"),
        ("log_disconnections", "on"),
        ("pgbouncer.enabled", "true"),
        ("azure.extensions", "POSTGIS,POSTGIS_TOPOLOGY,FUZZYSTRMATCH"),
    ];
    for (name, value) in SETTINGS.into_iter().chain(more) {
        assert_eq!(given.get(name), Some(&value), "{name}");
    }
    Ok(())
}

#[test]
fn the_caches_are_as_tabled() -> Outcome<()> {
    let aws = Production::of("entmoot/prod-aws")?;
    for (property, value) in [
        ("CacheNodeType", json!("cache.r7g.xlarge")),
        ("NumCacheClusters", json!(3)),
        ("AutomaticFailoverEnabled", json!(true)),
        ("AtRestEncryptionEnabled", json!(true)),
        ("TransitEncryptionEnabled", json!(true)),
        ("SnapshotRetentionLimit", json!(5)),
        ("SnapshotWindow", json!("03:00-05:00")),
        ("PreferredMaintenanceWindow", json!("sun:05:00-sun:07:00")),
        ("AuthToken", json!({ "Fn::Sub": "{{resolve:secretsmanager:${CacheMainToken}}}" })),
    ] {
        assert_eq!(aws.property("CacheMain", property)?, &value, "{property}");
    }
    assert_eq!(aws.property("CacheMainParameters", "Properties/maxmemory-policy")?, "allkeys-lru");
    let google = Google::rendered()?;
    let cache = google.of("google_redis_instance", "cache_main")?;
    assert_eq!((&cache["memory_size_gb"], &cache["tier"]), (&json!(8), &json!("STANDARD_HA")));
    assert_eq!(cache["redis_configs"]["maxmemory-policy"], "allkeys-lru");
    assert_eq!(cache["transit_encryption_mode"], "SERVER_AUTHENTICATION");
    let azure = Azure::rendered()?;
    let cluster = azure.one("cache.main", "Microsoft.Cache/redisEnterprise")?;
    // Premium P1's 6 GB, in the kind of cache that Azure still makes.
    assert_eq!(cluster["sku"]["name"], "Balanced_B5");
    assert_eq!(cluster["properties"]["minimumTlsVersion"], "1.2");
    let inside = &azure.one("cache.main", "Microsoft.Cache/redisEnterprise/databases")?["properties"];
    assert_eq!((&inside["clientProtocol"], &inside["evictionPolicy"]), (&json!("Encrypted"), &json!("AllKeysLRU")));
    Ok(())
}

#[test]
fn the_files_are_versioned_private_and_age_as_tabled() -> Outcome<()> {
    let aws = Production::of("entmoot/prod-aws")?;
    assert_eq!(aws.property("BucketFiles", "VersioningConfiguration/Status")?, "Enabled");
    assert_eq!(aws.property("BucketFiles", "PublicAccessBlockConfiguration/RestrictPublicBuckets")?, true);
    let rules = aws.property("BucketFiles", "LifecycleConfiguration/Rules")?.as_array().ok_or("no rules")?;
    let rule = |prefix: &str| rules.iter().find(|rule| rule["Prefix"] == prefix).cloned().unwrap_or_default();
    assert_eq!(rule("uploads/temp/")["ExpirationInDays"], 7);
    assert_eq!(rule("exports/")["ExpirationInDays"], 365);
    assert_eq!(rule("exports/")["Transitions"], json!([{ "StorageClass": "GLACIER", "TransitionInDays": 30 }]));
    let google = Google::rendered()?;
    let bucket = google.of("google_storage_bucket", "bucket_files")?;
    assert_eq!(bucket["versioning"]["enabled"], true);
    assert_eq!(bucket["public_access_prevention"], "enforced");
    let ages: Vec<(&Value, &Value)> = bucket["lifecycle_rule"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|rule| (&rule["condition"]["matches_prefix"][0], &rule["condition"]["age"]))
        .collect();
    let (temporary, exports) = (json!("uploads/temp/"), json!("exports/"));
    assert_eq!(ages, [(&temporary, &json!(7)), (&exports, &json!(30)), (&exports, &json!(365))]);
    let azure = Azure::rendered()?;
    let policies = "Microsoft.Storage/storageAccounts/managementPolicies";
    let rules = &azure.one("bucket.files", policies)?["properties"]["policy"]["rules"];
    let actions = |at: usize| rules[at]["definition"]["actions"]["baseBlob"].clone();
    let after = |days: u64| json!({ "daysAfterModificationGreaterThan": days });
    assert_eq!(actions(0), json!({ "delete": after(7) }));
    assert_eq!(actions(1), json!({ "tierToArchive": after(30), "delete": after(365) }));
    let account = azure.one("bucket.files", "Microsoft.Storage/storageAccounts")?;
    assert_eq!(account["properties"]["allowBlobPublicAccess"], false);
    // Its objects are copied to another region.
    assert_eq!(account["sku"]["name"], "Standard_GRS");
    Ok(())
}

#[test]
fn what_people_dump_is_copied_to_another_region() -> Outcome<()> {
    let aws = Production::of("entmoot/prod-aws")?;
    let rule = aws.property("BucketBackups", "ReplicationConfiguration/Rules/0")?;
    let there = "arn:${AWS::Partition}:s3:::entmoot-prod-backups-us-west-2";
    assert_eq!(rule["Destination"]["Bucket"]["Fn::Sub"], there);
    let key = &rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"]["Fn::Sub"];
    assert_eq!(key, "arn:${AWS::Partition}:kms:us-west-2:${AWS::AccountId}:alias/aws/s3");
    let statements = aws.property("BucketBackupsCopiesAccess", "PolicyDocument/Statement")?;
    for statement in statements.as_array().into_iter().flatten() {
        assert_ne!(statement["Resource"], "*", "{statement}");
        assert!(!statement["Action"].to_string().contains('*'), "{statement}");
    }
    assert!(aws.property("BucketFiles", "ReplicationConfiguration").is_err());
    let google = Google::rendered()?;
    let bucket = google.of("google_storage_bucket", "bucket_backups")?;
    assert_eq!(bucket["location"], "NAM4", "Cloud Storage makes a bucket in these two by the pair's own name only");
    assert_eq!(bucket.get("custom_placement_config"), None);
    assert_eq!(google.of("google_storage_bucket", "bucket_files")?["location"], "US-CENTRAL1");
    let account = Azure::rendered()?.one("bucket.backups", "Microsoft.Storage/storageAccounts")?.clone();
    assert_eq!(account["sku"]["name"], "Standard_GZRS");
    Ok(())
}

#[test]
fn the_load_balancers_speak_tls_and_look_after_health() -> Outcome<()> {
    let aws = Production::of("entmoot/prod-aws")?;
    assert_eq!(aws.property("ServiceApiLoadBalancer", "Scheme")?, "internet-facing");
    assert_eq!(aws.property("DomainCertificate", "DomainName")?, "entmoot.example.com");
    assert_eq!(aws.property("DomainCertificate", "SubjectAlternativeNames")?, &json!(["*.entmoot.example.com"]));
    assert_eq!(aws.property("ServiceApiRedirect", "DefaultActions/0/RedirectConfig/StatusCode")?, "HTTP_301");
    for (property, value) in [
        ("Port", json!(8000)),
        ("HealthCheckPath", json!("/health")),
        ("HealthCheckIntervalSeconds", json!(30)),
        ("HealthCheckTimeoutSeconds", json!(5)),
        ("HealthyThresholdCount", json!(2)),
        ("UnhealthyThresholdCount", json!(3)),
    ] {
        assert_eq!(aws.property("ServiceApiTargets", property)?, &value, "{property}");
    }
    let google = Google::rendered()?;
    let redirect = google.of("google_compute_url_map", "service_api_redirect")?;
    assert_eq!(redirect["default_url_redirect"]["redirect_response_code"], "MOVED_PERMANENTLY_DEFAULT");
    let probe = &google.of("google_cloud_run_v2_service", "service_api")?["template"]["containers"]["readiness_probe"];
    let azure = Azure::rendered()?;
    let app = &azure.one("service.api", "Microsoft.App/containerApps")?["properties"]["template"]["containers"][0];
    assert_eq!((&probe["period_seconds"], &probe["timeout_seconds"]), (&json!(30), &json!(5)));
    assert_eq!((&probe["success_threshold"], &probe["failure_threshold"]), (&json!(2), &json!(3)));
    let probe = &app["probes"][0];
    assert_eq!((&probe["periodSeconds"], &probe["timeoutSeconds"]), (&json!(30), &json!(5)));
    assert_eq!((&probe["successThreshold"], &probe["failureThreshold"]), (&json!(2), &json!(3)));
    assert_eq!(probe["httpGet"], json!({ "path": "/health", "port": 8000, "scheme": "HTTP" }));
    let route = &azure.one("service.api", "Microsoft.Cdn/profiles/afdEndpoints/routes")?["properties"];
    assert_eq!(route["httpsRedirect"], "Enabled");
    Ok(())
}

#[test]
fn the_site_stands_on_object_storage_behind_each_clouds_caches_and_nobody_else_reads_it() -> Outcome<()> {
    let aws = Production::of("entmoot/prod-aws")?;
    let served = aws.property("SiteWeb", "DistributionConfig")?;
    assert_eq!(served["Aliases"], json!(["app.entmoot.example.com"]));
    assert_eq!(served["DefaultCacheBehavior"]["ViewerProtocolPolicy"], "redirect-to-https");
    assert_eq!(served["Origins"][0]["DomainName"], json!({ "Fn::GetAtt": ["BucketFrontend", "RegionalDomainName"] }));
    let private = aws.property("BucketFrontend", "PublicAccessBlockConfiguration")?;
    assert!(private.as_object().is_some_and(|all| all.values().all(|one| *one == json!(true))));

    let google = Google::rendered()?;
    let bucket = google.of("google_storage_bucket", "bucket_frontend")?;
    assert_eq!(bucket["public_access_prevention"], "enforced");
    let served = google.of("google_compute_backend_bucket", "site_web")?;
    assert_eq!(served["enable_cdn"], true);
    let readers = google.0["google_storage_bucket_iam_member"].as_object().ok_or("no roles")?;
    let readers: Vec<&Value> = readers.values().filter(|role| role["bucket"] == served["bucket_name"]).collect();
    let [reader] = readers.as_slice() else { return Err(format!("{readers:?}").into()) };
    assert!(reader["member"].as_str().is_some_and(|who| who.ends_with("@https-lb.iam.gserviceaccount.com")));

    let azure = Azure::rendered()?;
    let account = &azure.one("bucket.frontend", "Microsoft.Storage/storageAccounts")?["properties"];
    assert_eq!(
        (&account["publicNetworkAccess"], &account["allowBlobPublicAccess"]),
        (&json!("Disabled"), &json!(false))
    );
    let origin = &azure.one("site.web", "Microsoft.Cdn/profiles/originGroups/origins")?["properties"];
    assert_eq!(origin["sharedPrivateLinkResource"]["groupId"], "web");
    let route = &azure.one("site.web", "Microsoft.Cdn/profiles/afdEndpoints/routes")?["properties"];
    assert_eq!(route["httpsRedirect"], "Enabled");
    Ok(())
}

#[test]
fn the_services_have_their_sizes_and_their_copies() -> Outcome<()> {
    let aws = Production::of("entmoot/prod-aws")?;
    let scaling = |id: &str, property: &str| aws.property(id, property).cloned();
    assert_eq!(
        (scaling("ServiceApiScaling", "MinCapacity")?, scaling("ServiceApiScaling", "MaxCapacity")?),
        (json!(3), json!(20))
    );
    assert_eq!(scaling("ServiceWorkerScaling", "MaxCapacity")?, 10);
    for (policy, target) in [("Cpu", 70), ("Memory", 80), ("Requests", 1000)] {
        let of = aws.property(&format!("ServiceApiScaling{policy}"), "TargetTrackingScalingPolicyConfiguration")?;
        assert_eq!(of["TargetValue"].as_f64(), Some(f64::from(target)), "{policy}");
        assert_eq!((&of["ScaleOutCooldown"], &of["ScaleInCooldown"]), (&json!(300), &json!(600)), "{policy}");
    }
    let deployment = aws.property("ServiceApi", "DeploymentConfiguration")?;
    assert_eq!((&deployment["MaximumPercent"], &deployment["MinimumHealthyPercent"]), (&json!(200), &json!(100)));
    assert_eq!(deployment["Strategy"], "BLUE_GREEN");
    assert_eq!(deployment["Alarms"]["AlarmNames"].as_array().map(Vec::len), Some(3));
    let worker = aws.property("ServiceWorker", "DeploymentConfiguration")?;
    assert_eq!(worker["DeploymentCircuitBreaker"], json!({ "Enable": true, "Rollback": true }));
    let google = Google::rendered()?;
    let api = &google.of("google_cloud_run_v2_service", "service_api")?["template"];
    assert_eq!(api["containers"]["resources"]["limits"], json!({ "cpu": "2", "memory": "4096Mi" }));
    assert_eq!(api["scaling"], json!({ "min_instance_count": 3, "max_instance_count": 100 }));
    assert_eq!(api["timeout"], "3600s");
    google.of("google_cloud_run_v2_worker_pool", "service_worker")?;
    let azure = Azure::rendered()?;
    let template = &azure.one("service.api", "Microsoft.App/containerApps")?["properties"]["template"];
    assert_eq!(template["containers"][0]["resources"], json!({ "cpu": 2, "memory": "4Gi" }));
    assert_eq!((&template["scale"]["minReplicas"], &template["scale"]["maxReplicas"]), (&json!(3), &json!(20)));
    let rules: Vec<&Value> = template["scale"]["rules"].as_array().into_iter().flatten().collect();
    assert_eq!(rules.iter().map(|rule| &rule["name"]).collect::<Vec<_>>(), ["cpu", "memory", "http"]);
    let worker = &azure.one("service.worker", "Microsoft.App/containerApps")?["properties"]["template"]["scale"];
    assert_eq!((&worker["minReplicas"], &worker["maxReplicas"]), (&json!(1), &json!(10)));
    Ok(())
}

#[test]
fn the_alarms_on_aws_have_the_tables_bounds() -> Outcome<()> {
    let aws = Production::of("entmoot/prod-aws")?;
    for (alarm, operator, threshold) in [
        ("ApiErrors", "GreaterThanThreshold", 10.0),
        ("ApiErrorRate", "GreaterThanThreshold", 0.1),
        ("ApiLatency", "GreaterThanThreshold", 0.5),
        ("ApiCpu", "GreaterThanThreshold", 80.0),
        ("DatabaseCpu", "GreaterThanThreshold", 80.0),
        ("DatabaseConnections", "GreaterThanThreshold", 80.0),
        ("DatabaseStorage", "LessThanThreshold", 10_737_418_240.0),
        ("ReplicaLag", "GreaterThanThreshold", 60.0),
        ("CacheHits", "LessThanThreshold", 80.0),
        ("CacheMemory", "GreaterThanThreshold", 80.0),
    ] {
        assert_eq!(aws.alarm(alarm, "ComparisonOperator")?, operator, "{alarm}");
        assert_eq!(aws.alarm(alarm, "Threshold")?.as_f64(), Some(threshold), "{alarm}");
        assert_eq!(aws.alarm(alarm, "AlarmActions")?, &json!([{ "Ref": "TopicAlerts" }]), "{alarm}");
    }
    assert_eq!(aws.alarm("ApiLatency", "ExtendedStatistic")?, "p95");
    assert_eq!(aws.property("BudgetMonth", "Budget/BudgetLimit/Amount")?, 5000);
    let mailbox = aws.property("TopicAlertsSubscriber1", "Endpoint")?;
    assert!(mailbox.as_str().is_some_and(|address| address.ends_with("pagerduty.com")), "{mailbox}");
    Ok(())
}

#[test]
fn the_alarms_on_the_other_clouds_have_the_same_bounds() -> Outcome<()> {
    let google = Google::rendered()?;
    for (alarm, bound) in [
        ("api-errors", "> 10"),
        ("api-error-rate", "> 0.1"),
        ("api-latency", "> 0.5"),
        ("api-cpu", "> 80"),
        ("database-connections", "> 80"),
        ("replica-lag", "> 60"),
        ("cache-hits", "< 80"),
    ] {
        let policy = google.of("google_monitoring_alert_policy", &format!("alarm_{alarm}"))?.to_string();
        assert!(policy.contains(bound), "{alarm}: {policy}");
    }
    let azure = Azure::rendered()?;
    let alerts = "Microsoft.Insights/metricAlerts";
    // Seen on average there, and in milliseconds; the share of errors and the replica's lag have their reasons in the file.
    for (alarm, threshold) in [("api-errors", 10), ("api-latency", 500), ("api-cpu", 80), ("database-connections", 80)]
    {
        let criterion = &azure.one(&format!("alarm.{alarm}"), alerts)?["properties"]["criteria"]["allOf"][0];
        assert_eq!(criterion["threshold"], threshold, "{alarm}");
    }
    assert_eq!(azure.one("budget.month", "Microsoft.Consumption/budgets")?["properties"]["amount"], 5000);
    Ok(())
}

#[test]
fn secrets_are_never_among_the_plain_variables() -> Outcome<()> {
    let aws = Production::of("entmoot/prod-aws")?;
    let held = |part: &str| -> Outcome<BTreeSet<String>> {
        let list = aws.property("ServiceApiTask", &format!("ContainerDefinitions/0/{part}"))?.as_array();
        Ok(list.into_iter().flatten().filter_map(|one| one["Name"].as_str()).map(str::to_owned).collect())
    };
    let secret = ["REDIS_LOGIN", "SECRET_KEY", "SENTRY_DSN", "SMTP_PASSWORD"].map(str::to_owned).into();
    assert_eq!(held("Secrets")?, secret);
    let plain = held("Environment")?;
    assert!(plain.is_disjoint(&secret), "{plain:?}");
    for name in ["API_WORKERS", "AWS_S3_BUCKET", "DATABASE_POOL_SIZE", "REDIS_SESSION_EXPIRY", "UVICORN_WORKERS"] {
        assert!(plain.contains(name), "{name}");
    }
    Ok(())
}

#[test]
fn a_workload_on_google_cloud_logs_in_as_the_user_of_its_own_account() -> Outcome<()> {
    let google = Google::rendered()?;
    for (kind, name) in
        [("google_cloud_run_v2_service", "service_api"), ("google_cloud_run_v2_worker_pool", "service_worker")]
    {
        let account = &google.of("google_service_account", name)?["account_id"];
        let user = format!("{}@entmoot-prod.iam", account.as_str().ok_or("no account")?);
        let variables = &google.of(kind, name)?["template"]["containers"]["env"];
        let given = variables.as_array().into_iter().flatten().find(|one| one["name"] == "DATABASE_USER");
        assert_eq!(given.map(|one| &one["value"]), Some(&json!(user)), "{name}");
    }
    Ok(())
}

/// The guide's phases of logs: hot for 7 days, warm to 30, cold to 365, then deleted.
#[test]
fn logs_are_hot_for_a_week_then_warm_then_cold_and_deleted_after_a_year() -> Outcome<()> {
    let aws = document("entmoot/prod-aws")?;
    let resources = aws["Resources"].as_object().ok_or("no resources")?;
    let of = |kind: &str| -> Vec<&Value> { resources.values().filter(|one| one["Type"] == kind).collect() };
    let handed: BTreeSet<&str> = of("AWS::Logs::SubscriptionFilter")
        .iter()
        .filter_map(|one| one["Properties"]["LogGroupName"]["Ref"].as_str())
        .collect();
    assert!(handed.len() >= 3, "{handed:?}");
    for group in &handed {
        assert_eq!(resources[*group]["Properties"]["RetentionInDays"], 7, "{group}");
    }
    for (id, one) in resources.iter().filter(|(_, one)| one["Type"] == "AWS::Logs::LogGroup") {
        assert!(
            handed.contains(id.as_str()) || one["Metadata"]["Landfall"]["Component"] == "network",
            "{id} loses its logs"
        );
    }
    let phases = &resources["LogsArchive"]["Properties"]["LifecycleConfiguration"]["Rules"][0];
    assert_eq!(phases["Transitions"], json!([{ "StorageClass": "GLACIER", "TransitionInDays": 30 }]));
    assert_eq!(phases["ExpirationInDays"], 365);
    let access = &resources["LogsAccess"]["Properties"]["LifecycleConfiguration"]["Rules"][0];
    assert_eq!(access["Transitions"][0]["TransitionInDays"], 30, "a load balancer's are logs too");

    let google = Google::rendered()?;
    assert_eq!(google.of("google_logging_project_bucket_config", "logs")?["retention_days"], 7);
    let rules = &google.of("google_storage_bucket", "logs_archive")?["lifecycle_rule"];
    assert_eq!(rules[0]["action"]["storage_class"], "COLDLINE");
    assert_eq!((&rules[0]["condition"]["age"], &rules[1]["condition"]["age"]), (&json!(30), &json!(365)));
    let (hot, cold) = ("logs", "logs_archive");
    let sink = |name| google.of("google_logging_project_sink", name);
    assert_eq!(sink(hot)?["filter"], sink(cold)?["filter"], "both get the same");

    // Azure keeps them where they are, and says so.
    let azure = Azure::rendered()?;
    assert_eq!(azure.one("logs", "Microsoft.OperationalInsights/workspaces")?["properties"]["retentionInDays"], 365);
    let findings =
        Case { target: "entmoot/prod-azure".parse()?, above: root().to_owned() }.rendered(Form::Json)?.findings;
    assert_eq!(findings.iter().filter(|finding| finding.code == "azure-log-phases").count(), 2, "{findings:#?}");
    Ok(())
}
