//! An alarm, a budget or a cost watch that tells nobody.
//!
//! Why: it would ring where nobody hears it.
//! Mend: name at least one topic under `notify`.

use crate::diagnostics::finding::Finding;
use crate::model::name::Name;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

pub(super) const CODE: &str = "nobody-told";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let silent = |kind: Kind, name: &Name, notify: &[Reference]| {
        notify.is_empty().then(|| {
            let reference = Reference::new(kind, name);
            let path = reference.path().into_iter().chain(["notify".to_owned()]);
            Finding::error(CODE, path, format!("{reference} tells nobody")).why("its list `notify` is empty").fix(
                match stack.topics.keys().next() {
                    Some(topic) => format!("name a topic, such as topic.{topic}"),
                    None => "add a topic under `topics` and name it".to_owned(),
                },
            )
        })
    };
    let alarms = stack.alarms.iter().filter_map(|(name, one)| silent(Kind::Alarm, name, &one.notify));
    let budgets = stack.budgets.iter().filter_map(|(name, one)| silent(Kind::Budget, name, &one.notify));
    let anomalies = stack.cost_anomalies.iter().filter_map(|(name, one)| silent(Kind::CostAnomaly, name, &one.notify));
    alarms.chain(budgets).chain(anomalies).collect()
}
