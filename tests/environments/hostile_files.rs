//! Files made to hurt: the real program answers within bounded memory and processor time, and says what is wrong.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::sample::Outcome;

/// What the program may use: address space in KiB, processor time in seconds. Many times what it needs in a debug build, a
/// fraction of what the attacks aim at.
const LIMITS: &str = "ulimit -v 500000; ulimit -t 30;";

/// glibc reserves 64 MiB of address space for the memory of each thread, used or not (malloc(3), `M_ARENA_MAX`): with one arena for all,
/// the bound is on what is used, on a machine with two processors as on one with sixty-four.
const ARENAS: (&str, &str) = ("MALLOC_ARENA_MAX", "1");

const HEAD: &str = "description: an attack\nplacement: {cloud: aws, account: \"111111111111\", region: us-east-1}\n";

/// A project with one environment, `shop/dev`.
fn project(dev: &[u8]) -> Outcome<TempDir> {
    let root = tempfile::tempdir()?;
    let folder = root.path().join("environments/shop");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("dev.yaml"), dev)?;
    Ok(root)
}

fn validate(root: &Path, arguments: &str) -> Outcome<Output> {
    let script = format!("{LIMITS} exec \"$0\" --root \"$1\" validate {arguments}");
    let binary = env!("CARGO_BIN_EXE_landfall");
    Ok(Command::new("sh").arg("-c").arg(script).arg(binary).arg(root).env_clear().env(ARENAS.0, ARENAS.1).output()?)
}

/// Holds that the program ended by itself, said the words in each format, and in text not more than anybody reads.
fn answers(root: &Path, code: &str) -> Outcome<()> {
    answers_in(&["", "--format json", "--format github"], root, code)
}

fn answers_in(formats: &[&str], root: &Path, code: &str) -> Outcome<()> {
    for arguments in formats {
        let output = validate(root, arguments)?;
        let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
        let text = String::from_utf8(said)?;
        let begin: String = text.chars().take(2000).collect();
        assert_eq!(output.status.code(), Some(1), "{arguments}: {:?} {begin}", output.status);
        assert!(text.contains(code), "{arguments}: no `{code}` in {begin}");
        assert!(!begin.contains("panicked"), "{begin}");
        if arguments.is_empty() {
            assert!(text.len() < 200_000, "{} bytes said", text.len());
        }
    }
    Ok(())
}

#[test]
fn a_hundred_megabytes_of_rubbish_are_not_read() -> Outcome<()> {
    let root = project(b"")?;
    let mut file = fs::File::create(root.path().join("environments/shop/dev.yaml"))?;
    // Rubbish that looks like YAML at times, the same in every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut block = Vec::with_capacity(1 << 20);
    while block.len() < 1 << 20 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        block.extend(state.to_le_bytes());
        block.extend(b": [&a *a, {\n");
    }
    for _ in 0..100 {
        file.write_all(&block)?;
    }
    drop(file);
    answers(root.path(), "too-large")
}

#[test]
fn a_file_without_an_end_is_not_read_to_its_end() -> Outcome<()> {
    let root = project(b"")?;
    let path = root.path().join("environments/shop/dev.yaml");
    fs::remove_file(&path)?;
    std::os::unix::fs::symlink("/dev/zero", &path)?;
    let output = validate(root.path(), "")?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    Ok(())
}

#[test]
fn a_full_file_of_anything_is_answered() -> Outcome<()> {
    let full = |unit: &str| {
        let count = ((1 << 20) - HEAD.len() - 100) / unit.len();
        format!("{HEAD}{}\n", unit.repeat(count)).into_bytes()
    };
    for (unit, code) in [
        ("x", "not-yaml"),
        ("[", "not-yaml"),
        ("{a: ", "too-deep"),
        ("- ", "not-yaml"),
        ("&a ", "not-yaml"),
        ("a: b\n", "duplicate-key"),
        ("? ", "too-deep"),
        ("\u{202e}", "hidden-character"),
        ("\0", "hidden-character"),
        ("#", "not-yaml"),
        ("%", "not-yaml"),
        ("'", "not-yaml"),
        ("!!a ", "not-yaml"),
    ] {
        let root = project(&full(unit))?;
        let output = validate(root.path(), "")?;
        let text = String::from_utf8(output.stderr)?;
        let begin: String = text.chars().take(500).collect();
        // What matters is that it ends by itself and says something; which of the problems is first is the parser's choice.
        assert!(matches!(output.status.code(), Some(0 | 1)), "{unit:?} ({code}): {:?} {begin}", output.status);
        assert!(text.len() < 200_000, "{unit:?}: {} bytes said", text.len());
    }
    Ok(())
}

