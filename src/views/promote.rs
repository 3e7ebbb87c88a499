//! What `landfall promote` shows around the plan.

use std::io;

use super::output::Output;
use crate::diagnostics::secrecy;
use crate::model::placement::Target;
use crate::release::promotion::Gate;
use crate::release::sealed::Release;
use crate::release::settings::Setting;

/// What is promoted.
#[derive(Clone, Copy, Debug)]
pub struct Promotion<'a> {
    /// The target that it comes from.
    pub from: &'a Target,
    /// The target that it goes to.
    pub to: &'a Target,
    /// The release.
    pub release: Option<&'a Release>,
    /// What differs between the two targets besides.
    pub settings: &'a [Setting],
}

/// Says what stays the same and what differs, before the plan. It goes where progress goes: the plan is the result.
///
/// # Errors
/// Where nobody reads it any more.
pub fn begins(output: &mut Output, promotion: &Promotion<'_>) -> io::Result<()> {
    let Promotion { from, to, release, settings } = promotion;
    let mut text = String::new();
    if let Some(release) = release {
        text.push_str(&format!("{to} gets release {} of {from}.\n", release.reference()));
        for (name, artifact) in &release.sealed.artifacts {
            let archives =
                artifact.archives.iter().map(|(processor, digest)| format!("{processor} {}", digest.short()));
            let image = artifact.image.iter().map(|image| format!("image {}", image.get(..19).unwrap_or(image)));
            let parts: Vec<String> = archives.chain(image).collect();
            text.push_str(&format!("  = {name} is identical, byte for byte: {}\n", parts.join(", ")));
        }
    }
    if settings.is_empty() {
        text.push_str("No setting differs between the two.\n");
    } else {
        text.push_str(&format!("What differs between {} and {}:\n", from.environment, to.environment));
    }
    for Setting { path, from, to } in *settings {
        text.push_str(&match (from, to) {
            (Some(from), Some(to)) => format!("  ~ {path}: {} → {}\n", shown(path, from), shown(path, to)),
            (None, Some(to)) => format!("  + {path}: {}\n", shown(path, to)),
            (Some(from), None) => format!("  - {path}: {}\n", shown(path, from)),
            (None, None) => String::new(),
        });
    }
    output.say(&super::safe(&text))
}

/// A value, unless it looks like a secret.
fn shown<'a>(path: &str, value: &'a str) -> &'a str {
    let name = path.rsplit('.').next().unwrap_or(path);
    if secrecy::is_secret_name(name) || secrecy::looks_like(value).is_some() { "(hidden)" } else { value }
}

/// Shows gates and what they found.
///
/// # Errors
/// Where nobody reads it any more.
pub fn gates(output: &mut Output, gates: &[Gate]) -> io::Result<()> {
    let mut text = String::new();
    for Gate { name, open, found } in gates {
        let state = if *open { "open" } else { "CLOSED" };
        text.push_str(&format!("gate {name:<8}  {state:<6}  {found}\n"));
    }
    output.say(&super::safe(&text))
}
