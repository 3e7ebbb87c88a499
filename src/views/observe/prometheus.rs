//! The files of a Prometheus that stands in a target's network: who is asked, the rules, and what starts it and its exporters.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::value::Serde;
use minijinja::{Environment, Error, Value, context};
use serde::Serialize;

use super::{Beside, alertmanager};
use crate::model::placement::Target;
use crate::scrape::{Asked, Coverage, Covered, EVERY, Job, REPLICA, Rule, Scrape, Variable};

const TEXTS: &[(&str, &str)] = &[
    ("addresses.sh", include_str!("../../../templates/observe/prometheus/addresses.sh")),
    ("compose.yaml", include_str!("../../../templates/observe/prometheus/compose.yaml")),
    ("prometheus.yml", include_str!("../../../templates/observe/prometheus/prometheus.yml")),
    ("rules.yml", include_str!("../../../templates/observe/prometheus/rules.yml")),
];

/// The images of what is started (as their makers name them; remembered, and seen in others' compose files).
#[derive(Serialize)]
struct Images {
    prometheus: &'static str,
    postgres: &'static str,
    redis: &'static str,
    alertmanager: &'static str,
}

const IMAGES: Images = Images {
    prometheus: "prom/prometheus:v3.5.0",
    postgres: "quay.io/prometheuscommunity/postgres-exporter:v0.17.1",
    redis: "oliver006/redis_exporter:v1.74.0",
    alertmanager: "prom/alertmanager:v0.28.1",
};

/// The port of postgres_exporter (its README, `web.listen-address`).
const POSTGRES: u16 = 9187;
/// The port of redis_exporter (its README, `web.listen-address`).
const REDIS: u16 = 9121;

/// A job as the texts have it.
#[derive(Serialize)]
struct Asks<'a> {
    name: &'a str,
    component: &'a str,
    path: Option<&'a str>,
    file: Option<String>,
    exporters: Vec<Exporter<'a>>,
}

#[derive(Clone, Serialize)]
struct Exporter<'a> {
    name: String,
    listens: u16,
    role: Option<&'static str>,
    host: &'a str,
    port: u16,
    holds: Option<&'a str>,
    secret: String,
    authority: bool,
}

/// What finds copies of a service.
#[derive(Serialize)]
struct Finder<'a> {
    name: String,
    component: &'a str,
    file: String,
    image: &'static str,
    needs: &'static str,
    settings: Vec<(&'a str, &'a str)>,
    variables: Vec<&'a str>,
    script: String,
}

#[derive(Serialize)]
struct Rings<'a> {
    name: &'a str,
    expression: &'a str,
    wait: u64,
    labels: Vec<(&'a str, &'a str)>,
    summary: String,
    description: String,
}

/// The files of a target by their names.
///
/// # Errors
/// Where a text of ours asks for what isn't there.
pub(super) fn files(
    texts: &Environment<'_>,
    target: &Target,
    scrape: &Scrape,
    beside: &Beside,
) -> Result<BTreeMap<String, String>, Error> {
    let Scrape { jobs, rules, alarms, unasked, stands } = scrape;
    let asks: Vec<Asks<'_>> = jobs.iter().map(asks).collect();
    let exporters: Vec<&Exporter<'_>> = asks.iter().flat_map(|job| &job.exporters).collect();
    let finders: Vec<Finder<'_>> = jobs.iter().filter_map(finder).collect();
    let (mut near, mut unmeasured) = (Vec::new(), Vec::new());
    for Covered { alarm, how } in alarms {
        match how {
            Coverage::Same => {}
            Coverage::Near(how) => near.push((alarm, how)),
            Coverage::Not(why) => unmeasured.push((alarm, why)),
        }
    }
    let values = context!(
        target => target.to_string(),
        system => target.system.to_string(),
        environment => target.environment.to_string(),
        stack => folder(target),
        every => EVERY,
        alertmanager => beside.alertmanager.clone(),
        pagerduty => beside.pagerduty.clone(),
        images => Value::from(Serde(&IMAGES)),
        jobs => Value::from(Serde(&asks)),
        exporters => Value::from(Serde(&exporters)),
        finders => Value::from(Serde(&finders)),
        variables => Value::from(Serde(&variables(jobs))),
        secrets => Value::from(Serde(&secrets(jobs))),
        rules => Value::from(Serde(&rules.iter().map(rings).collect::<Vec<_>>())),
        near => Value::from(Serde(&near)),
        unmeasured => Value::from(Serde(&unmeasured)),
        unasked => Value::from(Serde(&unasked)),
        stands => Value::from(Serde(&stands)),
    );
    let mut files = BTreeMap::new();
    for (name, text) in TEXTS {
        files.insert((*name).to_owned(), texts.render_str(text, values.clone())?);
    }
    files.insert(".gitignore".to_owned(), ".env\nsecrets/\n".to_owned());
    if let Some(key) = &beside.pagerduty {
        let stands = format!("that stands in the network of {target}");
        files.insert(alertmanager::NAME.to_owned(), alertmanager::written(texts, "observe", &stands, key)?);
    }
    Ok(files)
}

