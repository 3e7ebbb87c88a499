//! Deployments through time, without the wire.

use std::io::{Cursor, Write as _};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::caller::Caller;
use super::deployment::{Address, Deployment, Standing};
use super::deployments::{self, Query};
use super::error::GoogleError;
use super::{operation, storage};
use crate::sandbox::faults::Fault;
use crate::sandbox::world::World;

const PROJECT: &str = "shop-project";

fn address() -> Address {
    Address { project: PROJECT.to_owned(), location: "us-central1".to_owned(), name: "shop-dev".to_owned() }
}

fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
}

fn asked(world: &mut World, path: &[&str], query: &[(&str, &str)], body: &[u8], uploads: bool) -> Value {
    let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let caller = Caller { project: PROJECT.to_owned() };
    let asked = storage::Asked { method: "POST", path: &path, query: &query, body, kind: "application/zip", uploads };
    match storage::answer(world, &caller, asked, at(0)).unwrap() {
        storage::Answer::Json(value) => value,
        other => panic!("{other:?}"),
    }
}

fn world(folder: &TempDir) -> World {
    let mut world = World::open(folder.path(), "seed").unwrap();
    asked(&mut world, &[], &[("project", PROJECT)], br#"{"name": "sources"}"#, false);
    world
}

/// A deployment of topics; each has the names of those that it waits for.
fn body(world: &mut World, topics: &[(&str, &[&str])]) -> Value {
    let topic = |(name, after): &(&str, &[&str])| {
        let after: Vec<String> = after.iter().map(|after| format!("google_pubsub_topic.{after}")).collect();
        ((*name).to_owned(), json!({ "name": name, "depends_on": after }))
    };
    let topics: serde_json::Map<String, Value> = topics.iter().map(topic).collect();
    let main =
        json!({ "provider": { "google": { "region": "us-central1" } }, "resource": { "google_pubsub_topic": topics } });
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("main.tf.json", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(main.to_string().as_bytes()).unwrap();
    let bytes = archive.finish().unwrap().into_inner();
    asked(world, &["sources", "o"], &[("uploadType", "media"), ("name", "s.zip")], &bytes, true);
    json!({
        "serviceAccount": format!("projects/{PROJECT}/serviceAccounts/landfall@{PROJECT}.iam.gserviceaccount.com"),
        "terraformBlueprint": { "gcsSource": "gs://sources/s.zip" },
    })
}

fn apply(world: &mut World, body: &Value, now: Timestamp) -> Result<(), GoogleError> {
    operation::advance_all(world, now);
    match world.gcp_deployments.get(&address().deployment()).is_some() {
        true => deployments::update(world, &address(), &Query::new(), body, now),
        false => deployments::create(world, address(), &Query::new(), body, now),
    }
    .map(|_| ())
}

fn seen(world: &mut World, now: Timestamp) -> Deployment {
    operation::advance_all(world, now);
    deployments::find(world, &address()).unwrap().clone()
}

#[test]
fn what_waits_comes_later_and_a_busy_deployment_takes_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(&folder);
    let two = body(&mut world, &[("two", &["one"]), ("one", &[])]);
    apply(&mut world, &two, at(0)).unwrap();
    assert_eq!(seen(&mut world, at(24)).resources.len(), 0);
    assert_eq!(seen(&mut world, at(26)).resources.len(), 1);
    assert_eq!(apply(&mut world, &two, at(27)).unwrap_err().word, "ABORTED");
    let done = seen(&mut world, at(31));
    assert_eq!((done.standing, done.resources.len()), (Standing::Active, 2));
}

#[test]
fn an_operation_goes_on_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = world(&folder);
    let one = body(&mut first, &[("one", &[])]);
    apply(&mut first, &one, at(0)).unwrap();
    first.commit().unwrap();
    drop(first);
    let mut second = World::open(folder.path(), "other").unwrap();
    let done = seen(&mut second, at(60));
    assert_eq!((done.standing, done.revisions.len()), (Standing::Active, 1));
    // Its source is there too.
    apply(&mut second, &one, at(61)).unwrap();
    assert_eq!(seen(&mut second, at(120)).standing, Standing::Active);
}

#[test]
fn a_failure_keeps_what_was_made_and_stops_what_waits_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(&folder);
    let fault = json!({ "fault": "resource", "resource": "google_pubsub_topic.two", "on": "create", "times": 1, "message": "no" });
    world.faults.list.push(serde_json::from_value::<Fault>(fault).unwrap());
    let three = body(&mut world, &[("one", &[]), ("two", &[]), ("three", &["two"])]);
    apply(&mut world, &three, at(0)).unwrap();
    let failed = seen(&mut world, at(60));
    assert_eq!((failed.standing, failed.resources.len()), (Standing::Failed, 1));
    let revision = failed.newest().unwrap();
    assert_eq!(revision.failures.len(), 1);
    assert_eq!(revision.parts["google_pubsub_topic.three"].state, "PLANNED");
    apply(&mut world, &three, at(61)).unwrap();
    let done = seen(&mut world, at(120));
    assert_eq!((done.standing, done.resources.len()), (Standing::Active, 3));
}

#[test]
fn what_was_made_later_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(&folder);
    let two = body(&mut world, &[("two", &["one"]), ("one", &[])]);
    apply(&mut world, &two, at(0)).unwrap();
    seen(&mut world, at(60));
    let query = Query::from([("force".to_owned(), "true".to_owned())]);
    deployments::delete(&mut world, &address(), &query, at(61)).unwrap();
    // Two and a half seconds each, after twenty.
    let left = seen(&mut world, at(84));
    assert_eq!(left.resources.keys().collect::<Vec<_>>(), ["google_pubsub_topic.one"]);
    operation::advance_all(&mut world, at(90));
    assert!(deployments::find(&world, &address()).is_err());
    assert_eq!(world.resources.iter().count(), 0);
}
