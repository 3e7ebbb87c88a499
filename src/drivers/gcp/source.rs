//! The source of a deployment: its document and what stands beside it, as an archive in the bucket.

use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::Gcp;
use super::deployment::text;
use crate::plan::deployment::{BESIDE, Deployment};
use crate::plan::digest::Digest;
use crate::ports::cloud::CloudError;

/// The document's file.
const DOCUMENT: &str = "main.tf.json";

/// Where a source lies: `gs://bucket/object#generation`.
pub(super) fn parts(source: &str) -> Option<(&str, &str, Option<&str>)> {
    let (path, generation) = source.split_once('#').map_or((source, None), |(path, one)| (path, Some(one)));
    let (bucket, object) = path.strip_prefix("gs://")?.split_once('/')?;
    Some((bucket, object, generation))
}

impl Gcp {
    /// Puts the source of a deployment into its bucket; gives where it lies.
    pub(in crate::drivers) async fn upload(&self, deployment: &Deployment) -> Result<String, CloudError> {
        let bucket = self.bucket_name(deployment);
        self.ensure_bucket(&bucket).await?;
        for upload in deployment.uploads.iter().filter(|upload| !upload.key.starts_with(BESIDE)) {
            self.put_once(&bucket, &upload.key, &upload.bytes).await?;
        }
        let archive = archive(deployment).map_err(|error| CloudError::Refused {
            call: "storage.objects.create".to_owned(),
            code: "Unwritable".to_owned(),
            message: format!("the source can't be packed: {error}"),
        })?;
        let object = format!("sources/{}.zip", Digest::of(&archive).hex());
        let generation = self.put_once(&bucket, &object, &archive).await?;
        Ok(format!("gs://{bucket}/{object}#{generation}"))
    }

    /// The document that a deployment was last asked for, byte for byte.
    pub(super) async fn deployed_document(&self, stack: &str) -> Result<Option<String>, CloudError> {
        let Some(found) = self.read_deployment(stack).await? else { return Ok(None) };
        self.document_in(text(&found, "/terraformBlueprint/gcsSource")).await
    }

    /// The document of a source; none where it isn't there.
    pub(in crate::drivers) async fn document_in(&self, source: &str) -> Result<Option<String>, CloudError> {
        let files = self.files_in(source).await?;
        Ok(files.and_then(|files| files.into_iter().find(|(name, _)| name == DOCUMENT)).map(|(_, text)| text))
    }

    /// What the engine reads of a source, by file; none where it isn't there.
    pub(in crate::drivers) async fn files_in(&self, source: &str) -> Result<Option<Vec<(String, String)>>, CloudError> {
        let Some((bucket, object, generation)) = parts(source) else { return Ok(None) };
        let Some(bytes) = self.object(bucket, object, generation).await? else { return Ok(None) };
        files(bytes).map(Some).map_err(|error| CloudError::Refused {
            call: "storage.objects.get".to_owned(),
            code: "Unreadable".to_owned(),
            message: format!("{source} is no source of landfall's: {error}"),
        })
    }
}

/// The archive of a deployment: the same bytes for the same files.
fn archive(deployment: &Deployment) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(DOCUMENT, options)?;
    writer.write_all(deployment.document.as_bytes())?;
    for upload in &deployment.uploads {
        let name = upload.key.strip_prefix(BESIDE).and_then(|rest| rest.split_once('/'));
        if let Some((_, name)) = name {
            writer.start_file(name, options)?;
            writer.write_all(&upload.bytes)?;
        }
    }
    Ok(writer.finish()?.into_inner())
}

fn files(bytes: Vec<u8>) -> zip::result::ZipResult<Vec<(String, String)>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut files = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        files.push((file.name().map(|name| name.into_owned())?, text));
    }
    // An archive without its document is not one of ours.
    archive.by_name(DOCUMENT)?;
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::plan::deployment::{Place, Protection, Upload};

    fn deployment() -> Deployment {
        let beside = Upload { key: format!("{BESIDE}aa/versions.tf.json"), bytes: b"{}".to_vec() };
        Deployment {
            target: "shop/dev".to_owned(),
            place: Place {
                cloud: "gcp".to_owned(),
                account: "shop-project".to_owned(),
                region: "r".to_owned(),
                engine: None,
            },
            stack: "shop-dev".to_owned(),
            document: "{\"a\": 1}\n".to_owned(),
            parameters: BTreeMap::new(),
            at_once: BTreeMap::new(),
            tags: BTreeMap::new(),
            protection: Protection::default(),
            bucket: None,
            uploads: vec![beside, Upload { key: "code/1".to_owned(), bytes: b"x".to_vec() }],
            images: BTreeMap::new(),
            migration: None,
            ground: None,
        }
    }

    #[test]
    fn a_document_comes_back_byte_for_byte_and_the_archive_has_what_terraform_reads_and_no_more() {
        let bytes = archive(&deployment()).unwrap();
        assert_eq!(bytes, archive(&deployment()).unwrap());
        let read = files(bytes.clone()).unwrap();
        assert_eq!(read[0], (DOCUMENT.to_owned(), "{\"a\": 1}\n".to_owned()));
        let archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert_eq!(names, ["main.tf.json", "versions.tf.json"]);
    }

    #[test]
    fn a_source_says_where_it_lies() {
        assert_eq!(parts("gs://b/sources/x.zip#7"), Some(("b", "sources/x.zip", Some("7"))));
        assert_eq!(parts("gs://b/x"), Some(("b", "x", None)));
        assert_eq!(parts("https://b/x"), None);
    }
}
