//! What Prometheus is asked for a measurement, in PromQL.
//!
//! Services are taken to name what they tell as client libraries and their companions do: `http_requests_total` with `status`,
//! `http_request_duration_seconds`, `process_cpu_seconds_total` (Prometheus' documentation, "Metric and label naming", "Writing client
//! libraries"). Databases are asked by postgres_exporter (`cmd/postgres_exporter/queries.go`, `collector/pg_database.go`, `pg_wal.go`,
//! `pg_replication.go`), caches by redis_exporter (`exporter/metrics.go` and the `INFO` of the store).

use std::collections::BTreeSet;

use crate::clouds::promql::{self, distribution, of_levels, quoted};
use crate::clouds::scrape::{Jobs, Refusal};
use crate::model::alarm::MetricMath;
use crate::model::expression::Expression;
use crate::model::metric::{EmittedMetric, MeasuredMetric, Measurement, Metric, Statistic};
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;
use crate::scrape::{EVERY, PRIMARY, REPLICA};

/// How far back a rate is taken, seconds: four questions, so that one may fail (Prometheus' documentation, "Query functions", `rate`, wants
/// two points).
const RATE: u64 = 4 * EVERY;

/// A figure of the last interval, in the model's units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// The query.
    pub(super) query: String,
    /// The series without which it has no value, with whose they are.
    pub(super) reads: BTreeSet<Series>,
    /// How it differs from what the cloud measures.
    pub(super) near: BTreeSet<String>,
}

/// Series of a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Series {
    /// The component.
    pub(super) component: String,
    /// Their name.
    pub(super) name: String,
    /// What chooses them.
    pub(super) selector: String,
}

impl Value {
    fn of<const N: usize>(query: String, reads: [Series; N]) -> Value {
        Value { query, reads: reads.into(), near: BTreeSet::new() }
    }

    fn near(mut self, how: &str) -> Value {
        self.near.insert(how.to_owned());
        self
    }
}

/// Who asks for values.
pub(super) struct Asking<'a> {
    pub(super) stack: &'a Stack,
    pub(super) jobs: &'a Jobs,
}

