//! What AWS's usual times make of five losses.

use super::runbook::made;
use super::{failover, recovery};
use crate::clouds::scenario::{self, A_DAY, Elsewhere, Habits, Scenarios, Unprepared};
use crate::model::placement::Target;
use crate::model::stack::Stack;

/// What AWS usually takes.
pub(super) fn habits() -> Habits {
    Habits {
        cloud: "AWS",
        // A round figure for a task on Fargate, its image pulled; the target group's checks come before.
        copy: 90,
        // ElastiCache user guide, "Minimizing downtime in ElastiCache with Multi-AZ": promoting a replica takes seconds to a few minutes.
        node: 120,
        // What making one takes.
        only_node: made("AWS::ElastiCache::ReplicationGroup"),
        // One a day, in the window.
        snapshots: A_DAY,
        // RDS user guide, "Multi-AZ DB instance deployments": 60 to 120 typically.
        standby: 120,
        // A round figure for a reboot and the recovery after a crash.
        restart: 300,
        // RDS user guide, "Promoting a read replica to be a standalone DB instance": a few minutes, with a reboot.
        promote: 300,
        // What making an instance takes, and a round half an hour for its data: a drill gives the real figure.
        restore: made("AWS::RDS::DBInstance") + 1_800,
        // A round figure for a rolling deployment of services.
        deploy: 900,
        // RDS user guide, "Introduction to backups": 35 days at most, copies and log alike.
        log_days: 35,
    }
}

/// The five losses of a stack on AWS.
pub(super) fn scenarios(target: &Target, stack: &Stack) -> Scenarios {
    scenario::scenarios(stack, &habits(), elsewhere(target, stack))
}

/// What lies elsewhere: the copies of databases where the files say so, one a day at least.
fn elsewhere(target: &Target, stack: &Stack) -> Elsewhere {
    let left = recovery::left(stack);
    let mut notes = Vec::new();
    let (copied, _) = scenario::buckets(stack);
    if !copied.is_empty() {
        notes.push(format!(
            "What is in these is copied to another region, most of it within a quarter of an hour: {}.",
            scenario::listed(&copied)
        ));
    }
    if !left.is_empty() {
        notes.push(format!("Nobody copies what is in these to another region: {}.", left.join(", ")));
    }
    if let Some(way) = failover::way(target, stack) {
        let steps = way.steps.into_iter().map(|step| (step.what, step.seconds)).collect();
        return Elsewhere { steps: Some(steps), age: Some(scenario::age(stack, A_DAY)), notes };
    }
    notes.extend(scenario::replicated(stack));
    let mut databases = stack.databases.values();
    if databases.any(|database| database.backup.copied_to.is_none() && database.replica_in.is_none()) {
        notes.push(
            "The snapshots of databases stand in the region too. `backup.copied-to` in the environment's files has them copied to another one; with `recovery` besides, this runbook has the way there."
                .to_owned(),
        );
        return Elsewhere { steps: None, age: None, notes };
    }
    let unprepared = Unprepared {
        region: "another region",
        deploy: failover::deployed(stack),
        restore: habits().restore,
        from: "its copies",
        promote: habits().promote,
        stands: true,
        dns: failover::DNS,
    };
    notes.push("`recovery` in the environment's files names the environment that stands there then, and this runbook has the way to it.".to_owned());
    Elsewhere { steps: Some(unprepared.steps(stack)), age: Some(scenario::age(stack, A_DAY)), notes }
}
