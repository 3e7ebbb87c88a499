//! Whatever is wrong with a file, a secret in it is shown to nobody.

use landfall::diagnostics::annotation::annotations;
use landfall::diagnostics::text::text;

use crate::sample::{Outcome, Sample};

#[test]
fn no_canary_is_in_any_output() -> Outcome<()> {
    let samples: Vec<Sample> = Sample::all("invalid")?
        .into_iter()
        .filter(|sample| {
            let text = sample.text().to_lowercase();
            // The word is a key of rollouts, too.
            text.replace("{canary:", "").contains("canary")
        })
        .collect();
    assert_eq!(samples.len(), 2, "the samples with canaries");
    for sample in samples {
        let (_, diagnostics) = sample.diagnose()?;
        let said = [
            text(&diagnostics, false),
            text(&diagnostics, true),
            annotations(&diagnostics),
            serde_json::to_string(&diagnostics.sorted())?,
            format!("{:?}", diagnostics.sorted()),
        ];
        for output in said {
            let shown = output.to_lowercase();
            assert!(!shown.contains("canary"), "{}:\n{output}", sample.name);
            assert!(!shown.contains("y2fuyxj5"), "{}:\n{output}", sample.name);
            assert!(!shown.contains("4815162342"), "{}:\n{output}", sample.name);
        }
    }
    Ok(())
}

#[test]
fn no_output_commands_a_terminal_or_a_build_log() -> Outcome<()> {
    for sample in Sample::all("invalid")? {
        let (_, diagnostics) = sample.diagnose()?;
        for output in [text(&diagnostics, false), annotations(&diagnostics)] {
            assert!(!output.chars().any(|one| one.is_control() && one != '\n'), "{}:\n{output}", sample.name);
            assert!(!output.contains("##["), "{}:\n{output}", sample.name);
            assert!(!output.contains("##vso["), "{}:\n{output}", sample.name);
        }
        // Annotations are commands themselves; every line is one of ours.
        for line in annotations(&diagnostics).lines() {
            assert!(
                line.starts_with("::error file=environments/sample/") || line.starts_with("::warning file="),
                "{line}"
            );
        }
        assert!(
            text(&diagnostics, false).lines().all(|line| !line.trim_start().starts_with("::")
                || line.contains("-->")
                || line.trim_start().starts_with(":::")),
            "{}",
            sample.name
        );
    }
    Ok(())
}