impl Asking<'_> {
    /// The value of a metric over the last interval, so many seconds long.
    ///
    /// # Errors
    /// Why Prometheus doesn't measure it there.
    pub(super) fn metric(&self, metric: &Metric, statistic: Statistic, seconds: u64) -> Result<Value, Refusal> {
        match metric {
            Metric::Measured(metric) => self.measured(metric, statistic, seconds),
            Metric::Emitted(metric) => self.emitted(metric, statistic, seconds),
        }
    }

    /// The value of arithmetic over the last interval.
    ///
    /// # Errors
    /// As [`Asking::metric`].
    pub(super) fn math(&self, math: &MetricMath, seconds: u64) -> Result<Value, Refusal> {
        let expression = Expression::parse(&math.expression).map_err(|error| error.to_string())?;
        let (mut reads, mut near) = (BTreeSet::new(), BTreeSet::new());
        let query = promql::arithmetic(&expression, &mut |name| {
            let term = math.terms.get(name).ok_or_else(|| format!("`{name}` is no term of it"))?;
            let value = self.metric(&term.metric, term.statistic, seconds)?;
            reads.extend(value.reads);
            near.extend(value.near);
            Ok((value.query, term.statistic))
        })?;
        Ok(Value { query, reads, near })
    }

    /// Series of a component that is asked.
    fn series(&self, of: &Reference, name: &str, more: &str) -> Result<Series, Refusal> {
        let job = match self.jobs.get(of) {
            Some(Ok(job)) => job,
            Some(Err(why)) => return Err(why.clone()),
            None => return Err(format!("there is no `{of}`")),
        };
        let selector = format!("{name}{{job={}{more}}}", quoted(&job.name));
        Ok(Series { component: of.to_string(), name: name.to_owned(), selector })
    }

    fn measured(&self, metric: &MeasuredMetric, statistic: Statistic, seconds: u64) -> Result<Value, Refusal> {
        match metric.of.kind {
            Kind::Service => self.of_service(&metric.of, metric.name, statistic, seconds),
            Kind::Database => self.of_database(&metric.of, metric.name, statistic, seconds),
            Kind::Cache => self.of_cache(&metric.of, metric.name, statistic, seconds),
            Kind::Alarm
            | Kind::Api
            | Kind::Artifact
            | Kind::Bucket
            | Kind::Budget
            | Kind::CostAnomaly
            | Kind::Dashboard
            | Kind::Function
            | Kind::Queue
            | Kind::Registry
            | Kind::Schedule
            | Kind::Secret
            | Kind::Setting
            | Kind::Site
            | Kind::Topic => {
                Err(format!("nothing in the network tells what `{}` does: only the cloud counts it", metric.of))
            }
        }
    }

    fn of_service(
        &self,
        of: &Reference,
        name: Measurement,
        statistic: Statistic,
        seconds: u64,
    ) -> Result<Value, Refusal> {
        const COUNTED: &str =
            "as its copies count: what never reached one isn't in it, nor what a copy counts first of its kind";
        const OWN: &str =
            "of each copy's own process, as its client library tells: other processes of a copy aren't in it";
        let service = self.stack.services.get(&of.name).ok_or_else(|| format!("there is no `{of}`"))?;
        match name {
            Measurement::Requests | Measurement::Errors => {
                let all = self.series(of, "http_requests_total", "")?;
                let failed = if name == Measurement::Errors { ",status=~\"5..\"" } else { "" };
                let counted = self.series(of, "http_requests_total", failed)?;
                Ok(Value::of(events(&counted, statistic, seconds)?, [all]).near(COUNTED))
            }
            Measurement::Duration => {
                let of = [of.clone()];
                Ok(self.histogram(&of, "http_request_duration_seconds", "", statistic, seconds)?.near(COUNTED))
            }
            Measurement::Cpu => {
                let used = self.series(of, "process_cpu_seconds_total", "")?;
                let whole = service.vcpu.thousandths() as f64 / 1000.0;
                let share = format!("rate({}[{RATE}s]) / {whole} * 100", used.selector);
                Ok(Value::of(level(|together| format!("{together}({share})"), statistic, seconds)?, [used]).near(OWN))
            }
            Measurement::Memory => {
                let used = self.series(of, "process_resident_memory_bytes", "")?;
                let share = format!("{} / {} * 100", used.selector, service.memory.bytes());
                Ok(Value::of(level(|together| format!("{together}({share})"), statistic, seconds)?, [used]).near(OWN))
            }
            Measurement::HealthyTasks => {
                let up = self.series(of, "up", "")?;
                let up = format!("sum({}) or vector(0)", up.selector);
                Ok(Value::of(level(|_| up.clone(), statistic, seconds)?, []).near("copies that answer Prometheus"))
            }
            other => Err(not_told(of, other)),
        }
    }

    fn of_database(
        &self,
        of: &Reference,
        name: Measurement,
        statistic: Statistic,
        seconds: u64,
    ) -> Result<Value, Refusal> {
        let database = self.stack.databases.get(&of.name).ok_or_else(|| format!("there is no `{of}`"))?;
        let primary = |name| self.series(of, name, &format!(",role={}", quoted(PRIMARY)));
        match name {
            Measurement::Connections => {
                let open = primary("pg_stat_activity_count")?;
                let all = format!("sum({})", open.selector);
                Ok(Value::of(level(|_| all.clone(), statistic, seconds)?, [open]))
            }
            Measurement::FreeStorage => {
                if database.storage.grow_to.is_some() {
                    return Err("its disk grows by itself, and how large it is only the cloud knows".to_owned());
                }
                let (held, log) = (primary("pg_database_size_bytes")?, primary("pg_wal_size_bytes")?);
                let left =
                    format!("{} - sum({}) - sum({})", database.storage.size.bytes(), held.selector, log.selector);
                let near = "nobody but the cloud sees the disk: the size that the files ask for stands in, less databases and their log; what the engine writes down and puts aside isn't in it";
                Ok(Value::of(level(|_| left.clone(), statistic, seconds)?, [held, log]).near(near))
            }
            Measurement::ReplicaLag if !database.is_copied() => Err(format!("`{of}` has no replicas")),
            Measurement::ReplicaLag => {
                let behind = self.series(of, "pg_replication_lag_seconds", &format!(",role={}", quoted(REPLICA)))?;
                let near = "since the last change that a replica has: where nothing is written it grows though nothing is missing";
                Ok(Value::of(
                    level(|together| format!("{together}({})", behind.selector), statistic, seconds)?,
                    [behind.clone()],
                )
                .near(near))
            }
            Measurement::Cpu | Measurement::FreeMemory => {
                Err("the engine doesn't know its machine, and nobody but the cloud sees that".to_owned())
            }
            other => Err(not_told(of, other)),
        }
    }

    fn of_cache(
        &self,
        of: &Reference,
        name: Measurement,
        statistic: Statistic,
        seconds: u64,
    ) -> Result<Value, Refusal> {
        let cache = self.stack.caches.get(&of.name).ok_or_else(|| format!("there is no `{of}`"))?;
        let series = |name| self.series(of, name, "");
        let value = match name {
            Measurement::HitRate => {
                let (hits, misses) = (series("redis_keyspace_hits_total")?, series("redis_keyspace_misses_total")?);
                if statistic != Statistic::Average {
                    return Err("an interval has one hit rate, which is its average".to_owned());
                }
                let grown = |series: &Series| format!("sum(increase({}[{seconds}s]))", series.selector);
                let query = format!("{0} / ({0} + {1}) * 100", grown(&hits), grown(&misses));
                Value::of(query, [hits, misses])
            }
            Measurement::Memory => {
                let (used, most) = (series("redis_memory_used_bytes")?, series("redis_memory_max_bytes")?);
                let share = format!("{} / {} * 100", used.selector, most.selector);
                Value::of(level(|together| format!("{together}({share})"), statistic, seconds)?, [used, most])
            }
            Measurement::Connections => {
                let open = series("redis_connected_clients")?;
                Value::of(level(|together| format!("{together}({})", open.selector), statistic, seconds)?, [open])
            }
            Measurement::Cpu => {
                let (user, system) = (
                    series("redis_cpu_user_main_thread_seconds_total")?,
                    series("redis_cpu_sys_main_thread_seconds_total")?,
                );
                let share = format!("(rate({}[{RATE}s]) + rate({}[{RATE}s])) * 100", user.selector, system.selector);
                Value::of(level(|together| format!("{together}({share})"), statistic, seconds)?, [user, system])
            }
            other => return Err(not_told(of, other)),
        };
        Ok(if cache.nodes > 1 {
            value.near("of the node that takes writes: what the others do isn't in it")
        } else {
            value
        })
    }

    /// What a workload emits, under the name that a client library would give it: the namespace and the name with underscores, and `_total`
    /// behind what is counted (Prometheus' documentation, "Metric and label naming").
    fn emitted(&self, metric: &EmittedMetric, statistic: Statistic, seconds: u64) -> Result<Value, Refusal> {
        let emitters = self.emitters(metric)?;
        let (name, more) = (promql_name(metric), labels(metric));
        let series = |name: &str| -> Result<Vec<Series>, Refusal> {
            emitters.iter().map(|of| self.series(of, name, &more)).collect()
        };
        let value = match statistic {
            Statistic::Sum => {
                let counted = series(&format!("{name}_total"))?;
                let grown = side_by_side(&counted, |one| format!("increase({}[{seconds}s])", one.selector));
                Value { query: format!("sum({grown})"), reads: counted.into_iter().collect(), near: BTreeSet::new() }
            }
            Statistic::Average | Statistic::Minimum | Statistic::Maximum => {
                let levels = series(&name)?;
                let all = side_by_side(&levels, |one| one.selector.clone());
                let query = level(|together| format!("{together}({all})"), statistic, seconds)?;
                Value { query, reads: levels.into_iter().collect(), near: BTreeSet::new() }
            }
            Statistic::Count | Statistic::P50 | Statistic::P95 | Statistic::P99 => {
                self.histogram(&emitters, &name, &more, statistic, seconds)?
            }
        };
        let told = value.reads.first().map_or(name.as_str(), |series| series.name.as_str());
        let near = format!("as far as the workload tells it to Prometheus too, as `{told}`");
        Ok(value.near(&near))
    }

    /// A figure of a histogram that components tell.
    fn histogram(
        &self,
        all: &[Reference],
        name: &str,
        more: &str,
        statistic: Statistic,
        seconds: u64,
    ) -> Result<Value, Refusal> {
        if statistic == Statistic::Minimum {
            return Err("a histogram doesn't tell its smallest value".to_owned());
        }
        let series = |suffix: &str| -> Result<Vec<Series>, Refusal> {
            all.iter().map(|of| self.series(of, &format!("{name}{suffix}"), more)).collect()
        };
        let (buckets, sums, counts) = (series("_bucket")?, series("_sum")?, series("_count")?);
        let query = distribution(statistic, |suffix| {
            let grown = match suffix {
                "_bucket" => &buckets,
                "_sum" => &sums,
                _ => &counts,
            };
            side_by_side(grown, |one| format!("increase({}[{seconds}s])", one.selector))
        });
        let reads = match statistic {
            Statistic::Sum | Statistic::Average => sums,
            Statistic::Count => counts,
            Statistic::Minimum | Statistic::Maximum | Statistic::P50 | Statistic::P95 | Statistic::P99 => buckets,
        };
        let value = Value { query, reads: reads.into_iter().collect(), near: BTreeSet::new() };
        Ok(if statistic == Statistic::Maximum {
            value.near("as the upper bound of the histogram's bucket that the largest falls into")
        } else {
            value
        })
    }

    /// The services that emit a metric and are asked.
    fn emitters(&self, metric: &EmittedMetric) -> Result<Vec<Reference>, Refusal> {
        let all: Vec<Reference> = self
            .stack
            .workloads()
            .filter(|workload| workload.emits.contains(metric))
            .map(|workload| workload.reference)
            .collect();
        let asked: Vec<Reference> = all.iter().filter(|of| matches!(self.jobs.get(of), Some(Ok(_)))).cloned().collect();
        if !asked.is_empty() {
            return Ok(asked);
        }
        Err(match all.first() {
            Some(of) => match self.jobs.get(of) {
                Some(Err(why)) => why.clone(),
                Some(Ok(_)) | None => format!("`{of}` runs on events, and is there for nobody to ask"),
            },
            None => "nobody emits it".to_owned(),
        })
    }
}

