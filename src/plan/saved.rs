//! A plan on disk: what was decided, from which facts, sealed by a digest.
//!
//! The file is JSON. Its digest covers everything but the approvals, over a canonical form (keys sorted, no spaces), so that it
//! doesn't depend on who wrote the file. A plan is carried out only while every fact that it was made from still holds
//! ([`SavedPlan::verify`]). It holds no secret: values of secret properties are masked when the plan is made, and our documents name secrets
//! instead of holding them.

mod canonical;
mod facts;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Plan;
use super::approval::{self, Approval};
use super::deployment::Deployment;
use super::digest::Digest;

pub use canonical::digest_of;
pub use facts::{Bindings, Fact, Facts, Moved};

/// The version of the format that this landfall writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The largest plan file that is read, in bytes: 64 MiB, many times the largest document that a cloud takes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A plan with everything that applying it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// The version of this format.
    pub format_version: u32,
    /// The digest of `sealed` in canonical form.
    pub digest: Digest,
    /// What the digest covers.
    pub sealed: Sealed,
    /// The approvals given to this plan. Outside the digest, because they are given after it; each names the digest instead.
    #[serde(default)]
    pub approvals: Vec<Given>,
}

/// The part of a saved plan that never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// When it was made.
    pub made_at: Timestamp,
    /// Who made it, where known.
    pub made_by: Option<String>,
    /// The facts that it was made from.
    pub bindings: Bindings,
    /// The changes, consequences and widened access.
    pub plan: Plan,
    /// The document to deploy, and where to.
    pub deployment: Deployment,
    /// The keys of the files that the document refers to. Each key holds its file's digest.
    pub uploads: Vec<String>,
    /// What must be approved before it is carried out.
    pub approvals_needed: Vec<Approval>,
}

/// An approval that somebody gave to a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// What was approved.
    pub approval: Approval,
    /// Who gave it.
    pub by: String,
    /// The digest of the plan that it was given to.
    pub plan: Digest,
}

/// Why a saved plan can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedPlanError {
    /// The file is larger than any plan.
    #[error("the plan file has {0} bytes, more than the {MAX_BYTES} that a plan may have")]
    TooLarge(usize),
    /// The file is no JSON, or not of this shape.
    #[error("this is no plan file that landfall wrote: {0}; make a new one with `landfall plan TARGET --out FILE`")]
    Shape(String),
    /// A newer landfall wrote the file.
    #[error(
        "the plan file has format version {found}, and this landfall reads up to {FORMAT_VERSION}: use the landfall that made it, or make a new plan"
    )]
    Version {
        /// The version in the file.
        found: u64,
    },
    /// The content is not what was sealed.
    #[error("the plan file was changed after it was made (it says {said}, its content gives {found}): make a new plan")]
    Digest {
        /// The digest in the file.
        said: Digest,
        /// The digest of the content.
        found: Digest,
    },
    /// The document in the plan is not the one that its binding names.
    #[error("the document in the plan file is not the one that the plan was made for: make a new plan")]
    Document,
    /// An approval belongs to another plan.
    #[error("the approval {approval} in the plan file was given to another plan ({plan}): give it to this one")]
    Approval {
        /// The approval.
        approval: String,
        /// The digest of the plan that it was given to.
        plan: Digest,
    },
}

impl SavedPlan {
    /// Seals a plan with what it deploys and the facts it was made from. The document's digest in `bindings` is set here.
    pub fn seal(
        plan: Plan,
        deployment: Deployment,
        bindings: Bindings,
        made_at: Timestamp,
        made_by: Option<String>,
    ) -> SavedPlan {
        let sealed = Sealed {
            made_at,
            made_by,
            bindings: Bindings { document: deployment.document_digest(), ..bindings },
            approvals_needed: approval::needed(&plan),
            plan,
            uploads: deployment.uploads.iter().map(|upload| upload.key.clone()).collect(),
            deployment: Deployment { uploads: Vec::new(), images: BTreeMap::new(), ..deployment },
        };
        SavedPlan { format_version: FORMAT_VERSION, digest: digest_of(&sealed), sealed, approvals: Vec::new() }
    }

    /// The file's content: JSON with indentation and a final newline.
    pub fn to_json(&self) -> String {
        // Maps have text keys and no number is NaN, so this can't fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads a plan file and checks that nobody changed it.
    ///
    /// # Errors
    /// [`SavedPlanError`] for a file that is no plan, of a newer version, or not as it was sealed.
    pub fn read(bytes: &[u8]) -> Result<SavedPlan, SavedPlanError> {
        if bytes.len() > MAX_BYTES {
            return Err(SavedPlanError::TooLarge(bytes.len()));
        }
        #[derive(Deserialize)]
        struct Version {
            format_version: u64,
        }
        let shape = |error: serde_json::Error| SavedPlanError::Shape(error.to_string());
        let version: Version = serde_json::from_slice(bytes).map_err(shape)?;
        if version.format_version != u64::from(FORMAT_VERSION) {
            return Err(SavedPlanError::Version { found: version.format_version });
        }
        let saved: SavedPlan = serde_json::from_slice(bytes).map_err(shape)?;
        // Over what the file says, not over what was understood of it: an unknown key is a change too.
        let raw: serde_json::Value = serde_json::from_slice(bytes).map_err(shape)?;
        let found = digest_of(&raw["sealed"]);
        if found != saved.digest {
            return Err(SavedPlanError::Digest { said: saved.digest, found });
        }
        if saved.sealed.deployment.document_digest() != saved.sealed.bindings.document {
            return Err(SavedPlanError::Document);
        }
        if let Some(given) = saved.approvals.iter().find(|given| given.plan != saved.digest) {
            return Err(SavedPlanError::Approval { approval: given.approval.to_string(), plan: given.plan.clone() });
        }
        Ok(saved)
    }

    /// Adds an approval of this very plan.
    pub fn approve(&mut self, approval: Approval, by: String) {
        self.approvals.push(Given { approval, by, plan: self.digest.clone() });
    }

    /// The approvals that are needed and neither in the file nor among `given`.
    pub fn missing_approvals(&self, given: &[Approval]) -> Vec<Approval> {
        let all: Vec<Approval> =
            self.approvals.iter().map(|given| given.approval.clone()).chain(given.iter().cloned()).collect();
        approval::missing(&self.sealed.plan, &all)
    }

    /// What has moved since the plan was made: empty means that it may be carried out.
    pub fn verify(&self, now: &Facts) -> Vec<Moved> {
        self.sealed.bindings.moved(now)
    }
}

#[cfg(test)]
mod tests;
