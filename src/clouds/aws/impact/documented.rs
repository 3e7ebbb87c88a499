//! Documented behaviour of updates that the registry schemas don't tell: what interrupts, what throws data away, and when a
//! conditional property replaces.
//!
//! Each rule names its page. Where it names none, that is the type's page in the CloudFormation template reference, "Update requires".

mod compute;
mod databases;
mod storage;

use crate::plan::change::{Change, FieldChange};
use crate::plan::consequence::{Consequence, Impact};
use crate::plan::knowledge::Edit;
use crate::plan::meaning::Meaning;

use super::page;

/// One rule of a type. The first that fits decides.
struct Row {
    /// The property's names from the outside in; what is inside it counts as well.
    property: &'static str,
    when: When,
    consequence: Consequence,
    certain: bool,
    why: &'static str,
    /// The page; none for the type's own.
    source: Option<&'static str>,
}

/// Which changes a rule is about.
enum When {
    /// Any.
    Changed,
    /// The new value is this text.
    Becomes(&'static str),
    /// Both are numbers and the new one is smaller, or there was none (no end) and now there is a number.
    Falls,
    /// Both are numbers and the new one is smaller.
    Shrinks,
    /// The property wasn't there.
    Added,
    /// The property is gone.
    Removed,
    /// It was there, is there, and differs.
    Exchanged,
    /// One of both is zero or absent, the other isn't.
    TurnsOnOrOff,
    /// Something whose name has this text in it comes in.
    Brings(&'static str),
    /// The resource's update policy doesn't switch this on.
    Unless(&'static str),
}

/// A rule about any change of a property.
const fn changed(property: &'static str) -> Row {
    on(property, When::Changed)
}

/// A rule about some changes of a property. What they do comes next.
const fn on(property: &'static str, when: When) -> Row {
    Row { property, when, consequence: Consequence::InPlace, certain: true, why: "", source: None }
}

impl Row {
    const fn does(self, consequence: Consequence, certain: bool, why: &'static str) -> Row {
        let Row { property, when, source, .. } = self;
        Row { property, when, consequence, certain, why, source }
    }

    const fn interrupts(self, why: &'static str) -> Row {
        self.does(Consequence::Interruption, true, why)
    }

    const fn interrupts_perhaps(self, why: &'static str) -> Row {
        self.does(Consequence::Interruption, false, why)
    }

    const fn replaces(self, why: &'static str) -> Row {
        self.does(Consequence::Replacement, true, why)
    }

    const fn replaces_perhaps(self, why: &'static str) -> Row {
        self.does(Consequence::Replacement, false, why)
    }

    const fn loses_data(self, why: &'static str) -> Row {
        self.does(Consequence::DataLoss, true, why)
    }

    const fn loses_data_perhaps(self, why: &'static str) -> Row {
        self.does(Consequence::DataLoss, false, why)
    }

    const fn in_place(self, why: &'static str) -> Row {
        self.does(Consequence::InPlace, true, why)
    }

    const fn in_place_perhaps(self, why: &'static str) -> Row {
        self.does(Consequence::InPlace, false, why)
    }

    const fn at(self, page: &'static str) -> Row {
        let Row { property, when, consequence, certain, why, .. } = self;
        Row { property, when, consequence, certain, why, source: Some(page) }
    }
}

/// The rules of a type.
fn rows(kind: &str) -> impl Iterator<Item = &'static Row> {
    databases::rows(kind).iter().chain(storage::rows(kind)).chain(compute::rows(kind))
}

/// Whether a property of a resource that stays only ever rises: the service refuses a lower value (Amazon RDS user guide, "Scaling up DB
/// instance storage" and "Upgrading the DB engine version"; Amazon ElastiCache user guide, "Version Management": an engine that is exchanged
/// for another counts its versions anew).
pub(in crate::clouds::aws) fn only_rises(change: &Change, field: &FieldChange) -> bool {
    match (change.kind.as_str(), field.path.as_str()) {
        ("AWS::RDS::DBInstance", "AllocatedStorage") => true,
        ("AWS::RDS::DBInstance" | "AWS::RDS::DBCluster" | "AWS::ElastiCache::ReplicationGroup", "EngineVersion") => {
            change.fields.iter().all(|field| field.path != "Engine")
        }
        _ => false,
    }
}

/// What the documentation says of this change, if it says anything beyond the schemas.
pub(super) fn of(edit: &Edit<'_>) -> Option<Impact> {
    let names: Vec<&str> = edit.path.names().collect();
    let row = rows(&edit.after.kind)
        .filter(|row| row.property.split('.').zip(&names).all(|(a, b)| a == *b))
        .filter(|row| row.property.split('.').count() <= names.len())
        .find(|row| fits(row, edit))?;
    let source = row.source.map_or_else(|| page(&edit.after.kind), str::to_owned);
    Some(Impact { consequence: row.consequence, certain: row.certain, why: row.why.to_owned(), source })
}

fn fits(row: &Row, edit: &Edit<'_>) -> bool {
    let (was, is) = (given(edit.was), given(edit.is));
    match row.when {
        When::Changed => true,
        When::Becomes(text) => is.is_some_and(|value| value.text().is_some_and(|now| now.eq_ignore_ascii_case(text))),
        When::Falls => match (number(was), number(is)) {
            (Some(before), Some(now)) => now < before,
            (None, Some(_)) => was.is_none(),
            _ => false,
        },
        When::Shrinks => number(was).zip(number(is)).is_some_and(|(before, now)| now < before),
        When::Added => was.is_none() && is.is_some(),
        When::Removed => was.is_some() && is.is_none(),
        When::Brings(name) => was.is_none() && is.is_some_and(|value| brings(value, edit.path.names().last(), name)),
        When::Exchanged => was.is_some() && is.is_some(),
        When::TurnsOnOrOff => {
            let on = |value: Option<&Meaning>| value.is_some_and(|value| value.text() != Some("0"));
            on(was) != on(is)
        }
        When::Unless(policy) => {
            let setting = edit.after.attributes.get("UpdatePolicy").and_then(|policies| policies.get(policy));
            match setting {
                None | Some(serde_json::Value::Null) => true,
                Some(serde_json::Value::Bool(on)) => !*on,
                Some(serde_json::Value::String(text)) => !text.eq_ignore_ascii_case("true"),
                Some(_) => false,
            }
        }
    }
}

/// Whether a value stands in, or holds, a field with the text in its name.
fn brings(value: &Meaning, field: Option<&str>, text: &str) -> bool {
    field.is_some_and(|name| name.contains(text))
        || match value {
            Meaning::Fields(fields) => fields.iter().any(|(name, inner)| brings(inner, Some(name), text)),
            Meaning::List(items) | Meaning::Set { items, .. } => items.iter().any(|item| brings(item, None, text)),
            Meaning::Scalar(_) | Meaning::Secret(_) | Meaning::Assumed(_) => false,
        }
}

/// A value that is written; what is only assumed counts as none.
fn given(value: Option<&Meaning>) -> Option<&Meaning> {
    value.filter(|value| !matches!(value, Meaning::Assumed(_)))
}

fn number(value: Option<&Meaning>) -> Option<f64> {
    value?.text()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clouds::aws::registry;

    fn all() -> impl Iterator<Item = (&'static str, Vec<&'static Row>)> {
        let kinds = [databases::KINDS, storage::KINDS, compute::KINDS].concat();
        kinds.into_iter().map(|kind| (kind, rows(kind).collect()))
    }

    #[test]
    fn every_rule_is_about_a_property_that_its_type_has_and_that_is_not_create_only_anyway() {
        for (kind, rows) in all() {
            let schema = registry::find(kind).unwrap_or_else(|| panic!("{kind}"));
            for row in rows {
                let mut path = Vec::new();
                for name in row.property.split('.') {
                    path.push(name);
                    if schema.property(&path).is_none() {
                        path.insert(path.len() - 1, "*");
                    }
                    assert!(schema.property(&path).is_some(), "{kind}.{}", row.property);
                }
                assert!(!schema.create_only().covers(&path), "{kind}.{} is create-only", row.property);
                assert!(!row.why.is_empty(), "{kind}.{}", row.property);
            }
        }
    }

    #[test]
    fn no_rule_stands_behind_one_that_takes_all() {
        for (kind, rows) in all() {
            assert!(!rows.is_empty(), "{kind}");
            for (at, row) in rows.iter().enumerate() {
                let mut earlier = rows.iter().take(at).filter(|other| other.property == row.property);
                assert!(!earlier.any(|other| matches!(other.when, When::Changed)), "{kind}.{}", row.property);
            }
        }
    }
}
