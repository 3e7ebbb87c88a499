//! The machine itself: its clock, its files, its processes.

pub mod cargo;
pub mod clock;
pub mod files;
pub mod machine;
