//! Settings that are switched: what holds over a deployment, and what of drift is theirs.

use super::site::Site;
use super::trouble::Trouble;
use crate::clouds::{Deployed, settings_written};
use crate::ledger::flag::{Flag, Flags};
use crate::plan::Plan;
use crate::plan::deployment::Deployment;
use crate::plan::drift::{DriftState, FieldDrift, ResourceDrift};

/// The settings that stay as they were switched when this is deployed: all whose value the files don't change. What is told of each
/// goes to the notes.
pub async fn held(
    site: &Site,
    deployment: &Deployment,
    plan: &Plan,
    notes: &mut Vec<String>,
) -> Result<Flags, Trouble> {
    let mut flags = site.book.flags().await?;
    if flags.is_empty() {
        return Ok(flags);
    }
    let written = settings_written(
        site.kind,
        &Deployed { document: deployment.document.clone(), parameters: deployment.parameters.clone() },
    );
    let written = written.map_err(|why| Trouble::Failed {
        what: format!("the document of {} can't be read: {why}", site.target),
        remedy: "`landfall render` shows it".to_owned(),
    })?;
    flags.retain(|setting, flag| {
        let Flag { resource, value, document, .. } = &*flag;
        let (kept, note) = match written.get(resource) {
            None => (false, format!("setting.{setting} was switched to `{value}`, and goes with this deployment")),
            Some(now) if now == document && plan.changes.iter().any(|change| change.id == *resource) => (
                true,
                format!(
                    "setting.{setting} stays switched to `{value}`; while {resource} is changed the cloud writes `{now}`, and `{value}` is put back at the end"
                ),
            ),
            Some(now) if now == document => {
                (true, format!("setting.{setting} stays switched to `{value}`, where the files say `{now}`"))
            }
            Some(now) => (
                false,
                format!("setting.{setting} was switched to `{value}`; the files now say `{now}` instead of `{document}`, which counts from this deployment on"),
            ),
        };
        notes.push(note);
        kept
    });
    Ok(flags)
}

/// Drift as it is beside what was switched: a value that was switched is none, one that was changed by hand since then is. What is as it
/// was switched comes second.
pub fn known(found: Vec<ResourceDrift>, flags: &Flags) -> (Vec<ResourceDrift>, Vec<ResourceDrift>) {
    let mut switched = Vec::new();
    let mut rest = Vec::new();
    for mut drift in found {
        if let Some(flag) = flags.values().find(|flag| flag.resource == drift.id)
            && matches!(drift.state, DriftState::InSync | DriftState::Modified)
        {
            let at = drift.fields.iter().position(|field| field.path == flag.field);
            // Where the cloud finds no difference, there is what the document says.
            let there = match at {
                Some(at) => drift.fields.remove(at).actual,
                None => Some(flag.document.clone()),
            };
            let value = |expected: &String, actual: Option<String>| FieldDrift {
                path: flag.field.clone(),
                expected: Some(expected.clone()),
                actual,
            };
            if there.as_ref() != Some(&flag.value) {
                drift.fields.push(value(&flag.value, there));
            } else if flag.value != flag.document {
                let fields = vec![value(&flag.document, there)];
                switched.push(ResourceDrift { state: DriftState::Modified, fields, ..drift.clone() });
            }
            drift.state = if drift.fields.is_empty() { DriftState::InSync } else { DriftState::Modified };
        }
        rest.push(drift);
    }
    (rest, switched)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drift(actual: Option<&str>) -> ResourceDrift {
        let field = |actual: &str| FieldDrift {
            path: "/Value".into(),
            expected: Some("true".into()),
            actual: Some(actual.to_owned()),
        };
        ResourceDrift {
            id: "SettingMail".into(),
            kind: "P".into(),
            physical: "/dev/shop/mail".into(),
            state: if actual.is_some() { DriftState::Modified } else { DriftState::InSync },
            fields: actual.map(field).into_iter().collect(),
        }
    }

    fn flags(value: &str) -> Flags {
        let flag = Flag {
            resource: "SettingMail".into(),
            field: "/Value".into(),
            parameter: "/dev/shop/mail".into(),
            value: value.to_owned(),
            document: "true".into(),
        };
        Flags::from([("mail".to_owned(), flag)])
    }

    fn lines(found: &[ResourceDrift]) -> Vec<String> {
        found.iter().flat_map(ResourceDrift::lines).collect()
    }

    #[test]
    fn what_is_as_it_was_switched_is_no_drift() {
        let (open, switched) = known(vec![drift(Some("false"))], &flags("false"));
        assert_eq!(open[0].state, DriftState::InSync);
        assert_eq!(lines(&switched), ["SettingMail/Value: true → false"]);
        let (open, switched) = known(vec![drift(None)], &flags("true"));
        assert!(!open[0].differs() && switched.is_empty());
    }

    #[test]
    fn what_was_changed_by_hand_after_it_was_switched_is_drift_also_where_the_document_says_it() {
        let (open, switched) = known(vec![drift(Some("maybe"))], &flags("false"));
        assert_eq!((lines(&open), switched.len()), (vec!["SettingMail/Value: false → maybe".to_owned()], 0));
        let (open, _) = known(vec![drift(None)], &flags("false"));
        assert_eq!(lines(&open), ["SettingMail/Value: false → true"]);
        assert!(open[0].differs());
    }
}
