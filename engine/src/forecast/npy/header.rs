//! What stands before the numbers of a `.npy` array: NumPy's enhancement proposal 1, formats 1 to 3.

/// Longest header that is read: NumPy writes some 100 octets.
const LONGEST: usize = 4_096;
/// Longest array that is read, in numbers: the whole HRRR five times over. More is a mistake or an attack.
const MOST_NUMBERS: usize = 10_000_000;

/// The numbers' form.
#[derive(Debug, PartialEq)]
enum Form {
    Single,
    Double,
}

/// The header of an array.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    /// How many numbers stand along each axis, the slowest first.
    pub(super) shape: Vec<usize>,
    form: Form,
    count: usize,
}

/// Reads the header; with it come the octets of the numbers.
///
/// # Errors
/// Why this is no array of fractions in C order.
pub(super) fn read(bytes: &[u8]) -> Result<(Header, &[u8]), String> {
    let (version, rest) = match bytes {
        [0x93, b'N', b'U', b'M', b'P', b'Y', version, 0, rest @ ..] => (*version, rest),
        _ => return Err("it does not begin as an array does".into()),
    };
    let (length, rest) = match (version, rest) {
        (1, [a, b, rest @ ..]) => (usize::from(u16::from_le_bytes([*a, *b])), rest),
        (2 | 3, [a, b, c, d, rest @ ..]) => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
        _ => return Err(format!("it is of format {version}, or cut short")),
    };
    if length > LONGEST || length > rest.len() {
        return Err(format!("its header is said to have {length} octets"));
    }
    let (text, data) = rest.split_at(length);
    let text = std::str::from_utf8(text).map_err(|_| "its header is no text")?;
    Ok((Header::parse(text)?, data))
}

impl Header {
    /// Reads Python's literal, as far as NumPy writes it: `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
    fn parse(text: &str) -> Result<Self, String> {
        let value = |key: &str| {
            let quoted = format!("'{key}':");
            text.find(&quoted)
                .map(|at| text[at + quoted.len()..].trim_start())
                .ok_or(format!("its header has no {key}"))
        };
        let form = match value("descr")?.split('\'').nth(1) {
            Some("<f4") => Form::Single,
            Some("<f8") => Form::Double,
            other => return Err(format!("its numbers are {}, not <f4 or <f8", other.unwrap_or("records"))),
        };
        if !value("fortran_order")?.starts_with("False") {
            return Err("its numbers are not in C order".into());
        }
        let inside =
            value("shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or("it has no shape")?.0;
        let axes = inside.split(',').map(str::trim).filter(|axis| !axis.is_empty());
        let shape: Vec<usize> =
            axes.map(str::parse).collect::<Result<_, _>>().map_err(|_| format!("its shape is ({inside})"))?;
        let count = shape.iter().try_fold(1_usize, |count, &length| count.checked_mul(length));
        match count.filter(|&count| count <= MOST_NUMBERS) {
            Some(count) => Ok(Self { shape, form, count }),
            None => Err(format!("its shape {shape:?} holds more than {MOST_NUMBERS} numbers")),
        }
    }

    /// The numbers themselves.
    ///
    /// # Errors
    /// When there are fewer octets than the shape says.
    pub(super) fn numbers(&self, data: &[u8]) -> Result<Vec<f64>, String> {
        let numbers: Vec<f64> = match self.form {
            Form::Single => {
                data.as_chunks().0.iter().take(self.count).map(|&it| f32::from_le_bytes(it).into()).collect()
            }
            Form::Double => data.as_chunks().0.iter().take(self.count).map(|&it| f64::from_le_bytes(it)).collect(),
        };
        if numbers.len() == self.count {
            Ok(numbers)
        } else {
            Err(format!("{} numbers are announced and {} there", self.count, numbers.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Header};

    #[test]
    fn a_header_says_form_and_shape() {
        let parse = |text| Header::parse(text);
        let header = parse("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }   \n").unwrap();
        assert_eq!(header, Header { shape: vec![2, 3], form: Form::Double, count: 6 });
        assert_eq!(parse("{'shape': (3,), 'fortran_order': False, 'descr': '<f4'}").unwrap().shape, [3]);
        let wrong = [
            "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3), }",
            "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2",
            "",
        ];
        for text in wrong {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
