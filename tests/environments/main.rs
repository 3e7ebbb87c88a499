//! Environments that are right and environments that are wrong, each named after its behaviour, with the exact diagnostics.
//!
//! `invalid/<behaviour>.yaml` is an environment without a base, `invalid/<behaviour>/` holds `base.yaml` and `dev.yaml`; beside
//! it stands `<behaviour>.txt`, what people are told, and where they exist `<behaviour>.json` and `<behaviour>.github`.
//! `LANDFALL_BLESS=1` writes these files anew and still fails the run, so that nobody blesses by accident.
//! `valid/` holds environments about which nothing is to be said.
#![expect(clippy::disallowed_methods, reason = "reads the samples and writes the blessed ones")]

mod sample;

mod any_bytes;
mod hostile_files;
mod invalid_environments;
mod secrets_stay_hidden;
mod valid_environments;
