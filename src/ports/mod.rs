//! What the decisions need from outside, as traits. A driver implements them, a test fakes them; nothing here names a cloud's SDK.

pub mod calls;
pub mod clock;
pub mod cloud;
pub mod command;
pub mod compiler;
pub mod copies;
pub mod database;
pub mod files;
pub mod images;
pub mod interrupt;
pub mod ledger;
pub mod machine;
pub mod migrations;
pub mod records;
pub mod repository;
pub mod sandbox;
pub mod secret;
pub mod setting;
pub mod sight;
pub mod terminal;
