//! The body of an S3 request, freed from the framing of the `aws-chunked` encoding.
//!
//! Source: S3 API Reference, "Signature calculations for the authorization header: transferring payload in multiple chunks".

use std::collections::BTreeMap;

/// A body and the headers that came after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unframed {
    /// The content.
    pub content: Vec<u8>,
    /// The trailing headers, names in lower case.
    pub trailers: BTreeMap<String, String>,
}

/// Takes the frames off a body; none when it isn't framed rightly.
pub fn unframe(body: &[u8]) -> Option<Unframed> {
    let mut content = Vec::new();
    let mut rest = body;
    loop {
        let (line, after) = split_line(rest)?;
        let line = std::str::from_utf8(line).ok()?;
        let size = line.split(';').next()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        if size == 0 {
            return Some(Unframed { content, trailers: trailers(after)? });
        }
        content.extend_from_slice(after.get(..size)?);
        rest = after.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

fn trailers(text: &[u8]) -> Option<BTreeMap<String, String>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        found.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
    }
    Some(found)
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    Some((bytes.get(..end)?, bytes.get(end + 2..)?))
}

#[cfg(test)]
mod tests {
    use super::unframe;

    #[test]
    fn chunks_are_joined_and_trailers_read() {
        let body = b"5;chunk-signature=ab\r\nhello\r\n1\r\n!\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        let unframed = unframe(body).unwrap();
        assert_eq!(unframed.content, b"hello!");
        assert_eq!(unframed.trailers["x-amz-checksum-crc32"], "AAAA");
    }

    #[test]
    fn a_body_cut_short_is_refused() {
        assert_eq!(unframe(b"5\r\nhel"), None);
        assert_eq!(unframe(b"zz\r\n"), None);
        assert_eq!(unframe(b"2\r\nok\r\n"), None);
    }
}