/// The folder of a target's files.
pub(super) fn folder(target: &Target) -> String {
    format!("{}-{}", target.system, target.environment)
}

/// A component as a name of containers and files: `database-main`.
fn plain(component: &str) -> String {
    component.replace('.', "-")
}

fn asks(job: &Job) -> Asks<'_> {
    let Job { name, component, asked } = job;
    let of = plain(component);
    let (mut path, mut file, mut exporters) = (None, None, Vec::new());
    match asked {
        Asked::Copies { path: asked, .. } => {
            path = Some(asked.as_str());
            file = Some(format!("targets/{of}.json"));
        }
        Asked::Database { holds, port, servers } => {
            exporters.extend(servers.iter().enumerate().map(|(number, server)| Exporter {
                name: if server.role == REPLICA { format!("{of}-replica-{number}") } else { format!("{of}-primary") },
                listens: POSTGRES,
                role: Some(server.role),
                host: &server.host.name,
                port: *port,
                holds: Some(holds),
                secret: of.clone(),
                authority: false,
            }));
        }
        Asked::Cache { port, host, authority } => exporters.push(Exporter {
            name: of.clone(),
            listens: REDIS,
            role: None,
            host: &host.name,
            port: *port,
            holds: None,
            secret: of,
            authority: authority.is_some(),
        }),
    }
    Asks { name, component, path, file, exporters }
}

fn finder(job: &Job) -> Option<Finder<'_>> {
    let Asked::Copies { discovery, .. } = &job.asked else { return None };
    let of = plain(&job.component);
    Some(Finder {
        name: format!("{of}-copies"),
        component: &job.component,
        file: of,
        image: discovery.image,
        needs: discovery.needs,
        settings: discovery.settings.iter().map(|(name, value)| (*name, value.as_str())).collect(),
        variables: discovery.variables.iter().map(|variable| variable.name.as_str()).collect(),
        // Compose would fill it in itself.
        script: discovery.script.replace('$', "$$"),
    })
}

/// Every variable once, with the command that tells it.
fn variables(jobs: &[Job]) -> BTreeMap<&str, &str> {
    fn told(variable: &Variable) -> (&str, &str) {
        (&variable.name, &variable.command)
    }
    let mut all = BTreeMap::new();
    for job in jobs {
        match &job.asked {
            Asked::Copies { discovery, .. } => all.extend(discovery.variables.iter().map(told)),
            Asked::Database { servers, .. } => all.extend(servers.iter().map(|server| told(&server.host))),
            Asked::Cache { host, .. } => all.extend([told(host)]),
        }
    }
    all
}

/// Every file that holds a secret, with what it holds.
fn secrets(jobs: &[Job]) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for job in jobs {
        let of = plain(&job.component);
        match &job.asked {
            Asked::Copies { .. } => {}
            Asked::Database { .. } => {
                all.insert((of, format!("The password of the user exporter of {}.", job.component)));
            }
            Asked::Cache { port, host, authority } => {
                if let Some(command) = authority {
                    all.insert((
                        format!("{of}-authority"),
                        format!("The certificate that {}'s own is from, no secret: {command}", job.component),
                    ));
                }
                all.insert((
                    of,
                    format!(
                        "The token of {}, as {{\"rediss://HOST:{port}\": \"TOKEN\"}} with the host that is {}.",
                        job.component, host.name
                    ),
                ));
            }
        }
    }
    all
}

fn rings(rule: &Rule) -> Rings<'_> {
    let value = if rule.valued { " It is {{ $value | humanize }} now." } else { "" };
    Rings {
        name: &rule.name,
        expression: &rule.expression,
        wait: rule.wait,
        labels: rule.labels.iter().map(|(name, value)| (*name, value.as_str())).collect(),
        summary: quoted(&literal(&rule.summary)),
        description: quoted(&format!("{}{value}", literal(&rule.description))),
    }
}

/// A text in which Prometheus fills in nothing.
fn literal(text: &str) -> String {
    text.replace("{{", r#"{{ "{{" }}"#)
}

/// A text in quotes, as YAML takes JSON's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_query_in_a_text_stays_a_text() {
        assert_eq!(quoted(&literal("say \"{{ .X }}\"")), r#""say \"{{ \"{{\" }} .X }}\"""#);
    }
}