#[test]
fn thousands_of_problems_are_answered() -> Outcome<()> {
    let mut queues = format!("{HEAD}queues:\n");
    let mut secrets = format!("{HEAD}secrets:\n");
    let mut blocks = format!("{HEAD}queues:\n");
    for number in 0..8_000 {
        queues.push_str(&format!("  Wrong_{number}: {{keep: {number}, colour: x}}\n"));
        secrets.push_str(&format!("  s{number}: attack-{number}\n"));
        blocks.push_str(&format!("  q{number}:\n    dead-letters:\n      keep: 1\n"));
    }
    answers(project(queues.as_bytes())?.path(), "wrong-name")?;
    answers_in(&[""], project(secrets.as_bytes())?.path(), "wrong-type")?;
    answers_in(&[""], project(blocks.as_bytes())?.path(), "wrong-unit")
}

#[test]
fn rules_that_compare_everything_with_everything_are_bounded() -> Outcome<()> {
    let subnets = vec!["10.0.0.0/24"; 10_000].join(", ");
    let network = format!("{HEAD}network: {{range: 10.0.0.0/8, egress: none, private: [{subnets}]}}\n");
    answers_in(&[""], project(network.as_bytes())?.path(), "overlapping-subnets")?;

    let mut references = format!("{HEAD}schedules:\n");
    for number in 0..2_000 {
        references.push_str(&format!("  s{number}: {{run: function.x{number}, every: 1m}}\n"));
    }
    answers_in(&[""], project(references.as_bytes())?.path(), "reference-to-nothing")?;

    let metrics: String = (0..1_000).map(|number| format!("{{namespace: A, name: m{number}}}, ")).collect();
    let mut alarms = format!(
        "{HEAD}artifacts: {{a: {{}}}}\nfunctions:\n  f: {{artifact: a, handler: a, memory: 512MiB, timeout: 1m, emits: [{metrics}]}}\nalarms:\n"
    );
    for number in 0..1_000 {
        let metric = format!("metric: {{namespace: A, name: q{number}}}, statistic: sum, above: 1");
        alarms.push_str(&format!("  a{number}: {{description: x, {metric}, notify: [topic.x]}}\n"));
    }
    answers_in(&[""], project(alarms.as_bytes())?.path(), "metric-nobody-emits")
}

#[test]
fn anchors_around_anchors_and_aliases_of_aliases_are_bounded() -> Outcome<()> {
    let mut nested = format!("{HEAD}tags: ");
    for level in 0..60 {
        nested.push_str(&format!("&a{level} ["));
    }
    nested.push_str(&"x, ".repeat(40_000));
    nested.push_str(&"]".repeat(60));
    nested.push('\n');
    answers(project(nested.as_bytes())?.path(), "too-large")?;

    let mut doubling = format!("{HEAD}tags:\n  a0: &a0 [x, x]\n");
    for level in 1..2_000 {
        doubling.push_str(&format!("  a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1));
    }
    answers(project(doubling.as_bytes())?.path(), "too-large")
}

#[test]
fn names_that_lead_elsewhere_are_refused_and_shown_harmless() -> Outcome<()> {
    let root = project(HEAD.as_bytes())?;
    fs::write(root.path().join("outside.yaml"), "description: outside\n")?;
    for target in [
        "../shop/dev",
        "shop/../../outside",
        "/etc/passwd",
        "shop/",
        "shop/dev/x",
        "'shop/\u{1b}[31mdev'",
        "shop%2fdev",
    ] {
        let output = validate(root.path(), target)?;
        let text = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(64), "{target}: {text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
    fs::create_dir(root.path().join("environments/e\u{1b}[31mvil"))?;
    let output = validate(root.path(), "")?;
    assert!(!String::from_utf8(output.stderr)?.contains('\u{1b}'));
    Ok(())
}
