//! What `landfall release` shows.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Value, json};

use super::output::{Format, Output};
use crate::deploy::prune::{Pin, Pins, Pruned};
use crate::plan::digest::Digest;
use crate::release::sealed::{Origin, Release};
use crate::release::verify::{Flaw, parts};

/// Shows what was sealed.
///
/// # Errors
/// Where nobody reads it any more.
pub fn created(output: &mut Output, release: &Release) -> io::Result<()> {
    if output.format == Format::Json {
        return json(output, &json!({ "format_version": 1, "release": release }));
    }
    let sealed = &release.sealed;
    let text = format!(
        "Sealed {}: {}, {}.\n{}\nProve it at any time with `landfall release verify {} {}`.\n",
        called(release),
        counted(sealed.definition.len(), "file"),
        counted(sealed.artifacts.len(), "artifact"),
        signed(release),
        sealed.system,
        sealed.name.as_deref().unwrap_or(release.id.short()),
    );
    output.result(&super::safe(&text))
}

/// Shows a system's releases with what keeps each from being pruned, and those that can't be trusted.
///
/// # Errors
/// Where nobody reads it any more.
pub fn list(
    output: &mut Output,
    system: &str,
    releases: &[Release],
    flawed: &[(Digest, Flaw)],
    pins: &Pins,
) -> io::Result<()> {
    let pinned = |id: &Digest| pins.releases.get(&(system.to_owned(), id.clone())).map_or(&[][..], Vec::as_slice);
    if output.format == Format::Json {
        let flawed: Vec<Value> =
            flawed.iter().map(|(id, flaw)| json!({ "id": id, "flaws": [flaw.to_string()] })).collect();
        let pin = |pin: &Pin| match pin {
            Pin::Target { target, back } => json!({ "target": target, "back": back }),
            Pin::New => json!({ "new": true }),
        };
        let pins: BTreeMap<String, Vec<Value>> = releases
            .iter()
            .map(|release| (release.id.to_string(), pinned(&release.id).iter().map(pin).collect()))
            .collect();
        let report =
            json!({ "format_version": 1, "system": system, "releases": releases, "flawed": flawed, "pinned": pins });
        return json(output, &report);
    }
    if releases.is_empty() && flawed.is_empty() {
        return output.result(&format!("{system} has no release yet.\n"));
    }
    let mut text = String::new();
    for release in releases {
        let sealed = &release.sealed;
        let name = sealed.name.as_deref().unwrap_or("-");
        let key = if release.signature.is_some() { "signed" } else { "not signed" };
        let kept = kept(pinned(&release.id));
        text.push_str(&format!("{}  {name:<16}  {}  {key}; {kept}\n", release.id.short(), from(&sealed.origin)));
    }
    for (id, flaw) in flawed {
        text.push_str(&format!("{}  NOT SOUND: {flaw}\n", id.short()));
    }
    output.result(&super::safe(&text))
}

/// Why a release is kept, in words.
fn kept(pins: &[Pin]) -> String {
    let said = |pin: &Pin| match pin {
        Pin::Target { target, back: 0 } => format!("{target} runs it"),
        Pin::Target { target, back } => format!("{target}, {back} back"),
        Pin::New => "new".to_owned(),
    };
    match pins {
        [] => "not kept: `landfall release prune` may take its files and artifacts".to_owned(),
        pins => format!("kept: {}", pins.iter().map(said).collect::<Vec<_>>().join("; ")),
    }
}

/// Shows what was pruned, or would be.
///
/// # Errors
/// Where nobody reads it any more.
pub fn pruned(output: &mut Output, pruned: &Pruned, dry: bool) -> io::Result<()> {
    let Pruned { restored, moved, forgotten } = pruned;
    if output.format == Format::Json {
        let pruned: Vec<&Digest> = moved.keys().collect();
        let report = json!({
            "format_version": 1, "done": !dry, "restored": restored, "pruned": pruned, "forgotten": forgotten,
        });
        return json(output, &report);
    }
    output.result(&outlook(pruned, dry))
}

