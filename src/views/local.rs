//! What `landfall local` shows.

use std::io;

use serde_json::json;

use super::output::{Format, Output};
use crate::model::placement::Placement;

/// Says where the stand-in is, and what it has.
///
/// # Errors
/// Where nobody reads it any more.
pub fn started(output: &mut Output, url: &str, place: &Placement, made: usize, there: usize) -> io::Result<()> {
    let Placement { account, region, .. } = place;
    if output.format == Format::Json {
        let report = json!({
            "format_version": 1,
            "url": url,
            "account": account,
            "region": region,
            "made": made,
            "already_there": there,
        });
        return output.result(&format!("{report}\n"));
    }
    output.result(&format!(
        "The stand-in runs at {url} with {} resources ({made} made now):\n\n  \
         export AWS_ENDPOINT_URL={url} AWS_DEFAULT_REGION={region} AWS_ACCESS_KEY_ID={account} AWS_SECRET_ACCESS_KEY=sandbox\n\n\
         Buckets and settings can be read and written; queues, topics and secrets are there and carry nothing.\n",
        made + there
    ))
}
