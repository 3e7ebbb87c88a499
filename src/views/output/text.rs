//! How the texts of files for others are filled in.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

/// What fills them in: it knows every value that a text asks for, and escapes none. They are checked names, addresses, paths and numbers, or
/// quoted before.
///
/// # Errors
/// Where the signs of our texts are none.
pub(in crate::views) fn texts() -> Result<Environment<'static>, Error> {
    let mut texts = Environment::new();
    texts.set_undefined_behavior(UndefinedBehavior::Strict);
    texts.set_auto_escape_callback(|_| AutoEscape::None);
    texts
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    Ok(texts)
}
