//! Problems with a place: what is wrong, where, why, and what to do. All of them at once, in a fixed order.

pub mod annotation;
pub mod concealed;
pub mod diagnostic;
pub mod finding;
pub mod listing;
pub mod nearest;
pub mod rule;
pub mod secrecy;
pub mod shown;
pub mod text;