/// What was pruned, or would be, in words.
pub fn outlook(pruned: &Pruned, dry: bool) -> String {
    let Pruned { restored, moved, forgotten } = pruned;
    if *pruned == Pruned::default() {
        return "Nothing to prune: everything is needed, or new.\n".to_owned();
    }
    let verb = if dry { "To be pruned" } else { "Pruned" };
    let bytes: usize = moved.values().flatten().sum();
    let size = if dry { String::new() } else { format!(" ({bytes} bytes)") };
    format!(
        "{verb}: {}{size}; put back: {}; forgotten: {}.\n",
        counted(moved.len(), "document"),
        counted(restored.len(), "document"),
        counted(forgotten.len(), "document"),
    )
}

/// Shows a release.
///
/// # Errors
/// Where nobody reads it any more.
pub fn show(output: &mut Output, release: &Release) -> io::Result<()> {
    if output.format == Format::Json {
        return json(output, &json!({ "format_version": 1, "release": release }));
    }
    let mut text = format!("{}\n  {}\n  sealed {}\n", called(release), release.id, from(&release.sealed.origin));
    if let Some(url) = &release.sealed.origin.run_url {
        text.push_str(&format!("  by the run {url}\n"));
    }
    text.push_str(&format!("  {}\n", signed(release)));
    for (what, digest) in parts(release) {
        text.push_str(&format!("  {}  {what}\n", digest.short()));
    }
    for (name, artifact) in &release.sealed.artifacts {
        if let Some(image) = &artifact.image {
            text.push_str(&format!("  the image of {name} is {image}\n"));
        }
    }
    output.result(&super::safe(&text))
}

/// Shows what was proved of a release, and what is wrong with it; none where it can't be read.
///
/// # Errors
/// Where nobody reads it any more.
pub fn verified(
    output: &mut Output,
    system: &str,
    id: &Digest,
    release: Option<&Release>,
    flaws: &[Flaw],
) -> io::Result<()> {
    let proved = release.map_or(0, |release| parts(release).len());
    if output.format == Format::Json {
        let flaws: Vec<String> = flaws.iter().map(ToString::to_string).collect();
        let signed_by =
            release.and_then(|release| release.signature.as_ref()).map(|signature| signature.key.to_string());
        let report = json!({
            "format_version": 1,
            "system": system,
            "id": id,
            "sound": flaws.is_empty(),
            "parts": proved,
            "signed_by": signed_by,
            "flaws": flaws,
        });
        return json(output, &report);
    }
    let name = release.map_or_else(|| format!("{system} {}", id.short()), called);
    let mut text = if flaws.is_empty() {
        format!("{name}: sound; its seal and {} proved.\n", counted(proved, "part"))
    } else {
        format!("{name}: NOT SOUND\n")
    };
    for flaw in flaws {
        text.push_str(&format!("  {flaw}\n"));
    }
    if let Some(release) = release {
        text.push_str(&format!("{}\n", signed(release)));
    }
    output.result(&super::safe(&text))
}

fn json(output: &mut Output, report: &Value) -> io::Result<()> {
    output.result(&format!("{report:#}\n"))
}

fn called(release: &Release) -> String {
    let name = release.sealed.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    format!("{}{name} ({})", release.sealed.system, release.id.short())
}

fn from(origin: &Origin) -> String {
    let source = match (&origin.commit, origin.dirty) {
        (Some(commit), false) => format!("commit {}", commit.get(..12).unwrap_or(commit)),
        (Some(commit), true) => format!("commit {} and changes on top", commit.get(..12).unwrap_or(commit)),
        (None, _) => "no commit".to_owned(),
    };
    format!("{} by {} from {source}", origin.at.strftime("%Y-%m-%d %H:%M:%S"), origin.by)
}

fn signed(release: &Release) -> String {
    match &release.signature {
        Some(signature) => format!("Signed by {}.", signature.key),
        None => "Signed by nobody.".to_owned(),
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
