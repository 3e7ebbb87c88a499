//! A website of files, which the cloud keeps near its visitors.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Time;

/// A website of files in a private object store, brought to visitors over TLS by the cloud's network of copies. A release puts
/// the files there; only that network reads them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Site {
    /// What it shows, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The file that answers `/`.
    #[serde(default = "index")]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_.-]{1,128}$"), extend("x-expects" = "a file's name, such as index.html"))]
    pub index: String,
    /// The file for paths that aren't there. Where it is the index, it is answered as found: the page's own program looks at the
    /// path. Without one the visitor sees the cloud's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_.-]{1,128}$"), extend("x-expects" = "a file's name, such as 404.html"))]
    pub not_found: Option<String>,
    /// How long a copy is kept where the file doesn't say.
    #[serde(default = "a_day")]
    pub keep_copies: Time,
    /// Whether the files outlive the stack.
    #[serde(default)]
    pub protected: bool,
}

fn index() -> String {
    "index.html".to_owned()
}

fn a_day() -> Time {
    Time::days(1)
}
