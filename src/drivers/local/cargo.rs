//! Cargo as the compiler: static executables for Linux, the same bytes from every folder, user and time.
//!
//! What would differ is taken away: paths are remapped, the lock file is binding, nothing incremental, and the profile is set
//! here rather than by whoever calls. C sources are compiled by zig where it is there (`cargo-zigbuild`), as it carries the
//! headers and libraries of every target; else by what the machine has for the target.

#![expect(clippy::disallowed_methods, reason = "this is the compiler port's driver")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::model::artifact::Architecture;
use crate::ports::compiler::{Compiler, CompilerError, Source};

/// Cargo, as found on the machine.
#[derive(Clone, Copy, Debug)]
pub struct Cargo;

/// How C sources and the last step, linking, are done.
enum Linking {
    /// By zig, through `cargo-zigbuild`.
    Zig,
    /// By this compiler of the machine.
    Machine(&'static str),
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Compiler for Cargo {
    fn source(&self, root: &Path, folder: &str) -> Result<Source, CompilerError> {
        let manifest = manifest(root, folder)?;
        let metadata = said(
            Command::new("cargo")
                .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
                .arg(&manifest)
                .args(["--filter-platform", &self.target(Architecture::X86_64)]),
        )?;
        let lock = workspace(&metadata).map(|workspace| workspace.join("Cargo.lock"));
        let git = |arguments: &[&str]| {
            // Outside version control there is nothing to say.
            let output = Command::new("git").arg("-C").arg(root).args(arguments).stderr(Stdio::null()).output().ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
        };
        Ok(Source {
            commit: git(&["rev-parse", "HEAD"])
                .map(|commit| commit.trim().to_owned())
                .filter(|commit| !commit.is_empty()),
            dirty: git(&["status", "--porcelain"]).is_some_and(|status| !status.trim().is_empty()),
            lock: lock.and_then(|lock| fs::read(lock).ok()).unwrap_or_default(),
            manifest: manifest.to_string_lossy().into_owned(),
            metadata,
            compiler: said(Command::new("rustc").arg("--version"))?.trim().to_owned(),
        })
    }

    fn target(&self, architecture: Architecture) -> String {
        match architecture {
            Architecture::X86_64 => "x86_64-unknown-linux-musl",
            Architecture::Aarch64 => "aarch64-unknown-linux-musl",
        }
        .to_owned()
    }

    fn ready(&self, architecture: Architecture) -> Result<(), CompilerError> {
        let target = self.target(architecture);
        if !sysroot()?.join("lib/rustlib").join(&target).is_dir() {
            return Err(CompilerError::Missing {
                what: format!("Rust's standard library for {target}"),
                install: format!("rustup target add {target}"),
            });
        }
        linking(architecture).map(|_| ())
    }

    fn compile(&self, root: &Path, folder: &str, architecture: Architecture) -> Result<Vec<u8>, CompilerError> {
        let target = self.target(architecture);
        let manifest = manifest(root, folder)?;
        let executable = executable(&manifest)?;
        let sysroot = sysroot()?;
        let build = root.join(".landfall/build");
        let mut command = Command::new("cargo");
        match linking(architecture)? {
            Linking::Zig => {
                command.arg("zigbuild");
            }
            Linking::Machine(compiler) => {
                let name = target.replace('-', "_");
                command.arg("build").env(format!("CC_{name}"), compiler);
                // Rust's own linker and C library for musl: only C sources need the machine's compiler.
                command.env(format!("CARGO_TARGET_{}_LINKER", name.to_uppercase()), "rust-lld");
            }
        }
        command
            .args(["--release", "--locked", "--bin", &executable, "--target", &target, "--manifest-path"])
            .arg(&manifest)
            .arg("--target-dir")
            .arg(&build)
            .envs(profile())
            .env("CARGO_ENCODED_RUSTFLAGS", rust_flags(root, &sysroot))
            .env("CFLAGS", c_flags(root))
            .env_remove("RUSTFLAGS")
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        let status = command.status().map_err(|error| tool("cargo", &error))?;
        if !status.success() {
            return Err(CompilerError::Failed { what: folder.to_owned(), target });
        }
        let path = build.join(&target).join("release").join(&executable);
        fs::read(&path).map_err(|error| tool(&path.to_string_lossy(), &error))
    }
}

/// What makes an executable small and the same every time (profile `release`, whatever the crate's own says).
fn profile() -> [(&'static str, &'static str); 8] {
    [
        ("CARGO_INCREMENTAL", "0"),
        ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
        ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
        ("CARGO_PROFILE_RELEASE_LTO", "thin"),
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3"),
        ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
        ("CARGO_PROFILE_RELEASE_STRIP", "symbols"),
        ("SOURCE_DATE_EPOCH", "0"),
    ]
}

/// Paths that would end up in messages of the executable, and what stands there instead.
fn remapped(root: &Path) -> Vec<(PathBuf, &'static str)> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let mut paths = vec![(cargo, "/cargo")];
    if let Ok(root) = fs::canonicalize(root) {
        paths.push((root, "/source"));
    }
    paths
}

fn rust_flags(root: &Path, sysroot: &Path) -> String {
    let mut flags = vec!["-Ctarget-feature=+crt-static".to_owned()];
    for (path, instead) in remapped(root) {
        flags.push(format!("--remap-path-prefix={}={instead}", path.display()));
    }
    flags.push(format!("--remap-path-prefix={}=/rust", sysroot.display()));
    // Cargo separates encoded flags by the unit separator, so that paths may hold spaces.
    flags.join("\u{1f}")
}

fn c_flags(root: &Path) -> String {
    let flags =
        remapped(root).into_iter().map(|(path, instead)| format!("-ffile-prefix-map={}={instead}", path.display()));
    flags.chain(["-g0".to_owned()]).collect::<Vec<_>>().join(" ")
}

fn sysroot() -> Result<PathBuf, CompilerError> {
    Ok(PathBuf::from(said(Command::new("rustc").args(["--print", "sysroot"]))?.trim()))
}

fn linking(architecture: Architecture) -> Result<Linking, CompilerError> {
    let runs = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let zig = runs("zig", &["version"]) || runs("python3", &["-m", "ziglang", "version"]);
    if zig && runs("cargo-zigbuild", &["--version"]) {
        return Ok(Linking::Zig);
    }
    let candidates: &[&'static str] = match architecture {
        Architecture::X86_64 => &["musl-gcc", "x86_64-linux-musl-gcc"],
        Architecture::Aarch64 => &["aarch64-linux-musl-gcc", "aarch64-linux-gnu-gcc"],
    };
    match candidates.iter().find(|candidate| runs(candidate, &["--version"])) {
        Some(compiler) => Ok(Linking::Machine(compiler)),
        None => Err(CompilerError::Missing {
            what: format!("a C compiler for {} ({})", architecture.word(), candidates.join(", ")),
            install: "python3 -m pip install ziglang cargo-zigbuild".to_owned(),
        }),
    }
}

fn manifest(root: &Path, folder: &str) -> Result<PathBuf, CompilerError> {
    let manifest = root.join(folder).join("Cargo.toml");
    fs::canonicalize(&manifest).map_err(|_| CompilerError::NoExecutable(format!("{folder}/Cargo.toml doesn't exist")))
}

fn workspace(metadata: &str) -> Option<PathBuf> {
    let metadata: serde_json::Value = serde_json::from_str(metadata).ok()?;
    metadata.get("workspace_root")?.as_str().map(PathBuf::from)
}

/// The name of the crate's only executable.
fn executable(manifest: &Path) -> Result<String, CompilerError> {
    let text = said(
        Command::new("cargo")
            .args(["metadata", "--format-version", "1", "--no-deps", "--locked", "--manifest-path"])
            .arg(manifest),
    )?;
    let metadata: Metadata = serde_json::from_str(&text)
        .map_err(|error| CompilerError::Tool { tool: "cargo metadata".into(), reason: error.to_string() })?;
    let package = metadata.packages.iter().find(|package| Path::new(&package.manifest_path) == manifest);
    let package =
        package.ok_or_else(|| CompilerError::NoExecutable(format!("{} holds no package", manifest.display())))?;
    let names: Vec<&str> = package
        .targets
        .iter()
        .filter(|target| target.kind.iter().any(|kind| kind == "bin"))
        .map(|target| target.name.as_str())
        .collect();
    match names.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(CompilerError::NoExecutable(format!("crate {} has no executable", package.name))),
        many => Err(CompilerError::NoExecutable(format!(
            "crate {} has several executables ({}): an artifact is one; give each a crate of its own",
            package.name,
            many.join(", ")
        ))),
    }
}

/// What a command says on standard output; its standard error goes to ours.
fn said(command: &mut Command) -> Result<String, CompilerError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let first = command.get_args().next().map(OsStr::to_string_lossy).unwrap_or_default().into_owned();
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| tool(&name, &error))?;
    if !output.status.success() {
        return Err(CompilerError::Tool { tool: format!("{name} {first}"), reason: output.status.to_string() });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn tool(name: &str, error: &std::io::Error) -> CompilerError {
    if error.kind() == std::io::ErrorKind::NotFound {
        let install = match name {
            "cargo" | "rustc" => "install Rust with rustup".to_owned(),
            other => format!("install {other}"),
        };
        return CompilerError::Missing { what: name.to_owned(), install };
    }
    CompilerError::Tool { tool: name.to_owned(), reason: error.to_string() }
}
