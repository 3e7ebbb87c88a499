//! StormOps on Azure: the figures of its table, read from what is rendered.

use landfall::clouds::Form;
use serde_json::{Value, json};

use crate::case::{Case, Outcome, root};

/// The rendered template of production on Azure.
struct Production(Vec<Value>);

impl Production {
    fn rendered() -> Outcome<Self> {
        let case = Case { target: "stormops/prod-azure".parse()?, above: root().to_owned() };
        let template: Value = serde_json::from_str(&case.rendered(Form::Json)?.document)?;
        Ok(Self(template["resources"].as_array().ok_or("no resources")?.clone()))
    }

    /// The resources of a component and a type.
    fn of(&self, component: &str, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|one| one["comments"] == component && one["type"] == kind).collect()
    }

    /// The only one.
    fn one(&self, component: &str, kind: &str) -> Outcome<&Value> {
        match self.of(component, kind).as_slice() {
            [one] => Ok(one),
            several => Err(format!("{} resources {kind} of {component}", several.len()).into()),
        }
    }
}

#[test]
fn the_database_has_its_size_a_standby_and_a_replica_and_is_opened_by_identities() -> Outcome<()> {
    let production = Production::rendered()?;
    let servers = production.of("database.main", "Microsoft.DBforPostgreSQL/flexibleServers");
    let [main, replica] = servers.as_slice() else { return Err("two servers".into()) };
    assert_eq!(main["sku"], json!({ "name": "Standard_E8ds_v5", "tier": "MemoryOptimized" }));
    let properties = &main["properties"];
    assert_eq!(properties["version"], "16");
    assert_eq!(properties["storage"]["storageSizeGB"], 512);
    // 3,000 operations a second are the next tier's.
    assert_eq!(properties["storage"]["tier"], "P30");
    assert_eq!(properties["highAvailability"]["mode"], "ZoneRedundant");
    assert_eq!(properties["backup"]["backupRetentionDays"], 30);
    assert_eq!(properties["network"]["publicNetworkAccess"], "Disabled");
    assert_eq!(properties["authConfig"]["passwordAuth"], "Disabled");
    assert_eq!(replica["properties"]["createMode"], "Replica");
    let settings = production.of("database.main", "Microsoft.DBforPostgreSQL/flexibleServers/configurations");
    assert_eq!(settings[0]["properties"]["value"], "POSTGIS");
    Ok(())
}

#[test]
fn each_function_is_a_job_with_its_memory_and_time_and_an_identity_of_its_own() -> Outcome<()> {
    let production = Production::rendered()?;
    for (name, handler, cpu, memory, timeout) in [
        ("earth2-ingestion", "ingest", json!("[json('1.5')]"), "3Gi", 900),
        ("proposal-engine", "propose", json!("[json('0.5')]"), "1Gi", 300),
        ("route-optimizer", "route", json!(1), "2Gi", 600),
        ("crm-integration", "crm", json!("[json('0.5')]"), "1Gi", 300),
    ] {
        let component = format!("function.{name}");
        let job = production.one(&component, "Microsoft.App/jobs")?;
        assert_eq!(job["properties"]["configuration"]["replicaTimeout"], timeout, "{name}");
        let container = &job["properties"]["template"]["containers"][0];
        assert_eq!(container["args"], json!([handler]), "{name}");
        assert_eq!(container["resources"], json!({ "cpu": cpu, "memory": memory }), "{name}");
        production.one(&component, "Microsoft.ManagedIdentity/userAssignedIdentities")?;
        for role in production.of(&component, "Microsoft.Authorization/roleAssignments") {
            let scope = role["scope"].as_str().unwrap_or_default();
            assert!(scope.starts_with("[resourceId('Microsoft."), "{name} has a role on {scope}");
        }
    }
    let clock = production.one("schedule.earth2-ingestion", "Microsoft.App/jobs")?;
    assert_eq!(clock["properties"]["configuration"]["scheduleTriggerConfig"]["cronExpression"], "*/15 * * * *");
    Ok(())
}

#[test]
fn the_dashboard_service_has_two_copies_and_stands_behind_a_firewall() -> Outcome<()> {
    let production = Production::rendered()?;
    let app = &production.one("service.ui", "Microsoft.App/containerApps")?["properties"];
    assert_eq!(app["template"]["containers"][0]["resources"], json!({ "cpu": 1, "memory": "2Gi" }));
    assert_eq!(app["template"]["scale"]["minReplicas"], 2);
    let rules: Vec<&Value> = app["template"]["scale"]["rules"].as_array().into_iter().flatten().collect();
    assert_eq!(rules[0]["custom"]["metadata"]["value"], "70");
    assert_eq!(app["configuration"]["ingress"]["targetPort"], 8501);
    assert_eq!(app["configuration"]["secrets"][0]["name"], "secret-ui-key");
    let route = &production.one("service.ui", "Microsoft.Cdn/profiles/afdEndpoints/routes")?["properties"];
    assert_eq!(route["httpsRedirect"], "Enabled");
    let firewall = "Microsoft.Network/FrontDoorWebApplicationFirewallPolicies";
    assert_eq!(production.one("service.ui", firewall)?["properties"]["policySettings"]["mode"], "Prevention");
    Ok(())
}

#[test]
fn breaches_errors_use_and_silence_are_told() -> Outcome<()> {
    let production = Production::rendered()?;
    let rules = "Microsoft.Insights/scheduledQueryRules";
    for (alarm, metric, operator, threshold) in [
        ("sla-breaches", "SLABreaches", "GreaterThan", 10),
        ("database-errors", "DatabaseErrors", "GreaterThan", 5),
        ("forecast-missing", "ForecastsIngested", "LessThan", 1),
        ("database-cpu", "cpu_percent", "GreaterThan", 80),
        ("ui-memory", "MemoryPercentage", "GreaterThan", 80),
        ("earth2-ingestion-duration", "ContainerGroupName", "GreaterThan", 720),
    ] {
        let rule = &production.one(&format!("alarm.{alarm}"), rules)?["properties"];
        let criterion = &rule["criteria"]["allOf"][0];
        assert!(criterion["query"].as_str().is_some_and(|query| query.contains(metric)), "{alarm}");
        assert_eq!((&criterion["operator"], &criterion["threshold"]), (&json!(operator), &json!(threshold)), "{alarm}");
        assert_eq!(rule["actions"]["actionGroups"].as_array().map(Vec::len), Some(1), "{alarm}");
    }
    let connections = &production.one("alarm.database-connections", "Microsoft.Insights/metricAlerts")?["properties"];
    assert_eq!(connections["criteria"]["allOf"][0]["metricName"], "active_connections");
    assert_eq!(connections["criteria"]["allOf"][0]["threshold"], 80);
    let budget = &production.one("budget.month", "Microsoft.Consumption/budgets")?["properties"];
    assert_eq!(budget["amount"], 3300);
    Ok(())
}
