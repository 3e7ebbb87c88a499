//! Resource types: how each is named, what it gives, how long it takes and what its service refuses.

pub mod facts;
pub mod identity;
pub mod lifecycle;
pub mod protection;
pub mod rules;
