//! What CloudFormation's own registry says of every resource type: its properties, which of them replace the resource when they
//! change, which the cloud sets, and which API calls its handlers make.
//!
//! The schemas lie in `registry.bin`, made by `tools/registry.py` from a pinned source. Each type is deflated on its own behind a
//! sorted index, so that looking one up costs a binary search and one small inflation, and starting the program costs nothing.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

pub mod check;
pub(super) mod images;
pub mod pattern;
pub mod property;
mod scalar;
pub mod schema;

pub use check::Finding;
pub use property::{Listed, Property};
pub use schema::{Handler, TypeSchema};

/// The packed schemas; the layout is described in `tools/registry.py`.
static PACKED: &[u8] = include_bytes!("registry.bin");

/// Mark at the start of the file, with its version.
const MAGIC: &[u8] = b"LFCFN001";
/// Where the number of types stands: after the mark and the date.
const COUNT_AT: usize = 28;
/// Where the index starts.
const INDEX_AT: usize = 32;
/// Bytes of one entry: u32 name offset, u16 name length, u32 offset, u32 deflated length, u32 length in JSON.
const ENTRY: usize = 18;

/// Types that were asked for, so that each is inflated once. They live as long as the program, at most one of each type.
static FOUND: LazyLock<Mutex<BTreeMap<&'static str, &'static Slot>>> = LazyLock::new(Mutex::default);

/// Where the first who asks for a type puts it, and whoever asks for the same one meanwhile waits.
type Slot = OnceLock<Option<TypeSchema>>;

/// The schema of a type, such as `AWS::SQS::Queue`; none for a type that the registry doesn't have, `Custom::…` among them.
pub fn find(kind: &str) -> Option<&'static TypeSchema> {
    let found = || FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let known = found().get(kind).copied();
    let slot = match known {
        Some(slot) => slot,
        None => *found().entry(search(kind)?.name).or_insert_with(|| Box::leak(Box::default())),
    };
    slot.get_or_init(|| search(kind)?.read()).as_ref()
}

/// Whether the registry has the type; doesn't inflate it.
pub fn knows(kind: &str) -> bool {
    search(kind).is_some()
}

/// The names of all types, sorted.
pub fn types() -> impl Iterator<Item = &'static str> {
    (0..count()).filter_map(|index| entry(index).map(|entry| entry.name))
}

/// The known type whose name is nearest to a mistyped one, if any is near.
pub fn nearest(kind: &str) -> Option<&'static str> {
    near(kind, types())
}

/// When the schemas were taken from the cloud, such as `2026-10-20T22:11:15Z`.
pub fn schema_date() -> &'static str {
    PACKED.get(MAGIC.len()..COUNT_AT).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The candidate nearest to a word, where it is near enough to be meant: differing in case only, or alike by more than four fifths.
pub(crate) fn near<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| {
            let alike = if candidate.eq_ignore_ascii_case(word) {
                1.0
            } else {
                strsim::normalized_damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase())
            };
            (alike, candidate)
        })
        .filter(|(alike, _)| *alike > 0.8 || (*alike > 0.65 && word.len() < 12))
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

/// One entry of the index.
struct Entry {
    name: &'static str,
    deflated: &'static [u8],
    length: usize,
}

impl Entry {
    fn read(&self) -> Option<TypeSchema> {
        let text = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(self.deflated, self.length).ok()?;
        serde_json::from_slice(&text).ok().map(|document| TypeSchema::new(self.name, document))
    }
}

fn number(at: usize) -> Option<usize> {
    let bytes = PACKED.get(at..at + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
}

fn count() -> usize {
    number(COUNT_AT).unwrap_or_default()
}

fn entry(index: usize) -> Option<Entry> {
    let at = INDEX_AT + index * ENTRY;
    let name_length = usize::from(u16::from_le_bytes(PACKED.get(at + 4..at + 6)?.try_into().ok()?));
    let (name, data) = (number(at)?, number(at + 6)?);
    Some(Entry {
        name: std::str::from_utf8(PACKED.get(name..name + name_length)?).ok()?,
        deflated: PACKED.get(data..data + number(at + 10)?)?,
        length: number(at + 14)?,
    })
}

fn search(kind: &str) -> Option<Entry> {
    let (mut low, mut high) = (0, count());
    while low < high {
        let middle = low + (high - low) / 2;
        let candidate = entry(middle)?;
        match candidate.name.cmp(kind) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Some(candidate),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_name_and_parses() {
        assert!(PACKED.starts_with(MAGIC));
        let names: Vec<_> = types().collect();
        assert!(names.len() > 1800);
        assert!(names.is_sorted());
        for name in names {
            let schema = find(name).expect(name);
            assert_eq!(schema.kind(), name);
            assert!(!schema.properties().is_empty(), "{name}");
        }
    }

    #[test]
    fn an_unknown_type_is_not_found_and_the_nearest_is_named() {
        assert!(find("AWS::SQS::Queu").is_none());
        assert!(!knows("Custom::Thing"));
        assert_eq!(nearest("AWS::SQS::Queu"), Some("AWS::SQS::Queue"));
        assert_eq!(nearest("aws::sqs::queue"), Some("AWS::SQS::Queue"));
        assert_eq!(nearest("nothing like it"), None);
    }

    #[test]
    fn the_date_of_the_schemas_is_readable() {
        assert!(schema_date().starts_with("20") && schema_date().ends_with('Z'));
    }
}
