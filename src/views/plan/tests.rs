//! What the three forms of a plan say, and what they must never do.

use serde_json::json;

use super::*;
use crate::plan::change::{Action, Change, FieldChange, OutputChange};
use crate::plan::cloud_answer::{CloudAnswer, Disagreement};
use crate::plan::consequence::Impact;
use crate::plan::exposure::Exposure;

fn field(path: &str, before: Option<Value>, after: Option<Value>, impact: Impact) -> FieldChange {
    FieldChange { path: path.to_owned(), before, after, impact, sensitive: false, through: None }
}

fn change(id: &str, action: Action, consequence: Consequence, fields: Vec<FieldChange>) -> Change {
    Change {
        id: id.to_owned(),
        kind: "AWS::X::Y".to_owned(),
        component: None,
        origin: None,
        action,
        consequence,
        impact: None,
        fields,
    }
}

fn plan() -> Plan {
    let interrupts = Impact::certain(Consequence::Interruption, "it restarts", "page one");
    let harmless = Impact::certain(Consequence::InPlace, "Tags is changed where it is", "page two");
    let mut gone = change("Db", Action::Delete, Consequence::DataLoss, vec![]);
    gone.component = Some("database.main".to_owned());
    gone.impact = Some(Impact::certain(Consequence::DataLoss, "the database goes with it", "page three"));
    Plan {
        target: "orchard/dev".to_owned(),
        changes: vec![
            gone,
            change("New", Action::Create, Consequence::InPlace, vec![]),
            change(
                "Old",
                Action::Update,
                Consequence::Interruption,
                vec![
                    field("Class", Some(json!("small")), Some(json!("large")), interrupts),
                    field("Tags", None, Some(json!({"a": "x".repeat(90)})), harmless),
                ],
            ),
        ],
        outputs: vec![OutputChange {
            name: "Url".to_owned(),
            before: Some(json!("a")),
            after: None,
            exported: None,
            warning: Some("somebody imports it".to_owned()),
        }],
        exposures: vec![Exposure {
            resource: "Sg".to_owned(),
            path: "SecurityGroupIngress[0]".to_owned(),
            what: "tcp 22 from anybody on the internet (IPv4)".to_owned(),
            public: true,
        }],
        ..Plan::default()
    }
}

fn around() -> Around {
    Around { digest: None, nothing: "No changes.".to_owned(), next: Some("landfall apply orchard/dev".to_owned()) }
}

fn text_of(plan: &Plan) -> String {
    text::page(plan, &around(), false, 100)
}

#[test]
fn the_text_says_everything_once_and_ends_with_the_risky_addresses() {
    let expected = r#"  + create
  ~ update in place
  - delete

  + New (AWS::X::Y)

(no component)
  ~ Old (AWS::X::Y)  interruption
      ~ Class: "small" → "large"
          interruption: it restarts [1]
      + Tags:
          + {
          +   "a": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
          + }
          in-place: Tags is changed where it is [2]

database.main
  - Db (AWS::X::Y)  data-loss
      data-loss: the database goes with it [3]

Outputs
      - Url: "a"
          somebody imports it

Access that widens
    Sg
      ! PUBLIC tcp 22 from anybody on the internet (IPv4) (SecurityGroupIngress[0])

Sources
    [1] page one
    [2] page two
    [3] page three

Plan: 1 to add, 1 to change, 1 to destroy.
  + New
  ~ Old  interruption
  - Db   data-loss

Needs approval by name
    --approve public-access:Sg
    --approve data-loss:Db
Next: landfall apply orchard/dev
"#;
    assert_eq!(text_of(&plan()), expected);
}

#[test]
fn a_first_deployment_names_what_the_public_gains_and_counts_the_rest() {
    let mut plan = Plan { initial: true, outputs: Vec::new(), ..plan() };
    plan.changes.retain(|change| change.action == Action::Create);
    plan.exposures.push(Exposure { public: false, resource: "Role".to_owned(), ..plan.exposures[0].clone() });
    let text = text_of(&plan);
    assert!(text.contains("Access that it gives\n    Sg\n      ! PUBLIC"), "{text}");
    assert!(text.contains("1 more to parts of the deployment itself") && !text.contains("Role"), "{text}");
    assert!(!text.contains("approval"), "{text}");
}

#[test]
fn no_change_is_one_sentence() {
    assert_eq!(text_of(&Plan::default()), "No changes.\n");
}

#[test]
fn where_the_cloud_says_otherwise_both_answers_stand_side_by_side() {
    let mut plan = plan();
    plan.cloud = Some(CloudAnswer { by: "CloudFormation".to_owned(), ..CloudAnswer::default() });
    assert!(text_of(&plan).contains("CloudFormation says the same."));
    plan.disagreements = vec![Disagreement {
        resource: "Old".to_owned(),
        ours: "update in place".to_owned(),
        theirs: "replacement".to_owned(),
    }];
    let text = text_of(&plan);
    assert!(text.contains("CloudFormation says otherwise"));
    assert!(text.contains("Old: we say update in place, it says replacement"));
}

