//! Copies of databases that are restored beside a stack, from the backups that lie in another region.

use async_trait::async_trait;
use jiff::Timestamp;

use super::cloud::CloudError;

/// A backup that a database can be restored from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// What the cloud calls it.
    pub id: String,
    /// The latest moment that is in it, on the cloud's clock.
    pub latest: Timestamp,
}

/// A copy to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyOrder {
    /// The backup that it is made of.
    pub backup: String,
    /// What it is called.
    pub name: String,
    /// The subnets that it stands in, by the cloud's name of them.
    pub subnets: String,
    /// Who reaches it: the security group.
    pub group: String,
}

/// How a copy is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyState {
    /// The cloud is at work on it, in its word.
    Busy(String),
    /// It can be used; whether its first user has a password that the cloud keeps.
    Ready {
        /// Whether it has.
        password: bool,
    },
    /// It is being deleted.
    Going,
    /// It won't get well by itself, in the cloud's word.
    Sick(String),
}

/// Makes and takes away copies of databases. A driver that has no way to, leaves all of it as it stands here.
#[async_trait]
pub trait Copies: Send + Sync {
    /// The latest backup of a database of any region that lies in this one, by the database's name in the cloud; none where there is none.
    async fn latest_backup(&self, _database: &str) -> Result<Option<Backup>, CloudError> {
        Err(not_yet())
    }

    /// Begins to make a copy; one of that name that is there already is left as it is.
    ///
    /// # Errors
    /// [`CloudError::Ambiguous`] where the answer was lost and could not be asked after.
    async fn make_copy(&self, _order: &CopyOrder) -> Result<(), CloudError> {
        Err(not_yet())
    }

    /// How a copy is; none where there is none.
    async fn copy(&self, _name: &str) -> Result<Option<CopyState>, CloudError> {
        Err(not_yet())
    }

    /// Has the cloud make up and keep a password for its first user. Done twice, the second does nothing.
    ///
    /// # Errors
    /// [`CloudError::Ambiguous`] where the answer was lost and could not be asked after.
    async fn take_password(&self, _name: &str) -> Result<(), CloudError> {
        Err(not_yet())
    }

    /// Begins to delete a copy, and keeps nothing of it. Where it is gone or going, nothing happens.
    ///
    /// # Errors
    /// [`CloudError::Ambiguous`] where the answer was lost and could not be asked after.
    async fn remove_copy(&self, _name: &str) -> Result<(), CloudError> {
        Err(not_yet())
    }
}

fn not_yet() -> CloudError {
    CloudError::Unsupported("this landfall can't restore databases on that cloud yet".to_owned())
}
