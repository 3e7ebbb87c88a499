//! Files that are kept, beside what is made now.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use crate::case::Outcome;

/// What differs from what is kept.
pub(crate) struct Kept {
    bless: bool,
    differing: Vec<String>,
}

impl Kept {
    /// Nothing compared yet. `LANDFALL_BLESS` has what differs written anew.
    pub(crate) fn new() -> Kept {
        Kept { bless: std::env::var_os("LANDFALL_BLESS").is_some(), differing: Vec::new() }
    }

    /// Compares one file; where it differs it is called by the name.
    pub(crate) fn compare(&mut self, name: impl Display, path: &Path, text: &str) -> Outcome<()> {
        if fs::read_to_string(path).ok().as_deref() == Some(text) {
            return Ok(());
        }
        self.differing.push(name.to_string());
        if self.bless {
            fs::create_dir_all(path.parent().ok_or("no folder")?)?;
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// Fails where anything differed, also where it was written anew: nobody blesses by accident.
    pub(crate) fn hold(self) {
        let what =
            if self.bless { "written anew; read the difference and run again" } else { "differ from what is kept" };
        assert!(self.differing.is_empty(), "{what}: {}", self.differing.join(", "));
    }
}
