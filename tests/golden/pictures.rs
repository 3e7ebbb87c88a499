//! The pictures of the systems that stand beside their files, byte for byte.

use landfall::views::graph::picture;

use crate::case::{Case, Outcome, root};
use crate::kept::Kept;

/// The targets whose pictures are kept, beside the files of their system.
const TARGETS: [&str; 3] = ["stormops/prod", "entmoot/prod-aws", "watchpoint/prod"];

/// What a picture may take, in bytes: it stands in documents and in every clone.
const MOST: usize = 60_000;

#[test]
fn pictures_are_what_they_were() -> Outcome<()> {
    let mut files = Kept::new();
    for target in TARGETS {
        let case = Case { target: target.parse()?, above: root().to_owned() };
        let system = case.target.system.as_str();
        let path = root().join("environments").join(system).join(format!("{system}.svg"));
        let drawn = picture(&case.target, &case.stack()?)?;
        assert!(drawn.len() < MOST, "{target}: {}", drawn.len());
        files.compare(target, &path, &drawn)?;
    }
    files.hold();
    Ok(())
}
