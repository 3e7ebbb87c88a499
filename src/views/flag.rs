//! What `landfall flag` shows.

use std::io;

use serde_json::{Value, json};

use super::output::{Format, Output};
use crate::ledger::entry::Switch;

/// A setting.
pub struct Row {
    /// Its name.
    pub name: String,
    /// What it decides.
    pub description: String,
    /// Where it stands; none on a cloud that nothing is deployed to.
    pub parameter: Option<String>,
    /// What the files say.
    pub file: String,
    /// What it was switched to; none where the files' value counts.
    pub switched: Option<String>,
}

/// Lists settings.
///
/// # Errors
/// Where nobody reads it any more.
pub fn list(output: &mut Output, target: &str, rows: &[Row]) -> io::Result<()> {
    if output.format == Format::Json {
        let settings: Vec<Value> = rows
            .iter()
            .map(|row| {
                let Row { name, description, parameter, file, switched } = row;
                json!({ "name": name, "description": description, "parameter": parameter, "file": file, "switched": switched })
            })
            .collect();
        let report = json!({ "format_version": 1, "target": target, "settings": settings });
        return output.result(&format!("{report:#}\n"));
    }
    if rows.is_empty() {
        return output.result(&format!("{target} has no settings.\n"));
    }
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Row { name, description, parameter: _, file, switched } in rows {
        let value = match switched {
            Some(switched) => format!("{switched} (switched; the files say {file})"),
            None => file.clone(),
        };
        text.push_str(&format!("{name:width$}  {value}  # {description}\n"));
    }
    output.result(&super::safe(&text))
}

/// Shows that a setting was switched.
///
/// # Errors
/// Where nobody reads it any more.
pub fn set(output: &mut Output, target: &str, switch: &Switch, entry: u64) -> io::Result<()> {
    let Switch { setting, flag, was, reset, why } = switch;
    if output.format == Format::Json {
        let report = json!({
            "format_version": 1,
            "target": target,
            "setting": setting,
            "parameter": flag.parameter,
            "was": was,
            "value": flag.value,
            "reset": reset,
            "why": why,
            "entry": entry,
        });
        return output.result(&format!("{report:#}\n"));
    }
    let was = was.as_ref().filter(|was| **was != flag.value).map(|was| format!(" (it was {was})")).unwrap_or_default();
    let until = if *reset {
        "The files' value counts again".to_owned()
    } else {
        "It stays so until the files give it another value, or until --reset".to_owned()
    };
    let text = format!(
        "setting.{setting} of {target} is {}{was}; recorded as entry {entry}.\n{until}. Workloads see it when they read {} again.\n",
        flag.value, flag.parameter
    );
    output.result(&super::safe(&text))
}

/// Says that there is nothing to reset.
///
/// # Errors
/// Where nobody reads it any more.
pub fn nothing(output: &mut Output, target: &str, setting: &str) -> io::Result<()> {
    if output.format == Format::Json {
        let report = json!({ "format_version": 1, "target": target, "setting": setting, "entry": null });
        return output.result(&format!("{report:#}\n"));
    }
    output.result(&format!("Nothing to do: setting.{setting} of {target} is not switched.\n"))
}
