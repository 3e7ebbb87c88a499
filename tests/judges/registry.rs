//! The embedded registry schemas beside the wheel that they come from.

use std::error::Error;

use crate::python;

#[test]
fn the_embedded_schemas_are_those_of_the_pinned_wheel() -> Result<(), Box<dyn Error>> {
    let said = python::run(&python::root().join("tools/registry.py"), &["--check"], "")?;
    assert!(said.contains("types of"), "{said}");
    Ok(())
}

#[test]
fn the_embedded_policies_are_those_of_the_pinned_translator() -> Result<(), Box<dyn Error>> {
    python::run(&python::root().join("tools/sam_policies.py"), &["--check"], "")?;
    Ok(())
}
