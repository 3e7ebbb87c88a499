//! StormOps in production: every row and figure of its table, read from what is rendered.

use serde_json::{Value, json};

use crate::case::{Case, Outcome};

/// The rendered template as one value.
fn production() -> Outcome<Value> {
    Ok(serde_json::to_value(Case::of("stormops/prod")?.rendered()?.template)?)
}

/// A property of a resource, by a JSON pointer below its properties.
fn property<'a>(template: &'a Value, id: &str, pointer: &str) -> &'a Value {
    let path = format!("/Resources/{id}/Properties/{pointer}");
    template.pointer(&path).unwrap_or_else(|| panic!("nothing at {path}"))
}

#[test]
fn the_database_has_its_class_and_its_disk() -> Outcome<()> {
    let template = production()?;
    let of = |pointer: &str| property(&template, "DatabaseMain", pointer);
    assert_eq!(of("Engine"), "postgres");
    assert_eq!(of("DBInstanceClass"), "db.r5.2xlarge");
    assert_eq!(of("AllocatedStorage"), "500");
    assert_eq!(of("StorageType"), "gp3");
    assert!(of("Iops").as_u64().is_some_and(|iops| iops >= 3000));
    Ok(())
}
