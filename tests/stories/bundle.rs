//! A bundle is the same bytes wherever it is built, and what is in its archive runs as Lambda runs it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use landfall::plan::digest::Digest;

use crate::ground::{Ran, Told, ran};

const ENVIRONMENT: &str = r#"
description: A shop with a worker
placement: {cloud: aws, account: "111122223333", region: us-east-1}
artifacts:
  worker: {crate: crates/worker, files: {notes/read-me.txt: read-me.txt}}
"#;

const MANIFEST: &str = r#"
[package]
name = "worker"
version = "0.1.0"
edition = "2024"

[dependencies]
# Panics of its own tell a path in the registry's sources.
bytes = "1"

[workspace]
"#;

const CONTRACT: &str = r#"{"format_version": 1, "version": "0.1.0", "roles": []}"#;

/// The worker's lock file, with the version that landfall's own has: it is in every registry cache that built landfall.
fn lock() -> Result<String, Box<dyn Error>> {
    let ours = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"))?;
    let bytes = ours.split("\n\n").find(|entry| entry.contains("name = \"bytes\"\n")).ok_or("no such dependency")?;
    Ok(format!(
        "version = 4\n\n{bytes}\n\n[[package]]\nname = \"worker\"\nversion = \"0.1.0\"\ndependencies = [\n \"bytes\",\n]\n"
    ))
}

/// The folder that Cargo is at home in, here.
fn cargo_home() -> Result<PathBuf, Box<dyn Error>> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    Ok(std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home).ok_or("Cargo has no home")?)
}

/// Another home, with what the first one has fetched but nothing that it unpacked.
fn other_cargo_home(at: &Path) -> Told {
    let home = cargo_home()?;
    fs::create_dir_all(at.join("registry"))?;
    for inner in ["config.toml", "credentials.toml", "registry/index", "registry/cache"] {
        if home.join(inner).exists() {
            std::os::unix::fs::symlink(home.join(inner), at.join(inner))?;
        }
    }
    Ok(())
}

/// Builds the bundle of a project in `root`, its files written so long after 1970.
fn bundle(root: &Path, cargo_home: &Path, written: Duration) -> Result<Ran, Box<dyn Error>> {
    let files = [
        ("environments/shop/dev.yaml", ENVIRONMENT.trim_start()),
        ("crates/worker/Cargo.toml", MANIFEST.trim_start()),
        ("crates/worker/Cargo.lock", &lock()?),
        ("crates/worker/src/main.rs", include_str!("bundle/worker.rs")),
        ("crates/worker/contract.json", CONTRACT),
        ("read-me.txt", "beside the executable\n"),
    ];
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        fs::write(&path, text)?;
        fs::File::open(&path)?.set_modified(UNIX_EPOCH + written)?;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    command.arg("--root").arg(root).args(["bundle", "shop", "--arch", "x86_64", "--out"]).arg(root.join("dist"));
    // Only what another user would have otherwise: names of people and folders stay out of the caller's hands.
    for gone in ["CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        command.env_remove(gone);
    }
    command.env("CARGO_HOME", cargo_home).env("CARGO_NET_OFFLINE", "true").env("USER", "somebody");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    ran(command.spawn()?)?.exits(0)
}

/// Every file below a folder, by its path inside.
fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Box<dyn Error>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder)?.to_string_lossy().into_owned(), fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

/// Runs an archive's `bootstrap` under a Runtime API that has one event to give; what it answers.
fn answer(archive: &[u8], event: &str) -> Result<String, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    zip::ZipArchive::new(std::io::Cursor::new(archive))?.extract(folder.path())?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let mut function = Command::new(folder.path().join("bootstrap"))
        .current_dir(folder.path())
        .env_clear()
        .envs([("AWS_LAMBDA_RUNTIME_API", address.as_str()), ("_HANDLER", "turn"), ("LAMBDA_TASK_ROOT", "/var/task")])
        .stdin(Stdio::null())
        .spawn()?;
    let told = told(&listener, event);
    function.kill()?;
    function.wait()?;
    told
}

/// Hands out the event, then takes the answer.
fn told(listener: &TcpListener, event: &str) -> Result<String, Box<dyn Error>> {
    loop {
        let (mut stream, _) = listener.accept()?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let (mut first, mut length) = (String::new(), 0);
        reader.read_line(&mut first)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(said) = line.to_lowercase().strip_prefix("content-length:") {
                length = said.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        if first.starts_with("POST") {
            assert_eq!(first.trim(), "POST /2018-06-01/runtime/invocation/seven/response HTTP/1.0");
            stream.write_all(b"HTTP/1.1 202 Accepted\r\n\r\n")?;
            return Ok(String::from_utf8(body)?);
        }
        assert_eq!(first.trim(), "GET /2018-06-01/runtime/invocation/next HTTP/1.0");
        let head = format!("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: seven\r\n\r\n{event}");
        stream.write_all(head.as_bytes())?;
    }
}

#[test]
fn a_bundle_is_the_same_from_another_folder_cargo_home_and_time_and_its_archive_runs() -> Told {
    let (one, other) = (tempfile::tempdir()?, tempfile::Builder::new().prefix("somewhere else entirely ").tempdir()?);
    bundle(one.path(), &cargo_home()?, Duration::from_secs(1_700_000_000))?;
    let home = other.path().join("cargo");
    other_cargo_home(&home)?;
    let root = other.path().join("deeper/down/project");
    bundle(&root, &home, Duration::from_secs(1_000_000_000))?;

    let (first, second) = (files(&one.path().join("dist"))?, files(&root.join("dist"))?);
    let digests = |files: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, String> {
        files.iter().map(|(path, bytes)| (path.clone(), Digest::of(bytes).to_string())).collect()
    };
    assert_eq!(digests(&first), digests(&second));

    let archive = first.get("shop/worker-x86_64.zip").ok_or("no archive")?;
    let inside = zip::ZipArchive::new(std::io::Cursor::new(archive))?;
    let names = inside.file_names().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(names, ["bootstrap", "notes/read-me.txt"]);
    assert_eq!(answer(archive, "hail over Dallas")?, "sallaD revo liah");
    Ok(())
}
