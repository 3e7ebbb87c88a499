//! What an error says with all its causes.

use std::error::Error;

/// An error with all its causes, each once: the outer ones of a client say only that sending failed.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said = vec![error.to_string()];
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !said.contains(&text) {
            said.push(text);
        }
        source = error.source();
    }
    said.join(": ")
}
