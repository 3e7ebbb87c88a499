//! No secret is in any byte that is written or said.

use std::fs;
use std::path::Path;

use crate::ground::{ACCOUNT, Ground, SHOP, Told, ran};

const CANARY: &str = "canary-4f1d9c02b7";

#[test]
fn credentials_are_in_no_plan_ledger_log_or_message() -> Told {
    let ground = Ground::new()?;
    let file = ground.path("plan.json").to_string_lossy().into_owned();
    let runs: [&[&str]; 6] = [
        &["doctor"],
        &["plan", "shop/dev", "--out", &file],
        &["apply", &file, "--yes"],
        &["drift"],
        &["apply", "shop/dev", "--yes"],
        &["destroy", "shop/dev", "--delete-data", "--yes"],
    ];
    for arguments in runs {
        ground.environment(SHOP)?;
        let mut command = ground.as_cloud(ACCOUNT, arguments);
        command.env("AWS_SECRET_ACCESS_KEY", CANARY).env("AWS_SESSION_TOKEN", CANARY).env("RUST_LOG", "trace");
        let said = ran(command.spawn()?)?.says_nothing_of(CANARY)?;
        assert_eq!(said.code, Some(0), "{}", said.said());
    }
    assert_eq!(found(&ground.path("."))?, Vec::<String>::new());
    Ok(())
}

fn found(folder: &Path) -> Result<Vec<String>, std::io::Error> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(found(&path)?);
        } else if String::from_utf8_lossy(&fs::read(&path)?).contains(CANARY) {
            files.push(path.display().to_string());
        }
    }
    Ok(files)
}
