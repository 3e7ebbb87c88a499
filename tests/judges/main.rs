//! Other people's programs judge ours: AWS's SAM translator, validator and client, cfn-lint, checkov,
//! PyYAML, skopeo, runc and Debian's registry. They come from `tools/setup`.

#![expect(clippy::disallowed_methods, reason = "finds the tools and reads the samples")]

mod arm;
mod azurite;
#[path = "../stories/built.rs"]
mod built;
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
#[path = "../stories/ground.rs"]
#[expect(dead_code, reason = "what stories stand on; judges need a part of it")]
mod ground;
mod image;
mod ledgers;
mod observe;
mod own_checks;
mod pipelines;
mod plan_schema;
mod python;
mod registry;
mod runbook;
mod sam;
mod sandbox;
#[path = "../stories/scene.rs"]
#[expect(dead_code, reason = "what stories stand on; judges need a part of it")]
mod scene;
mod status_schema;
#[cfg(target_os = "linux")]
mod terraform;
#[path = "../golden/written.rs"]
mod written;
mod yaml;
