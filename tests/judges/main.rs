//! Other people's programs judge ours: AWS's SAM translator and client, cfn-lint, PyYAML. They come from `tools/setup`.

#![expect(clippy::disallowed_methods, reason = "finds the tools and reads the samples")]

mod check;
mod create_only;
mod plan_schema;
mod python;
mod registry;
mod sam;
mod sandbox;
mod yaml;
