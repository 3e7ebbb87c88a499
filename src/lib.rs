//! landfall: infrastructure as code with a plan, a promotion and a rollback that can be trusted.
//!
//! ```text
//! environment ─► model ─► clouds ─► plan ─► ports ◄─ drivers
//!                  ▲          ▲                 ▲
//!               checks       cost           commands ─► views
//! ```
//!
//! Arrows point towards data. The model knows no cloud, a cloud's renderer does no IO, only drivers touch the network,
//! and only `main` names drivers. `tests/architecture` holds these rules.

pub mod bundle;
pub mod checks;
pub mod clouds;
pub mod commands;
pub mod contract;
pub mod cost;
pub mod deploy;
pub mod diagnostics;
pub mod drivers;
pub mod environment;
pub mod exit_code;
pub mod ledger;
pub mod model;
pub mod page;
pub mod parallel;
pub mod picture;
pub mod plan;
pub mod ports;
pub mod release;
pub mod sandbox;
pub mod scrape;
pub mod views;
