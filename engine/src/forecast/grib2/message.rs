//! The messages of a file, cut into their sections.

use super::octets::Octets;

/// The shortest section 0, and what ends a message.
const INDICATOR: usize = 16;
const END: &[u8] = b"7777";

/// One field with all that describes it. A message may hold several: they share what stands before them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'file> {
    /// The number of the message in the file, from 0.
    pub(super) number: usize,
    /// What its parameters' categories belong to (code table 0.0).
    pub(super) discipline: u8,
    /// Section 1: where and when it was made.
    pub(super) identification: Octets<'file>,
    /// Section 3: the grid.
    pub(super) grid: Octets<'file>,
    /// Section 4: the parameter.
    pub(super) product: Octets<'file>,
    /// Section 5: how the numbers are packed.
    pub(super) representation: Octets<'file>,
    /// Section 6: which points have a number.
    pub(super) bitmap: Octets<'file>,
    /// Section 7: the numbers.
    pub(super) data: Octets<'file>,
}

impl Message<'_> {
    /// The parameter: `discipline.category.number`.
    ///
    /// # Errors
    /// When section 4 is too short.
    pub(super) fn parameter(&self) -> Result<String, &'static str> {
        Ok(format!("{}.{}.{}", self.discipline, self.product.byte(10)?, self.product.byte(11)?))
    }
}

/// Cuts a file into its messages. What stands between them is left out, as transmission headers do.
///
/// # Errors
/// When a length leads out of the file, or sections are out of order.
pub(super) fn messages(bytes: &[u8]) -> Result<Vec<Message<'_>>, String> {
    let (mut found, mut rest, mut number) = (Vec::new(), bytes, 0);
    while let Some(start) = rest.windows(4).position(|word| word == b"GRIB") {
        let message = &rest[start..];
        let broken = |why: &str| format!("message {number}: {why}");
        let length = message.get(8..INDICATOR).and_then(<[u8]>::first_chunk).copied().map(u64::from_be_bytes);
        let length = length.and_then(|length| usize::try_from(length).ok()).ok_or_else(|| broken("it is cut short"))?;
        if message[7] != 2 {
            return Err(broken(&format!("it is of edition {}, not 2", message[7])));
        }
        let body = message.get(INDICATOR..length).ok_or_else(|| {
            broken(&format!("it is cut short: {length} octets are announced and {} there", message.len()))
        })?;
        let body = body.strip_suffix(END).ok_or_else(|| broken("it does not end with 7777"))?;
        fields(body, message[6], number, &mut found).map_err(|why| broken(&why))?;
        rest = &message[length..];
        number += 1;
    }
    Ok(found)
}

/// The fields of one message, from the octets between its indicator and its end.
fn fields<'file>(
    mut rest: &'file [u8],
    discipline: u8,
    number: usize,
    found: &mut Vec<Message<'file>>,
) -> Result<(), String> {
    // What stands for the next field, by section; 2 is the centre's own business.
    let mut held: [Option<&'file [u8]>; 8] = [None; 8];
    let mut before = 0;
    while !rest.is_empty() {
        let header = Octets::new(rest);
        let (length, section) = (header.count(1)?, usize::from(header.byte(5)?));
        if length < 5 || length > rest.len() {
            return Err(format!("section {section} is said to have {length} octets and {} are left", rest.len()));
        }
        // 2, 3 and 4 may begin again after the numbers of a field; else each follows the one before.
        let again = before == 7 && (2..=4).contains(&section);
        let follows = section == before + 1 || (before == 1 && section == 3);
        if !(again || follows) {
            return Err(format!("section {section} follows section {before}"));
        }
        let (this, others) = rest.split_at(length);
        // A bit map may be the one before: it stays then.
        if section != 6 || this.get(5) != Some(&254) || held[6].is_none() {
            held[section] = Some(this);
        }
        if let (7, [_, Some(one), _, Some(three), Some(four), Some(five), Some(six), Some(seven)]) = (section, held) {
            found.push(Message {
                number,
                discipline,
                identification: Octets::new(one),
                grid: Octets::new(three),
                product: Octets::new(four),
                representation: Octets::new(five),
                bitmap: Octets::new(six),
                data: Octets::new(seven),
            });
        }
        (rest, before) = (others, section);
    }
    if before == 7 { Ok(()) } else { Err(format!("it ends after section {before}")) }
}
