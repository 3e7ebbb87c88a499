//! The table of faults names tests that exist, and leaves out no fault.

use std::fs;
use std::path::Path;

/// How many faults there are.
const FAULTS: usize = 48;

/// What is wrong with a table, told of the text of a source by its path.
fn breaches(table: &str, source: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut breaches = Vec::new();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| # |")).collect();
    let rows: Vec<&str> = rows.into_iter().filter(|line| !line.starts_with("| ---")).collect();
    for number in 1..=FAULTS {
        let begins = format!("| {number} | ");
        if rows.iter().filter(|row| row.starts_with(&begins)).count() != 1 {
            breaches.push(format!("fault {number} has no row, or several"));
        }
    }
    for row in &rows {
        let mut named = 0;
        for quoted in row.split('`').skip(1).step_by(2) {
            let Some((file, test)) = quoted.split_once(": ") else { continue };
            named += 1;
            match source(file) {
                None => breaches.push(format!("there is no {file}")),
                Some(text) if !text.contains(&format!("fn {test}(")) => {
                    breaches.push(format!("{file} has no test {test}"))
                }
                Some(_) => {}
            }
        }
        let explained = ["none", "the same", "as 2"].iter().any(|word| row.contains(word));
        if named == 0 && !explained {
            breaches.push(format!("neither a test nor why there is none: {row}"));
        }
    }
    breaches
}

#[test]
fn every_fault_has_a_row_whose_tests_exist() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("tests/FAULTS.md"))?;
    let found = breaches(&table, |file| fs::read_to_string(root.join(file)).ok());
    assert!(found.is_empty(), "tests/FAULTS.md:\n{}", found.join("\n"));
    Ok(())
}

#[test]
fn a_test_that_is_gone_and_a_fault_without_a_word_are_found() {
    let table = "| 1 | a | `x.rs: here` |\n| 2 | b | `x.rs: gone` |\n| 3 | c | |\n";
    let found = breaches(table, |_| Some("fn here() {}".to_owned()));
    assert!(found.contains(&"x.rs has no test gone".to_owned()), "{found:?}");
    assert!(found.iter().any(|breach| breach.contains("| 3 |")), "{found:?}");
    assert_eq!(found.iter().filter(|breach| breach.contains("has no row")).count(), FAULTS - 3);
}