#[test]
fn long_texts_are_shown_by_the_lines_that_differ() {
    let old: Vec<String> = (0..30).map(|n| format!("step {n}")).collect();
    let new = old.join("\n").replace("step 15\n", "step fifteen\n");
    let harmless = Impact::certain(Consequence::InPlace, "w", "s");
    let plan = Plan {
        changes: vec![change(
            "F",
            Action::Update,
            Consequence::InPlace,
            vec![field("Code.ZipFile", Some(json!(old.join("\n"))), Some(json!(new)), harmless)],
        )],
        ..Plan::default()
    };
    let text = text_of(&plan);
    assert!(text.contains("- step 15\n          + step fifteen\n"), "{text}");
    assert!(text.contains("… 13 lines that are the same"), "{text}");
    assert!(!text.contains("step 20"));
}

/// A plan in which every text tries to do harm.
fn hostile() -> Plan {
    let bad = "\u{1b}[2J\n::set-output name=x::y\n##vso[task.setvariable]```</details><script>@admin".to_owned();
    let impact = Impact::certain(Consequence::Interruption, bad.clone(), bad.clone());
    let mut change = change(
        &bad,
        Action::Update,
        Consequence::Interruption,
        vec![
            field(&bad, Some(json!(bad)), Some(json!(format!("{bad}2"))), impact.clone()),
            field("x", None, Some(json!("short\u{1b}")), impact.clone()),
        ],
    );
    change.kind = bad.clone();
    change.component = Some(bad.clone());
    change.impact = Some(impact);
    Plan {
        target: format!("{bad}-->"),
        changes: vec![change],
        outputs: vec![OutputChange {
            name: bad.clone(),
            before: None,
            after: Some(json!(bad)),
            exported: None,
            warning: Some(bad.clone()),
        }],
        exposures: vec![Exposure { resource: bad.clone(), path: bad.clone(), what: bad.clone(), public: false }],
        notes: vec![bad],
        ..Plan::default()
    }
}

#[test]
fn no_text_in_a_plan_reaches_the_terminal_or_the_runner_as_a_command() {
    let plan = hostile();
    for shown in [text_of(&plan), markdown::page(&plan, &around())] {
        assert!(!shown.contains('\u{1b}'));
        assert!(!shown.contains("##vso["));
        assert!(!shown.lines().any(|line| line.trim_start().starts_with("::")), "{shown}");
    }
}

#[test]
fn no_text_in_a_plan_breaks_out_of_the_markdown_around_it() {
    let page = markdown::page(&hostile(), &around());
    let fence = page.lines().find_map(|line| line.strip_suffix("diff")).unwrap();
    assert!(fence.len() > 3);
    assert_eq!(page.lines().filter(|line| line.starts_with(fence)).count(), 2, "{page}");
    for line in page.lines().filter(|line| line.contains("<script>") && !line.starts_with(['+', '-', '!', '#', ' '])) {
        assert!(line.contains("````"), "{line}");
    }
    assert_eq!(page.lines().next().unwrap().matches("-->").count(), 1);
}

#[test]
fn the_markdown_stays_below_what_a_comment_holds_and_says_what_it_leaves_out() {
    let impact = Impact::certain(Consequence::InPlace, "w", "s");
    let mut changes: Vec<Change> = (0..3000)
        .map(|n| {
            let fields = vec![field("Name", Some(json!("a")), Some(json!("b")), impact.clone())];
            change(&format!("Resource{n}"), Action::Update, Consequence::InPlace, fields)
        })
        .collect();
    changes.push(change("Precious", Action::Delete, Consequence::Irreversible, vec![]));
    let plan = Plan { target: "a/b".to_owned(), changes, ..Plan::default() };
    let page = markdown::page(&plan, &around());
    assert!(page.chars().count() < 65_536);
    assert!(page.contains("of 3001 changes are left out"));
    assert!(page.contains("delete `Precious` — **irreversible**"));
    assert!(page.contains("- - Precious"));
    assert!(page.contains("Next: `landfall apply orchard/dev`"));
}

#[test]
fn the_markdown_puts_the_markers_in_the_first_column() {
    let page = markdown::page(&plan(), &around());
    assert!(page.starts_with("<!-- landfall plan orchard/dev -->\n"));
    for line in [
        "+ + New (AWS::X::Y)",
        "! ~ Old (AWS::X::Y): interruption",
        "-   Class: \"small\"",
        "+   Class: \"large\"",
        "- - Db (AWS::X::Y): data-loss",
    ] {
        assert!(page.lines().any(|shown| shown == line), "{line}\n{page}");
    }
}

#[test]
fn the_json_form_carries_its_version_and_fits_its_published_schema() {
    let schema = schema();
    let required = schema["required"].as_array().unwrap();
    assert!(required.contains(&json!("format_version")));
    assert!(schema["properties"].get("approvals_needed").is_some());
    let plan = plan();
    let report = report(&plan, None);
    let value = serde_json::to_value(&report).unwrap();
    for name in required {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{name}");
    }
    assert_eq!(value["consequence"], "data-loss");
}