fn not_told(of: &Reference, name: Measurement) -> Refusal {
    format!("`{}` of `{of}` is told by nobody but the cloud", name.word())
}

/// A name as Prometheus takes it: the namespace and the name in lower case, their words joined by underscores.
fn promql_name(metric: &EmittedMetric) -> String {
    format!("{}_{}", snake(&metric.namespace), snake(&metric.name))
}

/// What of the labels is chosen, with a comma before each.
fn labels(metric: &EmittedMetric) -> String {
    metric.dimensions.iter().map(|(name, value)| format!(",{}={}", snake(name), quoted(value))).collect()
}

/// `ActiveProjects` as `active_projects`, `HTTPErrors` as `http_errors`.
fn snake(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let mut snake = String::new();
    for (at, sign) in signs.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| signs.get(before));
        let begins = sign.is_ascii_uppercase()
            && (before.is_some_and(|before| before.is_ascii_lowercase() || before.is_ascii_digit())
                || before.is_some_and(char::is_ascii_uppercase)
                    && signs.get(at + 1).is_some_and(char::is_ascii_lowercase));
        let sign = if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { '_' };
        if begins && !snake.ends_with('_') {
            snake.push('_');
        }
        if sign != '_' || !snake.ends_with('_') {
            snake.push(sign);
        }
    }
    snake
}

