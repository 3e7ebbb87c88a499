//! What `landfall bundle` shows.

use std::io;
use std::path::Path;

use super::output::{Format, Output};
use crate::bundle::manifest::Manifest;

/// Shows what was written: each archive and image with its size and digest.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, folder: &Path, manifest: &Manifest) -> io::Result<()> {
    if output.format == Format::Json {
        let json = serde_json::to_string_pretty(manifest).map_err(io::Error::other)?;
        return output.result(&format!("{json}\n"));
    }
    let mut text = format!("Bundled into {}:\n", folder.display());
    for (name, artifact) in &manifest.artifacts {
        for (processor, path) in &artifact.archives {
            if let Some(file) = manifest.files.get(path) {
                text.push_str(&format!(
                    "  {name}  function archive, {processor}  {}  {}\n",
                    size(file.size),
                    short(&file.digest)
                ));
            }
        }
        if let (Some(image), Some(digest)) = (&artifact.image, &artifact.image_digest) {
            let inside = manifest.files.iter().filter(|(path, _)| path.starts_with(&format!("{image}/")));
            let bytes: u64 = inside.map(|(_, file)| file.size).sum();
            text.push_str(&format!("  {name}  image layout  {}  {}\n", size(bytes), short(digest)));
        }
    }
    output.result(&text)
}

pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1_024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

/// Enough of a digest to tell it from others.
fn short(digest: &str) -> String {
    digest.chars().take("sha256:".len() + 12).collect()
}
