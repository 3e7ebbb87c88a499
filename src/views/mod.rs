//! What verbs show, in text, JSON and Markdown: the same names as in `commands`.

pub mod apply;
pub mod bundle;
pub mod ci;
pub mod cost;
pub mod destroy;
pub mod doctor;
pub mod drift;
pub mod failover;
pub mod flag;
pub mod graph;
pub mod history;
pub mod ledger;
pub mod local;
pub mod observe;
pub mod output;
pub mod plan;
pub mod probe;
pub mod promote;
pub mod recover;
pub mod release;
pub mod render;
pub mod rollback;
pub mod rotate;
pub mod sandbox;
pub mod status;
pub mod unlock;
pub mod validate;

pub(crate) use output::printable::safe;
