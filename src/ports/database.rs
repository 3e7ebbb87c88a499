//! A database that is spoken to directly: the one whose address the caller's environment holds.

use async_trait::async_trait;

/// Why a database did not do what it was asked. Nothing of its address is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// What was given is no address of a database.
    #[error("{variable} holds no address of a database: {why}")]
    Address {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// It can't be reached.
    #[error("the database that {variable} names can't be reached: {why}")]
    Unreachable {
        /// The variable.
        variable: &'static str,
        /// What happened.
        why: String,
    },
    /// It said no; nothing was changed.
    #[error("the database says: {0}")]
    Refused(String),
    /// Whether a transaction was committed is not known.
    #[error("whether the database took it is not known: {0}")]
    Ambiguous(String),
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was committed.
    Committed,
    /// It is still open.
    Open,
    /// It was undone, or the database doesn't know it.
    Never,
}

/// The database whose address the caller's environment holds.
#[async_trait]
pub trait Database: Send + Sync {
    /// The variable that holds its address.
    fn variable(&self) -> &'static str;

    /// A digest of where it is, without who asks; none where no address was given.
    ///
    /// # Errors
    /// [`DatabaseError::Address`].
    fn place(&self) -> Result<Option<String>, DatabaseError>;

    /// Opens a transaction.
    ///
    /// # Errors
    /// [`DatabaseError::Address`], [`DatabaseError::Unreachable`].
    async fn begin(&self) -> Result<Box<dyn Transaction>, DatabaseError>;

    /// What became of a transaction of an earlier run.
    ///
    /// # Errors
    /// [`DatabaseError::Address`], [`DatabaseError::Unreachable`].
    async fn ended(&self, transaction: &str) -> Result<Ended, DatabaseError>;
}

/// An open transaction; dropped, it is undone.
#[async_trait]
pub trait Transaction: Send {
    /// Its name, by which [`Database::ended`] knows it.
    fn name(&self) -> &str;

    /// Runs statements; gives how many rows they changed.
    ///
    /// # Errors
    /// [`DatabaseError::Refused`]: nothing of them is kept.
    async fn tell(&mut self, sql: &str) -> Result<u64, DatabaseError>;

    /// Ends it for good.
    ///
    /// # Errors
    /// [`DatabaseError::Refused`], and [`DatabaseError::Ambiguous`] where the answer was lost.
    async fn commit(self: Box<Self>) -> Result<(), DatabaseError>;
}
