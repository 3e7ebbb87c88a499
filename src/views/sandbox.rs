//! What `landfall sandbox` shows.

use std::io;

use serde_json::{Value, json};

use super::output::{Format, Output};

/// Says where the sandbox runs, and how other clients reach it.
///
/// # Errors
/// Where nobody reads it any more.
pub fn started(output: &mut Output, url: &str) -> io::Result<()> {
    if output.format == Format::Json {
        return output.result(&format!("{}\n", json!({ "format_version": 1, "url": url })));
    }
    output.result(&format!(
        "The sandbox runs at {url} until it is interrupted. Any client of a cloud can use it: AWS's with\n\n  \
         export AWS_ENDPOINT_URL={url} AWS_ACCESS_KEY_ID=111122223333 AWS_SECRET_ACCESS_KEY=sandbox\n\n\
         where the access key is the number of the account; Azure's with {url} for https://management.azure.com and a \
         subscription's id for its token; Google Cloud's with {url} for https://config.googleapis.com, \
         https://storage.googleapis.com and https://cloudresourcemanager.googleapis.com, and a project's id for its token.\n"
    ))
}

/// Shows which stacks the sandbox has.
///
/// # Errors
/// Where nobody reads it any more.
pub fn status(output: &mut Output, url: Option<&str>, stacks: &Value) -> io::Result<()> {
    let list = stacks.get("stacks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if output.format == Format::Json {
        return output.result(&format!("{:#}\n", json!({ "format_version": 1, "url": url, "stacks": list })));
    }
    let mut text = match url {
        Some(url) => format!("A sandbox runs at {url}.\n"),
        None => "No sandbox runs on its own; `--sandbox` brings one along for each command.\n".to_owned(),
    };
    if list.is_empty() {
        text.push_str("It has no stacks.\n");
    }
    for stack in list {
        let of = |key: &str| stack.get(key).and_then(Value::as_str).unwrap_or_default();
        let resources = stack.get("resources").and_then(Value::as_u64).unwrap_or(0);
        text.push_str(&format!(
            "  {} ({} {}): {}, {resources} resources\n",
            of("name"),
            of("account"),
            of("region"),
            of("status")
        ));
    }
    output.result(&super::safe(&text))
}
