//! The part of an object that a request asks for (RFC 9110, 14): clients go on from where an answer broke off.

use std::ops::Range;

/// No byte of what was asked for is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsatisfiable;

/// Reads a range of bytes: `bytes=0-9`, `bytes=9-`, `bytes=-9`. None where the whole is given: nothing was asked for, or several parts
/// or another unit, which a server may leave aside.
///
/// # Errors
/// [`Unsatisfiable`].
pub fn asked(header: Option<&str>, size: usize) -> Result<Option<Range<usize>>, Unsatisfiable> {
    let Some((first, last)) = header.and_then(|text| text.strip_prefix("bytes=")?.split_once('-')) else {
        return Ok(None);
    };
    let range = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..size.min(last.saturating_add(1)),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(most)) if first.is_empty() => size.saturating_sub(most)..size,
        _ => return Ok(None),
    };
    if range.is_empty() { Err(Unsatisfiable) } else { Ok(Some(range)) }
}

/// What says which part of the whole this is.
pub fn described(part: &Range<usize>, size: usize) -> String {
    format!("bytes {}-{}/{size}", part.start, part.end.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_given_as_far_as_it_is_there() {
        let of = |header| asked(Some(header), 10);
        assert_eq!(of("bytes=2-4"), Ok(Some(2..5)));
        assert_eq!(of("bytes=2-40"), Ok(Some(2..10)));
        assert_eq!(of("bytes=7-"), Ok(Some(7..10)));
        assert_eq!(of("bytes=-3"), Ok(Some(7..10)));
        assert_eq!(of("bytes=10-"), Err(Unsatisfiable));
        assert_eq!(described(&(2..5), 10), "bytes 2-4/10");
    }

    #[test]
    fn what_is_no_single_part_of_bytes_is_left_aside() {
        for header in [None, Some("bytes=0-1,3-4"), Some("lines=1-2"), Some("bytes=4-2"), Some("bytes=")] {
            assert_eq!(asked(header, 10), Ok(None), "{header:?}");
        }
    }
}
