//! Metrics: counted once, told twice — CloudWatch's embedded metric format on standard output, Prometheus on `/metrics`.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::Serialize;
use serde_json::json;

/// The namespace that the deployer's alarms watch.
pub const NAMESPACE: &str = "StormOps";

/// What is counted or measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Metric {
    /// Clocks that ran out: a lead, a route or a first contact came too late.
    SLABreaches,
    /// Statements or connections that failed.
    DatabaseErrors,
    /// Forecast runs laid on the grid.
    ForecastsIngested,
    /// Forecast runs that show hail, or its proxy, over the grid.
    HailAlerts,
    /// Seconds from a forecast's arrival to its leads.
    LeadLatency,
    /// Seconds from the leads to their routes.
    RouteLatency,
    /// Records handed to the customer system or given up.
    CrmSyncs,
    /// Of those, the ones that arrived.
    CrmSyncsDone,
    /// Leads contacted for the first time.
    FirstContacts,
    /// Of those, the ones within fifteen minutes.
    FirstContactsInTime,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::SLABreaches,
        Self::DatabaseErrors,
        Self::ForecastsIngested,
        Self::HailAlerts,
        Self::LeadLatency,
        Self::RouteLatency,
        Self::CrmSyncs,
        Self::CrmSyncsDone,
        Self::FirstContacts,
        Self::FirstContactsInTime,
    ];

    /// Its name in the namespace.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// Its unit, in CloudWatch's words.
    pub fn unit(self) -> &'static str {
        match self {
            Self::LeadLatency | Self::RouteLatency => "Seconds",
            _ => "Count",
        }
    }

    /// Name, name at Prometheus, help.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::SLABreaches => ("SLABreaches", "stormops_sla_breaches", "Clocks that ran out"),
            Self::DatabaseErrors => {
                ("DatabaseErrors", "stormops_database_errors", "Statements or connections that failed")
            }
            Self::ForecastsIngested => {
                ("ForecastsIngested", "stormops_forecasts_ingested", "Forecast runs laid on the grid")
            }
            Self::HailAlerts => ("HailAlerts", "stormops_hail_alerts", "Forecast runs that show hail or its proxy"),
            Self::LeadLatency => {
                ("LeadLatency", "stormops_lead_latency_seconds", "From a forecast's arrival to its leads")
            }
            Self::RouteLatency => ("RouteLatency", "stormops_route_latency_seconds", "From the leads to their routes"),
            Self::CrmSyncs => ("CrmSyncs", "stormops_crm_syncs", "Records handed over or given up"),
            Self::CrmSyncsDone => ("CrmSyncsDone", "stormops_crm_syncs_done", "Records that arrived"),
            Self::FirstContacts => ("FirstContacts", "stormops_first_contacts", "Leads contacted for the first time"),
            Self::FirstContactsInTime => {
                ("FirstContactsInTime", "stormops_first_contacts_in_time", "Of those, within 15 minutes")
            }
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    sum: f64,
    count: u64,
}

/// Counts, and tells each count as it is made.
pub struct Meter {
    tallies: Mutex<BTreeMap<Metric, Tally>>,
    out: Mutex<Box<dyn Write + Send>>,
}

impl Meter {
    /// A meter that writes its lines to `out`.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self { tallies: Mutex::default(), out: Mutex::new(Box::new(out)) }
    }

    /// Adds `value` to `metric`; nothing is told of counts of nought. The line carries no dimension, as an alarm on the
    /// name alone expects. A line that cannot be written is lost: work does not stop for it.
    pub fn add(&self, metric: Metric, value: f64) {
        if value == 0.0 && metric.unit() == "Count" {
            return;
        }
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = tallies.entry(metric).or_default();
        tally.sum += value;
        tally.count += 1;
        drop(tallies);
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let line = json!({
            "_aws": {
                "Timestamp": at as u64,
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [[]],
                    "Metrics": [{"Name": metric.name(), "Unit": metric.unit()}],
                }],
            },
            metric.name(): value,
        });
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // One write a line, so that lines of several processes do not mix.
        let _lost = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
    }

    /// What was added to `metric` so far.
    pub fn sum(&self, metric: Metric) -> f64 {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).get(&metric).map_or(0.0, |tally| tally.sum)
    }

    /// Everything counted so far, in Prometheus' text format.
    pub fn prometheus(&self) -> String {
        let tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        for metric in Metric::ALL {
            let (_, name, help) = metric.words();
            let Tally { sum, count } = tallies.get(&metric).copied().unwrap_or_default();
            text += &if metric.unit() == "Seconds" {
                format!("# HELP {name} {help}\n# TYPE {name} summary\n{name}_sum {sum}\n{name}_count {count}\n")
            } else {
                format!("# HELP {name}_total {help}\n# TYPE {name}_total counter\n{name}_total {sum}\n")
            };
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Meter, Metric};
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_count_is_one_line_that_an_alarm_without_dimensions_matches() {
        let page = Page::default();
        let meter = Meter::new(page.clone());
        meter.add(Metric::SLABreaches, 3.0);
        meter.add(Metric::DatabaseErrors, 0.0);
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1);
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["SLABreaches"], 3.0);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "StormOps");
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], serde_json::json!([[]]));
    }

    #[test]
    fn prometheus_sees_every_metric_from_the_start() {
        let meter = Meter::new(std::io::sink());
        meter.add(Metric::LeadLatency, 1.5);
        meter.add(Metric::LeadLatency, 2.0);
        let text = meter.prometheus();
        assert!(text.contains("stormops_lead_latency_seconds_sum 3.5\nstormops_lead_latency_seconds_count 2\n"));
        assert!(text.contains("stormops_sla_breaches_total 0\n"));
        assert_eq!(text.matches("# TYPE").count(), Metric::ALL.len());
    }
}
