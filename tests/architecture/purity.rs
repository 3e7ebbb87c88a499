//! Data in the middle: what decides touches no file, network, process or clock.

use crate::Breach;
use crate::source::Source;

/// Modules that only compute: same input, same output.
const PURE: &[&str] =
    &["checks", "clouds", "cost", "diagnostics", "environment", "ledger", "model", "plan", "release", "views"];

/// What touches the world. A path that starts with one of these is refused in a pure module.
const WORLD: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "uuid::Uuid::new_v4",
    "tokio",
    "futures",
    "axum",
    "hyper",
    "hyper_util",
    "s3s",
    "object_store",
    "reqwest",
    "aws_config",
    "aws_credential_types",
    "aws_sdk_cloudformation",
    "aws_sdk_s3",
    "aws_sdk_sts",
    "aws_smithy_types",
    "aws_smithy_runtime_api",
    "aws_smithy_http_client",
];

pub(crate) fn breaches(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = vec![];
    for source in sources {
        let Some(module) = source.module().filter(|module| PURE.contains(module)) else { continue };
        for reference in &source.references {
            let written = reference.written();
            let touched = WORLD.iter().find(|world| written == **world || written.starts_with(&format!("{world}::")));
            if let Some(world) = touched {
                let what = format!(
                    "`{module}` only computes: `{world}` belongs to drivers and sandbox, and comes in as an argument or through a port"
                );
                breaches.push(Breach { file: source.path.clone(), line: reference.line, what });
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{none, source};

    #[test]
    fn what_decides_touches_no_world() -> Result<(), Box<dyn std::error::Error>> {
        Ok(none(breaches(&source::all()?))?)
    }

    #[test]
    fn touching_the_world_is_refused_however_it_is_written() {
        for text in [
            "use std::{fmt, fs};",
            "fn f() { let x = std::time::SystemTime::now(); }",
            "use std::fs::*;",
            "use std::net::{IpAddr, TcpStream};",
            "fn f() { vec![tokio::spawn(x)]; }",
            "use jiff::Timestamp; fn f() { jiff::Timestamp::now(); }",
        ] {
            let breaches = breaches(&[Source::parse("plan/diff.rs", text).unwrap()]);
            assert_eq!(breaches.len(), 1, "{text}: {breaches:?}");
        }
    }

    #[test]
    fn the_edge_and_harmless_neighbours_are_let_through() {
        for (path, text) in [
            ("drivers/local/files.rs", "use std::fs;"),
            ("plan/diff.rs", "use std::time::Duration; use std::fmt; use std::net::IpAddr; use jiff::Timestamp;"),
        ] {
            assert!(breaches(&[Source::parse(path, text).unwrap()]).is_empty(), "{path}");
        }
    }
}
