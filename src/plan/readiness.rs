//! What may be done to a stack in the state it is in.

use super::stack::{Phase, StackFacts};

/// What a deployment may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// There is no stack, or an empty shell: it is created.
    Create,
    /// It is updated.
    Update,
    /// The cloud is at work on it: wait, or come back.
    Wait,
    /// It never came to be and can only be deleted, then created anew.
    Recreate,
    /// A failed update could not be undone: that has to be finished first. Deleting the stack would take down what still serves.
    Undo,
    /// Its deletion failed half-way: it has to be finished.
    Delete,
}

/// What a deployment may do to a stack.
pub fn readiness(stack: Option<&StackFacts>) -> Readiness {
    match stack.map(|stack| stack.phase) {
        None | Some(Phase::Empty | Phase::Deleted) => Readiness::Create,
        Some(Phase::Steady | Phase::UpdateUndone | Phase::UpdateFailed) => Readiness::Update,
        Some(
            Phase::Creating
            | Phase::Updating
            | Phase::CleaningUp
            | Phase::UndoingCreation
            | Phase::UndoingUpdate
            | Phase::Deleting,
        ) => Readiness::Wait,
        Some(Phase::CreationFailed | Phase::CreationUndone | Phase::CreationUndoFailed) => Readiness::Recreate,
        Some(Phase::UpdateUndoFailed) => Readiness::Undo,
        Some(Phase::DeletionFailed) => Readiness::Delete,
    }
}

/// Why a stack that never came to be may not be deleted and created anew; none where it may.
///
/// `deployed_before` is whether the ledger knows a good deployment of it, `kept` the resources that a deletion would leave or
/// that hold data, `protected` whether anything protects it.
pub fn recreation_refused(deployed_before: bool, kept: &[String], protected: bool) -> Option<String> {
    if deployed_before {
        return Some("the ledger has a good deployment of it, so it may hold what is worth keeping".to_owned());
    }
    if !kept.is_empty() {
        return Some(format!("resources of it are left in the cloud: {}", kept.join(", ")));
    }
    protected.then(|| "its termination protection is on".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(phase: Phase) -> StackFacts {
        StackFacts {
            id: "id".into(),
            name: "shop-dev".into(),
            phase,
            state: String::new(),
            reason: None,
            created: None,
            updated: None,
            protected: false,
            tags: Default::default(),
            parameters: Default::default(),
            outputs: Default::default(),
        }
    }

    #[test]
    fn an_empty_shell_is_used_again() {
        assert_eq!(readiness(None), Readiness::Create);
        assert_eq!(readiness(Some(&stack(Phase::Empty))), Readiness::Create);
    }

    #[test]
    fn a_failed_undo_is_never_answered_with_a_deletion() {
        assert_eq!(readiness(Some(&stack(Phase::UpdateUndoFailed))), Readiness::Undo);
    }

    #[test]
    fn a_stack_at_work_is_waited_for() {
        for phase in [Phase::Creating, Phase::Updating, Phase::CleaningUp, Phase::UndoingUpdate, Phase::Deleting] {
            assert_eq!(readiness(Some(&stack(phase))), Readiness::Wait);
        }
    }

    #[test]
    fn only_a_stack_that_never_served_and_keeps_nothing_is_made_anew() {
        assert_eq!(recreation_refused(false, &[], false), None);
        assert!(recreation_refused(true, &[], false).is_some());
        assert!(recreation_refused(false, &["Data".to_owned()], false).is_some());
        assert!(recreation_refused(false, &[], true).is_some());
    }
}
