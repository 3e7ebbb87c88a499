//! Where a deployment's configuration comes from: an archive in Cloud Storage.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use serde_json::{Map, Value};

use super::bucket;
use super::configuration::{Configuration, Failure};
use super::error::GoogleError;
use crate::sandbox::world::World;

/// The most bytes of a file of a configuration.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A blueprint as it is written: `gcsSource` and `inputValues`.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn checked(blueprint: &Value) -> Result<(), GoogleError> {
    let object = blueprint.as_object().ok_or_else(|| GoogleError::invalid("terraform_blueprint is required"))?;
    for key in object.keys() {
        match key.as_str() {
            "gcsSource" | "inputValues" => {}
            "gitSource" => return Err(GoogleError::invalid("the sandbox takes sources out of Cloud Storage only")),
            other => {
                return Err(GoogleError::invalid(format!(
                    "Unknown name \"{other}\" at 'terraform_blueprint': Cannot find field."
                )));
            }
        }
    }
    let source = object.get("gcsSource").and_then(Value::as_str).unwrap_or_default();
    match source.strip_prefix("gs://").and_then(|rest| rest.split_once('/')) {
        Some((bucket, object)) if !bucket.is_empty() && !object.is_empty() => Ok(()),
        _ => Err(GoogleError::invalid(format!("gcs_source '{source}' is not of the form gs://bucket/object"))),
    }
}

/// The values that a blueprint gives to variables.
pub fn inputs(blueprint: &Value) -> Map<String, Value> {
    let given = blueprint.get("inputValues").and_then(Value::as_object);
    let value = |one: &Value| one.get("inputValue").cloned().unwrap_or_default();
    given.into_iter().flatten().map(|(name, one)| (name.clone(), value(one))).collect()
}

/// Reads and checks the configuration that a blueprint names.
///
/// # Errors
/// What Infrastructure Manager or Terraform finds wrong with it.
pub fn configuration(world: &World, project: &str, blueprint: &Value) -> Result<Configuration, Vec<Failure>> {
    let failed = |why: String| vec![Failure::new("", why)];
    let source = blueprint.get("gcsSource").and_then(Value::as_str).unwrap_or_default();
    let (path, generation) = source.split_once('#').map_or((source, None), |(path, one)| (path, Some(one)));
    let (bucket, object) = path.strip_prefix("gs://").and_then(|rest| rest.split_once('/')).unwrap_or_default();
    let found = world.gcs_buckets.get(bucket).filter(|found| found.project == project);
    let found = found.ok_or_else(|| failed(format!("the service account can't read {source}")))?;
    let version = bucket::version(found, object, generation);
    let version = version.map_err(|refusal| failed(GoogleError::from(refusal).message))?;
    let bytes = world.read_blob(&version.blob).map_err(|error| failed(error.to_string()))?;
    Configuration::read(project, &files(bytes).map_err(failed)?, &inputs(blueprint))
}

/// The files of an archive that Terraform reads.
fn files(bytes: Vec<u8>) -> Result<BTreeMap<String, String>, String> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("the source is no archive: {error}"))?;
    let mut found = BTreeMap::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| error.to_string())?;
        let name = entry.name().map_err(|error| error.to_string())?.into_owned();
        if !entry.is_file() || name.contains('/') {
            continue;
        }
        if name.ends_with(".tf") || name.ends_with(".tfvars") {
            return Err(format!("the sandbox reads configurations in JSON only, not {name}"));
        }
        if name.ends_with(".tf.json") {
            let mut text = String::new();
            entry.take(LARGEST).read_to_string(&mut text).map_err(|error| format!("{name}: {error}"))?;
            found.insert(name, text);
        }
    }
    Ok(found)
}
