//! Other people's programs judge ours: AWS's SAM translator, cfn-lint, PyYAML. They come from `tools/setup`.

mod python;
mod registry;
mod sam;
mod yaml;
