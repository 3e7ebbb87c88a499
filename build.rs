//! How the program is linked.
#![expect(clippy::disallowed_methods, reason = "Cargo says by the environment what it builds for")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|given| given == value);
    // At a fixed address, as Go's programs are: else the loader writes 87,000 addresses at each start, which is half of a start.
    // Nothing of ours is `unsafe`, and what is read from outside is read by safe code.
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
