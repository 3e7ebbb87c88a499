//! What verbs show, in text, JSON and Markdown: the same names as in `commands`.

pub mod bundle;
pub mod output;
pub mod validate;
