//! The page of graphs about what is asked from outside, for Grafana with the Prometheus that asks as its source.

use serde_json::{Value, json};

use super::Asked;
use crate::views::observe::grafana::{self, COLUMNS, Head, thresholds};

/// The plugin that is asked.
const PLUGIN: &str = "prometheus";

/// The rows that one probe takes.
const HEIGHT: usize = 7;
/// How long a month is, for the share of it in which the answer was right.
const MONTH: &str = "30d";
/// Days that a certificate may be short of. Ours: Let's Encrypt renews at 30, so that one of 14 was not renewed and there is time left.
const RENEW: u32 = 14;
/// The shares of a month below which a probe is red, and orange. Ours: seven hours without an answer, and 43 minutes.
const SHARES: [f64; 2] = [0.99, 0.999];

/// The page, with a row a probe: whether it answers, how much of a month it did, how long the certificate lasts, how long answers take.
pub(super) fn dashboard(probes: &[Asked]) -> Value {
    let panels: Vec<Value> = probes.iter().enumerate().flat_map(|(row, probe)| panels(row, probe)).collect();
    let head = Head { uid: "landfall-probes", title: "Asked from outside", verb: "probe", refresh: "1m" };
    grafana::page(&head, grafana::chosen(PLUGIN), Vec::new(), panels)
}

fn panels(row: usize, probe: &Asked) -> [Value; 4] {
    let job = format!("{{job=\"{}\"}}", probe.name);
    let name = format!("{} {}", probe.target, probe.probe);
    let answers = json!([
        { "type": "value", "options": { "0": { "text": "no", "color": "red", "index": 0 }, "1": { "text": "yes", "color": "green", "index": 1 } } },
    ]);
    let now = Stat { unit: "none", steps: &[(None, "red"), (Some(1.0), "green")], mappings: answers };
    let month = Stat {
        unit: "percentunit",
        steps: &[(None, "red"), (Some(SHARES[0]), "orange"), (Some(SHARES[1]), "green")],
        mappings: json!([]),
    };
    let renew = f64::from(RENEW) * 86_400.0;
    let certificate = Stat { unit: "s", steps: &[(None, "red"), (Some(renew), "green")], mappings: json!([]) };
    let place = |column: usize, width: usize| Place { id: row * 4 + 1, row, column, width };
    let expires = format!("probe_ssl_earliest_cert_expiry{job} - time()");
    let mut slow = panel(
        place(12, COLUMNS - 12).next(3),
        &format!("{name}: how long an answer takes"),
        &format!("probe_duration_seconds{job}"),
        "timeseries",
    );
    slow["description"] = json!(format!("{}: an answer that takes longer than {} s is none.", probe.url, probe.within));
    slow["fieldConfig"] = json!({
        "defaults": {
            "unit": "s",
            "min": 0,
            "custom": { "thresholdsStyle": { "mode": "line" } },
            "thresholds": thresholds(&[(None, "green"), (Some(probe.within as f64), "red")]),
        },
        "overrides": [],
    });
    [
        now.panel(place(0, 4), &format!("{name}: answers"), &format!("probe_success{job}")),
        month.panel(
            place(4, 4).next(1),
            &format!("{name}: answered, {MONTH}"),
            &format!("avg_over_time(probe_success{job}[{MONTH}])"),
        ),
        certificate.panel(place(8, 4).next(2), &format!("{name}: certificate lasts"), &expires),
        slow,
    ]
}

/// Where a panel stands.
#[derive(Clone, Copy)]
struct Place {
    id: usize,
    row: usize,
    column: usize,
    width: usize,
}

impl Place {
    /// The same place, of a panel so many further on.
    const fn next(self, further: usize) -> Self {
        Self { id: self.id + further, ..self }
    }
}

/// One figure.
struct Stat<'a> {
    unit: &'a str,
    steps: &'a [(Option<f64>, &'a str)],
    mappings: Value,
}

impl Stat<'_> {
    fn panel(self, place: Place, title: &str, query: &str) -> Value {
        let mut panel = panel(place, title, query, "stat");
        panel["fieldConfig"] = json!({
            "defaults": {
                "unit": self.unit,
                "mappings": self.mappings,
                "thresholds": thresholds(self.steps),
            },
            "overrides": [],
        });
        panel["options"] = json!({
            "colorMode": "background",
            "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
        });
        panel
    }
}

fn panel(place: Place, title: &str, query: &str, kind: &str) -> Value {
    let source = grafana::asked(PLUGIN);
    json!({
        "id": place.id,
        "type": kind,
        "title": title,
        "datasource": source,
        "gridPos": { "x": place.column, "y": place.row * HEIGHT, "w": place.width, "h": HEIGHT },
        "targets": [{ "refId": "A", "datasource": source, "expr": query }],
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn asked(name: &str) -> Asked {
        let text = name.to_owned();
        Asked {
            name: text.clone(),
            target: "shop/dev".to_owned(),
            system: "shop".to_owned(),
            environment: "dev".to_owned(),
            probe: text,
            url: "https://shop.example.com/health".to_owned(),
            status: 200,
            within: 2,
            patience: 3,
            every: 60,
            failures: 3,
            wait: 120,
            silence: 300,
        }
    }

    #[test]
    fn panels_stand_beside_each_other_and_each_has_an_id_of_its_own() {
        let page = dashboard(&[asked("one"), asked("two")]);
        let panels = page["panels"].as_array().unwrap();
        let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
        assert_eq!((panels.len(), ids.len()), (8, 8));
        let mut cells = BTreeSet::new();
        for panel in panels {
            let figure = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            for x in figure("x")..figure("x") + figure("w") {
                assert!(x < 24 && cells.insert((x, figure("y"))), "{panel:#}");
            }
        }
        assert_eq!(cells.len(), 48);
    }

    #[test]
    fn the_longest_answer_is_a_line_in_the_graph() {
        let page = dashboard(&[asked("one")]);
        assert_eq!(page["panels"][3]["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"], 2.0);
        assert_eq!(page["panels"][0]["targets"][0]["expr"], "probe_success{job=\"one\"}");
    }
}
