//! What `landfall probe` writes: questions from outside, from the texts in `templates/probe`.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value, context};
use serde::Serialize;

const TEXTS: &[(&str, &str)] = &[
    ("blackbox.yml", include_str!("../../templates/probe/blackbox.yml")),
    ("prometheus.yml", include_str!("../../templates/probe/prometheus.yml")),
    ("rules.yml", include_str!("../../templates/probe/rules.yml")),
];

/// A probe of a target.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// Its name among those of all targets.
    pub name: String,
    /// The target.
    pub target: String,
    /// Its system.
    pub system: String,
    /// Its environment.
    pub environment: String,
    /// Its name in the environment.
    pub probe: String,
    /// The address that is asked.
    pub url: String,
    /// The status that it has to answer with.
    pub status: u16,
    /// How long the answer may take, seconds.
    pub within: u64,
    /// How long the prober's answer may take, seconds.
    pub patience: u64,
    /// How often it is asked, seconds.
    pub every: u64,
    /// How many times in a row it has to fail.
    pub failures: u32,
    /// How long it has failed by then, seconds.
    pub wait: u64,
    /// How long nobody may have asked, seconds.
    pub silence: u64,
}

/// The files by name.
///
/// # Errors
/// Where a text of ours asks for what isn't there.
pub fn files(probes: &[Asked], exporter: &str) -> Result<BTreeMap<&'static str, String>, Error> {
    let mut texts = Environment::new();
    texts.set_undefined_behavior(UndefinedBehavior::Strict);
    // Every value is a checked name, an address put together from such, or a number.
    texts.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?;
    texts.set_syntax(syntax);
    let written = TEXTS.iter().map(|(name, text)| {
        Ok((*name, texts.render_str(text, context!(probes => Value::from(Serde(&probes)), exporter))?))
    });
    written.collect()
}