fn side_by_side(series: &[Series], written: impl Fn(&Series) -> String) -> String {
    let all: Vec<String> = series.iter().map(written).collect();
    if all.len() == 1 { all.concat() } else { format!("({})", all.join(" or ")) }
}

/// How many came over an interval.
fn events(counted: &Series, statistic: Statistic, seconds: u64) -> Result<String, Refusal> {
    match statistic {
        Statistic::Sum => Ok(format!("sum(increase({}[{seconds}s]))", counted.selector)),
        _ => Err("a count has a sum only".to_owned()),
    }
}

/// A figure of a level over an interval; `now` is the level at a moment, where series are put together so.
fn level(now: impl Fn(&str) -> String, statistic: Statistic, seconds: u64) -> Result<String, Refusal> {
    let share = |share: &str| format!("quantile_over_time({share}, ({})[{seconds}s:{EVERY}s])", now("max"));
    match statistic {
        Statistic::Sum | Statistic::Count => {
            Err("a level is asked for again and again, so that its sum means nothing".to_owned())
        }
        Statistic::P50 => Ok(share("0.5")),
        Statistic::P95 => Ok(share("0.95")),
        Statistic::P99 => Ok(share("0.99")),
        Statistic::Average | Statistic::Minimum | Statistic::Maximum => {
            let (over_time, together) = of_levels(statistic).ok_or("a level has no such figure")?;
            Ok(format!("{over_time}(({})[{seconds}s:{EVERY}s])", now(together)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_client_libraries_write_them() {
        for (name, written) in [
            ("ActiveProjects", "active_projects"),
            ("HTTPErrors", "http_errors"),
            ("P95Time", "p95_time"),
            ("jobs.done/all", "jobs_done_all"),
            ("Jobs-Done", "jobs_done"),
        ] {
            assert_eq!(snake(name), written);
        }
    }

    #[test]
    fn a_level_has_no_sum() {
        assert!(level(|_| "x".to_owned(), Statistic::Sum, 300).is_err());
        assert_eq!(
            level(|all| format!("{all}(x)"), Statistic::Maximum, 300).unwrap(),
            "max_over_time((max(x))[300s:15s])"
        );
    }
}
