//! Where the state lies: in the bucket for sources, or in a folder of the sandbox. Never in the repository.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::Own;
use crate::ports::cloud::CloudError;

/// Where the states of stacks lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// In the bucket that sources lie in: it keeps versions and is closed to the public.
    Bucket,
    /// In a folder of the sandbox.
    Folder(PathBuf),
}

/// The file that says so to the engine, beside the document, which says nothing of it.
pub(super) const FILE: &str = "backend.tf.json";

/// What holds a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    /// The lock's identity.
    pub(super) id: String,
    /// Who has it, as the engine names the person and the machine.
    pub(super) who: String,
    /// Since when.
    pub(super) since: String,
    /// What it is held for.
    pub(super) operation: String,
}

impl Own {
    /// What a stack's state, lock and record lie under in the bucket.
    pub(super) fn prefix(stack: &str) -> String {
        format!("terraform/{stack}")
    }

    /// Where the state of a stack lies, as the engine reads it (Terraform documentation, backends `gcs` and `local`).
    pub(super) fn backend(&self, stack: &str) -> String {
        let backend = match &self.home {
            Home::Bucket => json!({ "gcs": { "bucket": self.gcp.usual_bucket(), "prefix": Self::prefix(stack) } }),
            Home::Folder(folder) => json!({ "local": { "path": folder.join(format!("{stack}.tfstate")) } }),
        };
        format!("{:#}\n", json!({ "terraform": { "backend": backend } }))
    }

    /// Who holds the state, as far as that can be seen without the engine: the lock of a bucket is an object beside the state. A
    /// folder's is the system's own, and ends with its process.
    pub(super) async fn holder(&self, stack: &str) -> Result<Option<Holder>, CloudError> {
        if self.home != Home::Bucket {
            return Ok(None);
        }
        let name = format!("{}/default.tflock", Self::prefix(stack));
        let found = self.gcp.note(&self.gcp.usual_bucket(), &name).await?;
        Ok(found.map(|found| {
            let told: Value = serde_json::from_str(&found).unwrap_or_default();
            let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or("unknown").to_owned();
            Holder { id: text("ID"), who: text("Who"), since: text("Created"), operation: text("Operation") }
        }))
    }

    /// What a locked state means, and what to do.
    pub(super) fn locked(&self, stack: &str, holder: &Holder) -> CloudError {
        let Holder { id, who, since, operation } = holder;
        let lock = match &self.home {
            Home::Bucket => {
                format!("`gcloud storage rm gs://{}/{}/default.tflock`", self.gcp.usual_bucket(), Self::prefix(stack))
            }
            Home::Folder(_) => "that process has ended, and its lock with it: start again".to_owned(),
        };
        CloudError::Refused {
            call: self.program.name().to_owned(),
            code: "LOCKED".to_owned(),
            message: format!(
                "the state of {stack} is locked by {who} since {since} ({operation}, {id}): wait until that is done; once it is certain that nothing runs there any more, {lock}"
            ),
        }
    }
}

/// The holder of a lock, from what the engine says where it doesn't get it.
pub(super) fn told(detail: &str) -> Holder {
    let text = |name: &str| {
        let found = detail.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'));
        found.map(str::trim).filter(|found| !found.is_empty()).unwrap_or("unknown").to_owned()
    };
    Holder { id: text("ID"), who: text("Who"), since: text("Created"), operation: text("Operation") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_a_state_is_read_from_what_the_engine_says() {
        let detail = "writing \"gs://b/terraform/shop-dev/default.tflock\" failed\nLock Info:\n  ID:        1669\n  Path:      gs://b/x\n  Operation: OperationTypeApply\n  Who:       ana@laptop\n  Version:   1.5.7\n  Created:   2026-11-22 10:00:00 +0000 UTC\n  Info:      \n";
        let holder = told(detail);
        assert_eq!((holder.id.as_str(), holder.who.as_str()), ("1669", "ana@laptop"));
        assert_eq!(holder.since, "2026-11-22 10:00:00 +0000 UTC");
        assert_eq!(told("nothing").who, "unknown");
    }
}
