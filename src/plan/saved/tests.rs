//! A saved plan is read back as it was sealed, refuses to be altered, and names what moved.

use std::collections::BTreeMap;

use super::*;
use crate::plan::approval::Effect;
use crate::plan::deployment::{Place, Protection, Upload};
use crate::plan::exposure::Exposure;
use crate::plan::stack::Mark;
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_default()
}

fn mark(updated: &str) -> Mark {
    Mark { id: "arn:stack/1".to_owned(), state: "UPDATE_COMPLETE".to_owned(), updated: Some(time(updated)) }
}

fn saved() -> SavedPlan {
    let plan = Plan {
        target: "orchard/dev".to_owned(),
        exposures: vec![Exposure {
            resource: "Sg".to_owned(),
            path: "SecurityGroupIngress[0]".to_owned(),
            what: "tcp 22 from anywhere".to_owned(),
            public: true,
        }],
        ..Plan::default()
    };
    let place = Place {
        cloud: "aws".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
        engine: None,
    };
    let deployment = Deployment {
        at_once: Default::default(),
        target: "orchard/dev".to_owned(),
        place: place.clone(),
        stack: "orchard-dev".to_owned(),
        document: "Resources: {}\n".to_owned(),
        parameters: BTreeMap::new(),
        tags: BTreeMap::new(),
        protection: Protection::default(),
        bucket: None,
        uploads: vec![Upload { key: "code/1f".to_owned(), bytes: vec![1] }],
        images: BTreeMap::new(),
        migration: None,
        ground: None,
    };
    let bindings = Bindings {
        landfall: "0.1.0".to_owned(),
        target: "orchard/dev".to_owned(),
        document: Digest::of(b""),
        release: None,
        configuration: Digest::of(b"configuration"),
        place,
        stack: Some(mark("2026-11-20T10:00:00Z")),
        ledger_head: Some(Digest::of(b"head")),
        drift: None,
    };
    SavedPlan::seal(plan, deployment, bindings, time("2026-11-21T10:00:00Z"), Some("ada".to_owned()))
}

#[test]
fn a_plan_comes_back_as_it_was_sealed() -> Result<(), SavedPlanError> {
    let saved = saved();
    let back = SavedPlan::read(saved.to_json().as_bytes())?;
    assert_eq!(back, saved);
    assert_eq!(back.sealed.approvals_needed[0].to_string(), "public-access:Sg");
    Ok(())
}

#[test]
fn the_layout_of_the_file_does_not_matter_but_its_content_does() -> Result<(), SavedPlanError> {
    let text = saved().to_json();
    let tight: serde_json::Value = serde_json::from_str(&text).unwrap();
    SavedPlan::read(tight.to_string().as_bytes())?;
    let other = text.replace("Resources: {}", "Resources: []");
    assert!(matches!(SavedPlan::read(other.as_bytes()), Err(SavedPlanError::Digest { .. })));
    Ok(())
}

#[test]
fn a_document_swapped_together_with_the_digest_still_shows() {
    let mut saved = saved();
    saved.sealed.deployment.document = "Resources: []\n".to_owned();
    saved.digest = digest_of(&saved.sealed);
    assert_eq!(SavedPlan::read(saved.to_json().as_bytes()), Err(SavedPlanError::Document));
}

#[test]
fn files_are_named_in_the_plan_and_not_held_by_it() {
    let saved = saved();
    assert_eq!(saved.sealed.uploads, ["code/1f"]);
    assert!(saved.sealed.deployment.uploads.is_empty());
}

#[test]
fn a_plan_of_a_newer_format_is_refused_whatever_else_it_holds() {
    let error = SavedPlan::read(br#"{"format_version": 2, "shape": "unknown"}"#).unwrap_err();
    assert_eq!(error, SavedPlanError::Version { found: 2 });
}

#[test]
fn approvals_bind_the_plan_that_they_were_given_to() -> Result<(), SavedPlanError> {
    let mut saved = saved();
    assert_eq!(saved.missing_approvals(&[]).len(), 1);
    saved.approve(Approval { effect: Effect::PublicAccess, resource: "Sg".to_owned() }, "grace".to_owned());
    let back = SavedPlan::read(saved.to_json().as_bytes())?;
    assert!(back.missing_approvals(&[]).is_empty());

    let mut other = saved.clone();
    other.sealed.made_at = time("2026-11-21T11:00:00Z");
    other.digest = digest_of(&other.sealed);
    assert!(matches!(SavedPlan::read(other.to_json().as_bytes()), Err(SavedPlanError::Approval { .. })));
    Ok(())
}

#[test]
fn everything_that_moved_is_named_with_before_and_now_and_who() {
    let saved = saved();
    let same = Facts { now: saved.sealed.bindings.clone(), who: BTreeMap::new() };
    assert!(saved.verify(&same).is_empty());

    let mut now = same.clone();
    now.now.ledger_head = Some(Digest::of(b"next"));
    now.now.stack = Some(mark("2026-11-21T09:30:00Z"));
    now.now.place.account = "999988887777".to_owned();
    now.who.insert(Fact::LedgerHead, "grace, run 17".to_owned());
    let said: Vec<String> = saved.verify(&now).iter().map(Moved::to_string).collect();
    assert_eq!(
        said,
        [
            "the account was 111122223333 and is 999988887777 now".to_owned(),
            "the stack's last update was 2026-11-20T10:00:00Z and is 2026-11-21T09:30:00Z now".to_owned(),
            format!(
                "the head of the ledger was {} and is {} now (by grace, run 17)",
                Digest::of(b"head"),
                Digest::of(b"next")
            ),
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_flipped_bit_is_never_carried_out_as_if_nothing_were(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let text = saved().to_json();
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        // Either it is refused, or the flip was in white space and the content is the same.
        if let Ok(back) = SavedPlan::read(&bytes) {
            prop_assert!(back == saved());
        }
    }
}
