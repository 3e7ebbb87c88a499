//! Stacks through time, without the wire.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::error::ArmError;
use super::stack::ArmStack;
use super::stacks::{self, Place};
use super::{group, operation};
use crate::sandbox::faults::Fault;
use crate::sandbox::world::World;

const SUBSCRIPTION: &str = "00000000-0000-4000-8000-0000000000aa";
const PLACE: Place<'_> = Place { subscription: SUBSCRIPTION, group: "g", name: "s" };

fn world(folder: &TempDir) -> World {
    let mut world = World::open(folder.path(), "seed").unwrap();
    group::put(&mut world, SUBSCRIPTION, "g", &json!({ "location": "eastus" })).unwrap();
    world
}

fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
}

fn identity(name: &str, after: &[&str]) -> Value {
    let kind = "Microsoft.ManagedIdentity/userAssignedIdentities";
    let after: Vec<String> = after.iter().map(|after| format!("[resourceId('{kind}', '{after}')]")).collect();
    json!({
        "type": kind, "apiVersion": "2024-11-30", "name": name, "location": "eastus", "properties": {}, "dependsOn": after,
    })
}

fn body(resources: &[Value]) -> Value {
    json!({ "properties": {
        "template": { "$schema": "x", "contentVersion": "1.0.0.0", "resources": resources },
        "actionOnUnmanage": { "resources": "delete" },
        "denySettings": { "mode": "none" },
    }})
}

fn put(world: &mut World, body: &Value, now: Timestamp) -> Result<(), ArmError> {
    operation::advance_all(world, now);
    stacks::put(world, PLACE, body, "c", now).map(|_| ())
}

fn seen(world: &mut World, now: Timestamp) -> ArmStack {
    operation::advance_all(world, now);
    stacks::find(world, PLACE).unwrap().clone()
}

#[test]
fn what_waits_comes_later_and_a_busy_stack_takes_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(&folder);
    let two = body(&[identity("two", &["one"]), identity("one", &[])]);
    put(&mut world, &two, at(0)).unwrap();
    assert_eq!(seen(&mut world, at(4)).resources.len(), 0);
    assert_eq!(seen(&mut world, at(6)).resources.len(), 1);
    assert_eq!(put(&mut world, &two, at(7)).unwrap_err().code, "DeploymentStackInNonTerminalState");
    let done = seen(&mut world, at(11));
    assert_eq!((done.state.word(), done.resources.len()), ("succeeded", 2));
}

#[test]
fn an_operation_goes_on_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = world(&folder);
    put(&mut first, &body(&[identity("one", &[])]), at(0)).unwrap();
    first.commit().unwrap();
    drop(first);
    let mut second = World::open(folder.path(), "other").unwrap();
    assert_eq!(seen(&mut second, at(60)).state.word(), "succeeded");
}

#[test]
fn a_failure_keeps_what_was_made_names_what_failed_and_is_put_right_by_the_next_deployment() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(&folder);
    let fault = json!({ "fault": "resource", "resource": "Microsoft.ManagedIdentity/userAssignedIdentities/two", "on": "create", "times": 1, "message": "no" });
    world.faults.list.push(serde_json::from_value::<Fault>(fault).unwrap());
    let three = body(&[identity("one", &[]), identity("two", &[]), identity("three", &["two"])]);
    put(&mut world, &three, at(0)).unwrap();
    let failed = seen(&mut world, at(60));
    assert_eq!((failed.state.word(), failed.resources.len(), failed.failed.len()), ("failed", 1, 1));
    assert!(failed.failed[0].0.ends_with("/two"));
    put(&mut world, &three, at(61)).unwrap();
    let done = seen(&mut world, at(120));
    assert_eq!((done.state.word(), done.resources.len(), done.failed.len()), ("succeeded", 3, 0));
}

#[test]
fn what_is_referred_to_has_to_be_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(&folder);
    let kind = "Microsoft.ManagedIdentity/userAssignedIdentities";
    let mut other = identity("other", &[]);
    other["tags"] = json!({ "of": format!("[reference(resourceId('{kind}', 'one'), '2024-11-30').principalId]") });
    put(&mut world, &body(&[identity("one", &[]), other.clone()]), at(0)).unwrap();
    let failed = seen(&mut world, at(60));
    assert_eq!(failed.failed[0].1.code, "ResourceNotFound");
    other["dependsOn"] = json!([format!("[resourceId('{kind}', 'one')]")]);
    other["name"] = json!("another");
    put(&mut world, &body(&[identity("one", &[]), other]), at(61)).unwrap();
    assert_eq!(seen(&mut world, at(120)).state.word(), "succeeded");
}

#[test]
fn what_is_a_part_of_something_goes_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world(&folder);
    let zone = json!({ "type": "Microsoft.Network/privateDnsZones", "apiVersion": "2024-06-01", "name": "z.example", "location": "global", "properties": {} });
    put(&mut world, &body(&[zone.clone(), identity("one", &[])]), at(0)).unwrap();
    assert_eq!(seen(&mut world, at(60)).state.word(), "succeeded");
    let lock = json!({ "type": "Microsoft.Authorization/locks", "apiVersion": "2020-05-01", "name": "kept",
        "scope": "[resourceId('Microsoft.Network/privateDnsZones', 'z.example')]",
        "dependsOn": ["[resourceId('Microsoft.Network/privateDnsZones', 'z.example')]"],
        "properties": { "level": "CanNotDelete" } });
    put(&mut world, &body(&[zone, lock]), at(61)).unwrap();
    assert_eq!(seen(&mut world, at(120)).state.word(), "succeeded");
    // The lock is a resource of the stack like others, and goes first.
    put(&mut world, &body(&[identity("one", &[])]), at(121)).unwrap();
    let done = seen(&mut world, at(200));
    assert_eq!((done.state.word(), done.resources.len(), done.deleted.len()), ("succeeded", 1, 2));
}
