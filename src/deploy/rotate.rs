//! Putting the new value of a secret in its place, before what reads it starts anew.

use super::error::DeployError;
use super::job::{Job, Unfinished};
use crate::ledger::entry::{Intent, Purpose};
use crate::ports::secret::{Hidden, Version};

impl Job<'_> {
    /// Sees to it that the version of the secret that a deployment brings is there, under the intent's identity or after the version
    /// that the intent names. The value is in no record: a run that was killed before it was sent can only be given up, and begun again
    /// by whoever has the value.
    pub(super) async fn rotate(&self, intent: &Intent, value: Option<&Hidden>) -> Result<(), Unfinished> {
        let Purpose::Deploy(deploy) = &intent.purpose else { return Ok(()) };
        let Some(rotation) = &deploy.rotates else { return Ok(()) };
        let Some(secret) = &rotation.physical else { return Ok(()) };
        let version = Version { identity: &intent.id, after: rotation.after.as_deref() };
        let write = async {
            if let Some(value) = value {
                self.lease.assure().await.map_err(Unfinished::Error)?;
                return Ok(self.cloud.write_secret(secret, version, value).await?);
            }
            if self.cloud.has_version(secret, version).await? {
                return Ok(());
            }
            let target = self.lease.book().target().to_owned();
            Err(Unfinished::Abandoned(DeployError::NotRotated { target, secret: rotation.secret.clone() }))
        };
        self.unless_stopped("whether the new value is there is not known", write).await
    }
}
