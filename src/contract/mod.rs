//! What a workload needs and gives, as its own build says it: `contract.json`.
//!
//! Whoever builds a workload writes this file beside it, and landfall puts it into the bundle, where the digest of the bundle's
//! manifest holds it. The file is the only thing that workload and deployer share: neither names the other's code.

pub mod metric;
pub mod role;
pub mod schema;
pub mod variable;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::name::Name;
use role::Role;
use schema::SchemaRange;

/// The file's name beside the workload's manifest.
pub const FILE: &str = "contract.json";
/// The version of the format that this program reads and writes.
pub const FORMAT_VERSION: u32 = 1;
/// The largest contract that is read, bytes. The largest of ours has a fortieth of it.
pub const LARGEST: u64 = 1 << 20;

/// The contracts of a system's artifacts, by the artifact's name. An artifact whose build wrote none isn't here.
pub type Contracts = BTreeMap<Name, Contract>;

/// What one build needs and gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The build's own version.
    pub version: String,
    /// The database schemas that the build works with; none for one that has no schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaRange>,
    /// The namespace of the metrics that it emits; none where it emits none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_namespace: Option<String>,
    /// What the executable can be told to be.
    pub roles: Vec<Role>,
}

/// Why a contract can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// It isn't JSON of this shape.
    #[error("it isn't a contract: {0}")]
    Form(#[from] serde_json::Error),
    /// It has a format that this program doesn't know.
    #[error("it has format {found}; this version reads {FORMAT_VERSION}")]
    Version {
        /// The format that it has.
        found: u64,
    },
    /// Two roles have the same name.
    #[error("it names the role `{0}` twice")]
    Twice(String),
}

impl Contract {
    /// Reads a contract.
    ///
    /// # Errors
    /// Where the bytes are no contract, or one of another format.
    pub fn read(bytes: &[u8]) -> Result<Self, ContractError> {
        // The version first: another format may have another shape, and its number is what explains that.
        let value: serde_json::Value = serde_json::from_slice(bytes)?;
        if let Some(found) = value.get("format_version").and_then(serde_json::Value::as_u64)
            && found != u64::from(FORMAT_VERSION)
        {
            return Err(ContractError::Version { found });
        }
        let contract: Self = serde_json::from_value(value)?;
        let mut seen = std::collections::BTreeSet::new();
        match contract.roles.iter().find(|role| !seen.insert(role.name.as_str())) {
            Some(role) => Err(ContractError::Twice(role.name.clone())),
            None => Ok(contract),
        }
    }

    /// The role of that name.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = r#"{"format_version": 1, "version": "2.0.0", "roles": []}"#;

    #[test]
    fn a_contract_reads_back_as_it_was_written() {
        let contract = Contract::read(LEAST.as_bytes()).unwrap();
        assert_eq!((contract.schema, contract.version.as_str()), (None, "2.0.0"));
        assert_eq!(Contract::read(&serde_json::to_vec(&contract).unwrap()).unwrap(), contract);
    }

    #[test]
    fn another_format_is_named_and_not_guessed_at() {
        let later = r#"{"format_version": 2, "parts": []}"#;
        assert_eq!(Contract::read(later.as_bytes()).unwrap_err().to_string(), "it has format 2; this version reads 1");
        assert!(matches!(Contract::read(b"{}"), Err(ContractError::Form(_))));
        assert!(matches!(Contract::read(b"\xff"), Err(ContractError::Form(_))));
    }

    #[test]
    fn a_role_has_one_entry() {
        let role = r#"{"role": "api", "runs_as": ["service"], "variables": [], "metrics": [], "permissions": {}, "memory_mib": 1}"#;
        let text = format!(r#"{{"format_version": 1, "version": "1", "roles": [{role}, {role}]}}"#);
        assert!(matches!(Contract::read(text.as_bytes()), Err(ContractError::Twice(name)) if name == "api"));
    }

    /// The two crates share no code, so this is where they are held together.
    #[test]
    fn the_contract_of_the_engine_is_one() {
        let contract = Contract::read(include_bytes!("../../engine/contract.json")).unwrap();
        assert!(contract.roles.len() >= 6);
        let api = contract.role("api").unwrap();
        assert_eq!((api.port, api.health_path.as_deref()), (Some(8501), Some("/health")));
    }
}
