//! Access to the world: one request at a time, each of which finds it up to date.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::aws::cloudformation::operation;
use super::azure;
use super::clock::Clock;
use super::error::SandboxError;
use super::gcp;
use super::world::World;

/// The world, one request at a time.
pub struct Access {
    world: Mutex<World>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Access").finish_non_exhaustive()
    }
}

impl Access {
    /// Access to a world.
    pub fn new(world: World, clock: Arc<dyn Clock>) -> Self {
        Self { world: Mutex::new(world), clock }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Brings the world up to date, does something with it, and commits what changed. What was done is answered only once it's
    /// committed.
    ///
    /// # Errors
    /// When the state can't be written.
    pub fn with<R>(&self, act: impl FnOnce(&mut World, Timestamp) -> R) -> Result<R, SandboxError> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        operation::advance_all(&mut world, now);
        azure::operation::advance_all(&mut world, now);
        gcp::operation::advance_all(&mut world, now);
        let outcome = act(&mut world, now);
        world.commit()?;
        Ok(outcome)
    }
}

/// The pairs of a query string.
pub fn query_pairs(query: Option<&str>) -> BTreeMap<String, String> {
    serde_urlencoded::from_str(query.unwrap_or_default()).unwrap_or_default()
}
