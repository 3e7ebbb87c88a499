//! How the program is linked.
#![expect(clippy::disallowed_methods, reason = "Cargo says by the environment what it builds for")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|given| given == value);
    // At a fixed address, as Go's programs are: else the loader writes 87,000 addresses at each start, half of its page faults (counted
    // with `perf stat` and `readelf -r` in November 2026). Libraries, heap and stack still lie anywhere, and nothing of ours is `unsafe`.
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
