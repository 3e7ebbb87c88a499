//! Objects as the other services read them: templates and code.

use url::Url;

use crate::sandbox::world::World;

/// The bucket, the key and the version that an S3 address means: by path (`https://s3.region.amazonaws.com/bucket/key`, or the
/// sandbox's own address), by host (`https://bucket.s3.region.amazonaws.com/key`), or `s3://bucket/key`.
pub fn locate(address: &str) -> Option<(String, String, Option<String>)> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?.to_owned();
    let path = decode(url.path().trim_start_matches('/'))?;
    let version = url.query_pairs().find(|(name, _)| name == "versionId").map(|(_, id)| id.into_owned());
    let by_host = host
        .split_once(".s3.")
        .or_else(|| host.split_once(".s3-"))
        .map(|(bucket, _)| bucket.to_owned())
        .filter(|_| host.ends_with(".amazonaws.com") || host.ends_with(".localhost"));
    let (bucket, key) = match (url.scheme(), by_host) {
        ("s3", _) => (host, path),
        (_, Some(bucket)) => (bucket, path),
        (_, None) => {
            let (bucket, key) = path.split_once('/')?;
            (bucket.to_owned(), key.to_owned())
        }
    };
    (!bucket.is_empty() && !key.is_empty()).then_some((bucket, key, version))
}

fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The bytes of an object.
///
/// # Errors
/// Why not, in S3's words.
pub fn read(world: &World, account: &str, bucket: &str, key: &str, version: Option<&str>) -> Result<Vec<u8>, String> {
    const MORE: &str =
        "\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";
    let found = world.buckets.get(bucket).ok_or_else(|| format!("The specified bucket does not exist{MORE}"))?;
    if found.account != account {
        return Err("Access Denied".to_owned());
    }
    let content = match version {
        None => found.current(key).map(|(_, content)| content),
        Some(id) => found.version(key, id).and_then(|version| version.content.as_ref()),
    };
    let content = content.ok_or_else(|| format!("The specified key does not exist.{MORE}"))?;
    world.read_blob(&content.blob).map_err(|error| error.to_string())
}

/// Whether an object is there for this account.
pub fn exists(world: &World, account: &str, bucket: &str, key: &str, version: Option<&str>) -> bool {
    world.buckets.get(bucket).filter(|bucket| bucket.account == account).is_some_and(|bucket| match version {
        None => bucket.current(key).is_some(),
        Some(id) => bucket.version(key, id).is_some_and(|version| version.content.is_some()),
    })
}

#[cfg(test)]
mod tests {
    use super::locate;

    #[test]
    fn all_forms_of_address_are_understood() {
        for address in [
            "https://s3.amazonaws.com/code/a/b%20c.zip",
            "https://s3.eu-west-1.amazonaws.com/code/a/b%20c.zip",
            "https://code.s3.eu-west-1.amazonaws.com/a/b%20c.zip",
            "https://code.s3.amazonaws.com/a/b%20c.zip",
            "http://127.0.0.1:4566/code/a/b%20c.zip",
            "s3://code/a/b%20c.zip",
        ] {
            let expected = ("code".to_owned(), "a/b c.zip".to_owned(), None);
            assert_eq!(locate(address), Some(expected), "{address}");
        }
        let versioned = locate("https://s3.amazonaws.com/code/k?versionId=v1").unwrap();
        assert_eq!(versioned.2.as_deref(), Some("v1"));
        assert_eq!(locate("https://s3.amazonaws.com/"), None);
        assert_eq!(locate("template.yaml"), None);
    }
}
