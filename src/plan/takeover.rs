//! Copies of databases that took over: each has to be there before it can.

use super::Plan;
use super::change::{Action, Change};

/// A copy of a database that stands in another region, as the files say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The database's name.
    pub database: String,
    /// The target whose stack holds the copy: the database's own, or one that stands there.
    pub holder: String,
    /// The file and the line that say so.
    pub said: String,
    /// Whether the files say that it took over.
    pub promoted: bool,
    /// How many seconds of writes it lacks at most before somebody is told.
    pub behind: u64,
}

/// A copy that took over from a database, as a document has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// The database's name in the environment's files.
    pub database: String,
    /// The copy's id in the document.
    pub id: String,
}

/// The copies that aren't there, so that the plan would make an empty database where one is to have taken over: those that it creates, and those that
/// it makes anew although what was there holds nothing of its own.
pub fn missing<'a>(declared: &'a [Takeover], plan: &Plan) -> Vec<&'a Takeover> {
    let made = |change: &Change| match change.action {
        Action::Create => true,
        Action::Replace => !change.consequence.needs_approval(),
        Action::Update | Action::Delete | Action::Forget => false,
    };
    let is_made = |one: &&Takeover| plan.changes.iter().any(|change| change.id == one.id && made(change));
    declared.iter().filter(is_made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::consequence::Consequence;

    fn plan(action: Action, consequence: Consequence) -> Plan {
        let change = Change {
            id: "copy".to_owned(),
            kind: "instance".to_owned(),
            component: None,
            origin: None,
            action,
            consequence,
            impact: None,
            fields: Vec::new(),
        };
        Plan { changes: vec![change], ..Plan::default() }
    }

    #[test]
    fn a_copy_that_is_promoted_or_was_is_there_and_one_that_is_made_is_not() {
        let declared = [Takeover { database: "main".to_owned(), id: "copy".to_owned() }];
        for (action, consequence, missed) in [
            (Action::Create, Consequence::InPlace, 1),
            (Action::Update, Consequence::Interruption, 0),
            (Action::Replace, Consequence::Replacement, 1),
            // It had taken over, and holds what nothing else does: that has to be approved by name.
            (Action::Replace, Consequence::Irreversible, 0),
        ] {
            assert_eq!(missing(&declared, &plan(action, consequence)).len(), missed, "{action:?} {consequence:?}");
        }
        assert!(missing(&declared, &Plan::default()).is_empty());
    }
}
