//! Other people's programs judge ours: AWS's SAM translator, validator and client, cfn-lint, checkov,
//! PyYAML, skopeo, runc and Debian's registry. They come from `tools/setup`.

#![expect(clippy::disallowed_methods, reason = "finds the tools and reads the samples")]

mod arm;
mod azurite;
#[path = "../golden/case.rs"]
mod case;
mod check;
mod compose;
mod container;
mod cost_schema;
mod create_only;
mod documents;
mod elsewhere;
mod google;
mod graph_schema;
mod image;
mod ledgers;
mod own_checks;
mod pipelines;
mod plan_schema;
mod python;
mod registry;
mod runbook;
mod sam;
mod sandbox;
mod status_schema;
#[path = "../golden/written.rs"]
mod written;
mod yaml;
