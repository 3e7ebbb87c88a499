//! About what is right, nothing is said.

use landfall::diagnostics::text::text;

use crate::sample::{Outcome, Sample};

#[test]
fn nothing_is_said_about_a_valid_environment() -> Outcome<()> {
    let samples = Sample::all("valid")?;
    assert!(!samples.is_empty());
    let mut said = Vec::new();
    for sample in &samples {
        let (environment, diagnostics) = sample.diagnose()?;
        if environment.is_none() || !diagnostics.is_empty() {
            said.push(format!("{}:\n{}", sample.name, text(&diagnostics, false)));
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
    Ok(())
}
