//! What `landfall local` writes, and `landfall observe` for a Prometheus, judged by the compose specification's own schema and by the shell.

use std::collections::BTreeMap;

use landfall::clouds;
use landfall::model::placement::Cloud;

use crate::case::{Case, Outcome};
use crate::python;
use crate::written::written_by;

fn judged(files: &BTreeMap<String, String>) -> Outcome<BTreeMap<String, Vec<String>>> {
    let script = python::root().join("tests/judges/compose.py");
    Ok(serde_json::from_str(&python::run(&script, &[], &serde_json::to_string(files)?)?)?)
}

#[test]
fn compose_files_are_what_compose_takes() -> Outcome<()> {
    let mut files = BTreeMap::new();
    for case in Case::on(Cloud::Aws)? {
        let local = clouds::local(&case.target, &case.stack()?, Some("./migrations"));
        files.insert(case.target.to_string(), local.map_err(|findings| format!("{findings:#?}"))?.compose);
    }
    assert!(files.len() >= 2);
    let prometheus = written_by(&["observe", "--pagerduty-key", "/etc/alertmanager/pagerduty.key"])?;
    files.extend(prometheus.into_iter().filter(|(name, _)| name.ends_with("/compose.yaml")));
    assert!(files.len() >= 6);
    for (name, found) in judged(&files)? {
        assert_eq!(found, Vec::<String>::new(), "{name}");
    }
    Ok(())
}

#[test]
fn the_judges_of_compose_files_see_a_fault() -> Outcome<()> {
    let sound = "services:\n  setup:\n    image: a\n    command: [\"echo $$A\"]\n";
    let files = [
        ("sound", sound.to_owned()),
        ("key", sound.replace("image:", "imgae:")),
        ("variable", sound.replace("$$", "$")),
        ("quote", sound.replace("$$A", "'")),
    ];
    let judged = judged(&files.map(|(name, text)| (name.to_owned(), text)).into())?;
    let wrong: Vec<&str> =
        judged.iter().filter(|(_, found)| !found.is_empty()).map(|(name, _)| name.as_str()).collect();
    assert_eq!(wrong, ["key", "quote", "variable"]);
    Ok(())
}
