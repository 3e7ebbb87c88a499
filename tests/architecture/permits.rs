//! Who may lift a lint ban of `clippy.toml`.

use crate::Breach;
use crate::source::Source;

/// Modules that touch the world, so that no other has to.
const PERMITTED: &[&str] = &["drivers", "sandbox"];

pub(crate) fn breaches(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = vec![];
    for source in sources {
        if source.path == "main.rs" || source.module().is_some_and(|module| PERMITTED.contains(&module)) {
            continue;
        }
        for attribute in &source.attributes {
            let lifts = attribute.text.starts_with("allow")
                || attribute.text.starts_with("expect")
                || attribute.text.starts_with("cfg_attr");
            if lifts && attribute.text.replace(' ', "").contains("clippy::disallowed_methods") {
                breaches.push(Breach {
                    file: source.path.clone(),
                    line: attribute.line,
                    what: format!(
                        "lifts the bans of clippy.toml; only main, {} may: take what you need as an argument or through a port",
                        PERMITTED.join(" and ")
                    ),
                });
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{none, source};

    #[test]
    fn only_the_edge_lifts_a_ban() -> Result<(), Box<dyn std::error::Error>> {
        Ok(none(breaches(&source::all()?))?)
    }

    #[test]
    fn lifting_a_ban_in_the_middle_is_refused() {
        for text in [
            "#![expect(clippy::disallowed_methods, reason = \"quicker\")]",
            "#[allow(clippy::disallowed_methods)] fn f() {}",
            "mod inner { #![allow(clippy::disallowed_methods)] }",
        ] {
            assert_eq!(breaches(&[Source::parse("plan/diff.rs", text).unwrap()]).len(), 1, "{text}");
            assert!(breaches(&[Source::parse("drivers/local/files.rs", text).unwrap()]).is_empty(), "{text}");
        }
    }
}
