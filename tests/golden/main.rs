//! What is rendered, beside what was rendered before; and what it has to hold.
//!
//! `<case>/` holds the files of a system (or the system stands in `environments/`), and for each of its environments a
//! folder with the documents that come out. `LANDFALL_BLESS=1` writes the documents anew and still fails the run, so that
//! nobody blesses by accident.
#![expect(clippy::disallowed_methods, reason = "reads the cases and writes the blessed documents")]

mod azure;
mod case;
mod cost;
mod entmoot;
mod goldens;
mod kept;
mod literals;
mod pages;
mod pictures;
mod pipelines;
mod production;
mod provider;
mod registry;
mod runbook;
mod stormops;
mod stormops_azure;
mod template;
mod watchpoint;
mod written;
