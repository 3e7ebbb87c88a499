//! A built workload: what functions and services run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A built workload. The stack names it; a release fixes which build it is, by digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Artifact {
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The folder of the crate it is built from, below the project's root; or
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "crate")]
    pub source_crate: Option<String>,
    /// the executables that somebody else built, by processor, below the project's root; or
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub executables: BTreeMap<Architecture, String>,
    /// the zip archive that somebody else built, below the project's root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// Files that the executable finds beside itself, such as certificates: the path in the archive and the image, and the file
    /// below the project's root.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// What the workload needs and gives, as its build wrote it, below the project's root. That of a crate is the
    /// `contract.json` beside its manifest, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
}

/// The processor that a workload is built for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// 64-bit Arm.
    #[default]
    Aarch64,
    /// 64-bit x86.
    #[serde(rename = "x86_64")]
    X86_64,
}

impl Architecture {
    /// The word by which it is named in files and on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Architecture::Aarch64 => "aarch64",
            Architecture::X86_64 => "x86_64",
        }
    }
}
