//! The machine itself: its clock, its files, its processes, its terminal.

pub mod cargo;
pub mod clock;
pub mod command;
pub mod database;
pub mod files;
pub mod git;
pub mod machine;
pub mod signals;
pub mod terminal;
pub mod width;
