//! Where code lies: `CodeUri`, `InlineCode`, `ImageUri`, `ContentUri`.

use serde_json::{Map, Value, json};

use super::error::SamError;
use super::made::object;
use super::properties::{Properties, truthy};

/// The `Code` of a function.
pub(super) fn of_function(given: &mut Properties, function: &Map<String, Value>) -> Result<Value, SamError> {
    let (inline, uri, image) = (given.take("InlineCode"), given.take("CodeUri"), given.take("ImageUri"));
    let key = given.take_truthy("SourceKMSKeyArn");
    let is_given = |name: &str| function.get(name).is_some_and(truthy);
    match function.get("PackageType").and_then(Value::as_str).unwrap_or("Zip") {
        "Zip" => {
            if !is_given("Runtime") || !is_given("Handler") {
                return Err(given.invalid("Runtime", "Runtime and Handler are required for a package of type Zip"));
            }
            if is_given("ImageConfig") {
                return Err(given.invalid("ImageConfig", "it is for packages of type Image"));
            }
            let mut code = match (inline, uri) {
                (Some(text), _) => object([("ZipFile", Some(text))]),
                (None, Some(uri)) => s3_object(given, "CodeUri", &uri)?,
                (None, None) => return Err(given.invalid("CodeUri", "either CodeUri or InlineCode is required")),
            };
            if let Some(key) = key {
                code.insert("SourceKMSKeyArn".to_owned(), key);
            }
            Ok(Value::Object(code))
        }
        "Image" => {
            if let Some(name) = ["Handler", "Runtime", "Layers"].into_iter().find(|name| is_given(name)) {
                return Err(given.invalid(name, "a package of type Image has none"));
            }
            let image = image.filter(truthy).ok_or_else(|| given.invalid("ImageUri", "it is required for images"))?;
            Ok(json!({"ImageUri": image}))
        }
        _ => Err(given.invalid("PackageType", "it must be Zip or Image")),
    }
}

/// An object in S3: `s3://bucket/key?versionId=…`, or an object of `Bucket`, `Key` and `Version`.
pub(super) fn s3_object(given: &Properties, name: &str, uri: &Value) -> Result<Map<String, Value>, SamError> {
    match uri {
        Value::Object(place) => {
            let mut place = Properties::new(given.resource(), &given.path(name), place.clone());
            let (bucket, key) = (place.take_truthy("Bucket"), place.take_truthy("Key"));
            if bucket.is_none() || key.is_none() {
                return Err(given.invalid(name, "Bucket and Key are required"));
            }
            let code = object([
                ("S3Bucket", bucket),
                ("S3Key", key),
                ("S3ObjectVersion", place.take("Version")),
                ("S3ObjectStorageMode", place.take("StorageMode")),
            ]);
            place.finish()?;
            Ok(code)
        }
        Value::String(text) => parsed(text).ok_or_else(|| {
            given.invalid(name, "it is no address of the form s3://bucket/key; a folder must be uploaded first")
        }),
        _ => Err(given.invalid(name, "it must be text or an object of Bucket and Key")),
    }
}

fn parsed(text: &str) -> Option<Map<String, Value>> {
    let rest = text.strip_prefix("s3://")?;
    let rest = rest.split('#').next()?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (bucket, key) = place.split_once('/')?;
    if bucket.is_empty() {
        return None;
    }
    let version =
        query.split('&').find_map(|pair| pair.strip_prefix("versionId=")).filter(|version| !version.is_empty());
    Some(object([
        ("S3Bucket", Some(json!(bucket))),
        ("S3Key", Some(json!(key.trim_start_matches('/')))),
        ("S3ObjectVersion", version.map(Value::from)),
    ]))
}
