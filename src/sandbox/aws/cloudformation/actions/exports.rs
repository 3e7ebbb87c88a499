//! `ListExports` and `ListImports`.

use super::Request;
use crate::sandbox::aws::cloudformation::{naming, page, surroundings};
use crate::sandbox::aws::error::ApiError;
use crate::sandbox::world::World;
use crate::sandbox::xml::Xml;

pub(super) fn list(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let place = naming::place(request.caller);
    let mut exports: Vec<(&str, &str, &str)> = world
        .stacks
        .iter()
        .map(|(_, stack)| stack)
        .filter(|stack| stack.place == place)
        .flat_map(|stack| stack.exports().map(|(name, value)| (name, value, stack.id.as_str())))
        .collect();
    exports.sort_unstable();
    let (page, next) = page::of(exports, request.query.text("NextToken"), page::SIZE)?;
    let mut xml = Xml::new();
    xml.list("Exports", page, |xml, (name, value, stack_id)| {
        xml.text("ExportingStackId", stack_id);
        xml.text("Name", name);
        xml.text("Value", value);
    });
    xml.optional("NextToken", next);
    Ok(xml)
}

pub(super) fn list_imports(world: &mut World, request: &Request<'_>) -> Result<Xml, ApiError> {
    let place = naming::place(request.caller);
    let name = request.query.required("ExportName")?;
    if surroundings::exporter(world, &place, name).is_none() {
        return Err(ApiError::validation(format!("Export '{name}' does not exist.")));
    }
    let importers = surroundings::importers(world, &place, name);
    if importers.is_empty() {
        return Err(ApiError::validation(format!("Export '{name}' is not imported by any stack.")));
    }
    let (page, next) = page::of(importers, request.query.text("NextToken"), page::SIZE)?;
    let mut xml = Xml::new();
    xml.texts("Imports", page);
    xml.optional("NextToken", next);
    Ok(xml)
}
