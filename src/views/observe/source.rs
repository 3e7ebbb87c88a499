//! Whom a page asks, as Grafana knows it: the plugins for the three clouds come with it.

use serde::Serialize;

use super::dashboard::short;
use crate::page::Source;

/// A data source.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Told {
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) plugin: &'static str,
    /// Its settings, in the plugin's words: it signs in as the machine that Grafana runs on.
    settings: Vec<(&'static str, String)>,
}

/// The plugin that asks it.
pub(super) fn plugin(source: &Source) -> &'static str {
    match source {
        Source::CloudWatch { .. } => "cloudwatch",
        Source::CloudMonitoring { .. } => "stackdriver",
        Source::AzureMonitor { .. } => "grafana-azure-monitor-datasource",
    }
}

/// A data source as a provisioning file has it (Grafana documentation, "Provision the data source", by plugin).
pub(super) fn told(source: &Source) -> Told {
    let (name, word, settings) = match source {
        Source::CloudWatch { account, region } => (
            format!("CloudWatch {account} {region}"),
            format!("aws-{account}-{region}"),
            vec![("authType", "default".to_owned()), ("defaultRegion", region.clone())],
        ),
        Source::CloudMonitoring { project } => (
            format!("Cloud Monitoring {project}"),
            format!("gcp-{project}"),
            vec![("authenticationType", "gce".to_owned()), ("defaultProject", project.clone())],
        ),
        Source::AzureMonitor { subscription } => (
            format!("Azure Monitor {subscription}"),
            format!("azure-{subscription}"),
            vec![
                ("azureAuthType", "msi".to_owned()),
                ("cloudName", "azuremonitor".to_owned()),
                ("subscriptionId", subscription.clone()),
            ],
        ),
    };
    Told { name, uid: short(&format!("landfall-{word}")), plugin: plugin(source), settings }
}
