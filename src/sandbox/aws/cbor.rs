//! CBOR, in which newer clients speak to some services (Smithy RPC v2). A field whose name says so holds a time, which CBOR marks
//! with a tag of its own (RFC 8949, 3.4.2).

use minicbor::data::{IanaTag, Tag, Type};
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Number, Value};

/// Deeper than any request of a service.
const DEEPEST: usize = 32;

/// Reads a document. None where it isn't CBOR, or holds what JSON has no word for.
pub fn read(bytes: &[u8]) -> Option<Value> {
    if bytes.is_empty() {
        return Some(Value::Object(Map::new()));
    }
    value(&mut Decoder::new(bytes), DEEPEST)
}

fn value(decoder: &mut Decoder<'_>, deepest: usize) -> Option<Value> {
    let inner = deepest.checked_sub(1)?;
    Some(match decoder.datatype().ok()? {
        Type::Bool => Value::Bool(decoder.bool().ok()?),
        Type::Null | Type::Undefined => {
            decoder.skip().ok()?;
            Value::Null
        }
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => Value::from(decoder.u64().ok()?),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => Value::from(decoder.i64().ok()?),
        Type::F32 | Type::F64 => Number::from_f64(decoder.f64().ok()?).map(Value::Number)?,
        Type::String => Value::from(decoder.str().ok()?),
        Type::StringIndef => Value::from(decoder.str_iter().ok()?.collect::<Result<String, _>>().ok()?),
        Type::Tag => {
            decoder.tag().ok()?;
            value(decoder, inner)?
        }
        Type::Array | Type::ArrayIndef => {
            let length = decoder.array().ok()?;
            let mut list = Vec::new();
            while more(decoder, length, list.len())? {
                list.push(value(decoder, inner)?);
            }
            Value::Array(list)
        }
        Type::Map | Type::MapIndef => {
            let length = decoder.map().ok()?;
            let mut map = Map::new();
            let mut read = 0;
            while more(decoder, length, read)? {
                let key = value(decoder, inner)?;
                map.insert(key.as_str()?.to_owned(), value(decoder, inner)?);
                read += 1;
            }
            Value::Object(map)
        }
        _ => return None,
    })
}

/// Whether another item follows; takes the mark that ends a list of unsaid length.
fn more(decoder: &mut Decoder<'_>, length: Option<u64>, read: usize) -> Option<bool> {
    match length {
        Some(length) => Some((read as u64) < length),
        None if decoder.datatype().ok()? == Type::Break => {
            decoder.skip().ok()?;
            Some(false)
        }
        None => Some(true),
    }
}

/// Writes a document; a number under a name that `is_time` knows is a time.
pub fn write(document: &Value, is_time: fn(&str) -> bool) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    // Writing into memory can't fail.
    let _ = put(&mut encoder, document, is_time);
    encoder.into_writer()
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn put(encoder: &mut Encoder<Vec<u8>>, document: &Value, is_time: fn(&str) -> bool) -> Written {
    match document {
        Value::Null => encoder.null()?.ok(),
        Value::Bool(flag) => encoder.bool(*flag)?.ok(),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => encoder.u64(whole)?.ok(),
            (None, Some(whole)) => encoder.i64(whole)?.ok(),
            (None, None) => encoder.f64(number.as_f64().unwrap_or_default())?.ok(),
        },
        Value::String(text) => encoder.str(text)?.ok(),
        Value::Array(list) => {
            encoder.array(list.len() as u64)?;
            list.iter().try_for_each(|item| put(encoder, item, is_time))
        }
        Value::Object(map) => {
            encoder.map(map.len() as u64)?;
            for (key, item) in map {
                encoder.str(key)?;
                if is_time(key) && item.is_number() {
                    encoder.tag(Tag::from(IanaTag::Timestamp))?;
                }
                put(encoder, item, is_time)?;
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{read, write};

    #[test]
    fn what_is_written_is_read_again_and_times_carry_their_tag() {
        let document =
            json!({"AlarmNames": ["a", "b"], "AtTimestamp": 1.5, "Most": 100, "Less": -1, "No": false, "x": null});
        let bytes = write(&document, |name| name.ends_with("Timestamp"));
        assert_eq!(read(&bytes), Some(document));
        // 0xc1 is tag 1, 0xfb a double.
        assert!(bytes.windows(2).any(|pair| pair == [0xc1, 0xfb]));
    }

    #[test]
    fn lists_of_unsaid_length_are_read_and_what_is_cut_off_is_not() {
        let bytes = [0xbf, 0x61, b'a', 0x9f, 0x01, 0x02, 0xff, 0xff];
        assert_eq!(read(&bytes), Some(json!({"a": [1, 2]})));
        assert_eq!(read(&bytes[..6]), None);
        assert_eq!(read(&[0x81; 100]), None);
    }
}
