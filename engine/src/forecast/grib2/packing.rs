//! The numbers of a field, out of their packing: simple (template 5.0), in groups (5.2), in groups of differences (5.3), or as
//! an image (5.41).

use super::{
    message::Message,
    octets::{Bits, Octets, SHORT},
};

/// The most bits of a packed number: of more, a 32-bit fraction keeps nothing, and no centre sends them.
const WIDEST: u32 = 31;

/// What turns a packed number into a value: `(reference + number × 2^binary) / 10^decimal`.
struct Scale {
    reference: f64,
    binary: f64,
    decimal: f64,
    width: u32,
}

impl Scale {
    fn of(section: Octets<'_>) -> Result<Self, String> {
        let width = u32::from(section.byte(20)?);
        if width > WIDEST {
            return Err(format!("its numbers have {width} bits; at most {WIDEST} are read"));
        }
        Ok(Self {
            reference: f64::from(section.float(12)?),
            binary: f64::from(section.signed_short(16)?).exp2(),
            decimal: 10_f64.powi(section.signed_short(18)?),
            width,
        })
    }

    fn value(&self, packed: f64) -> f32 {
        ((self.reference + packed * self.binary) / self.decimal) as f32
    }
}

/// The value at each of `points` points, in the file's order; not a number where there is none.
///
/// # Errors
/// When the figures contradict each other, or the packing is another one. Never more than `points` values are made.
pub(super) fn values(message: &Message<'_>, points: usize) -> Result<Vec<f32>, String> {
    let section = message.representation;
    let packed = section.count(6)?;
    let mask = mask(message.bitmap, points)?;
    let there = mask.map_or(points, |mask| (0..points).filter(|&point| is_there(mask, point)).count());
    if packed != there {
        return Err(format!("{packed} numbers are packed for {there} points"));
    }
    let scale = Scale::of(section)?;
    let data = message.data.from(6);
    let dense = match section.short(10)? {
        0 => simple(&scale, data, packed)?,
        template @ (2 | 3) => groups(&scale, section, data, packed, template == 3)?,
        41 => image(&scale, data, packed)?,
        other => {
            return Err(format!("its packing is template 5.{other}; simple (0), grouped (2, 3) and PNG (41) are read"));
        }
    };
    let Some(mask) = mask else { return Ok(dense) };
    let mut dense = dense.into_iter();
    Ok((0..points).map(|point| if is_there(mask, point) { dense.next() } else { None }.unwrap_or(f32::NAN)).collect())
}

/// The bit map; nothing when every point has a number.
fn mask(section: Octets<'_>, points: usize) -> Result<Option<&[u8]>, String> {
    match section.byte(6)? {
        0 => {
            let mask = section.from(7);
            if mask.len() < points.div_ceil(8) { Err(SHORT.into()) } else { Ok(Some(mask)) }
        }
        255 => Ok(None),
        other => Err(format!("its bit map is one that the centre keeps ({other})")),
    }
}

fn is_there(mask: &[u8], point: usize) -> bool {
    mask.get(point / 8).is_some_and(|octet| octet & (0x80 >> (point % 8)) != 0)
}

fn simple(scale: &Scale, data: &[u8], count: usize) -> Result<Vec<f32>, &'static str> {
    if data.len() < (count * scale.width as usize).div_ceil(8) {
        return Err(SHORT);
    }
    let mut bits = Bits::new(data);
    (0..count).map(|_| Ok(scale.value(f64::from(bits.next(scale.width)?)))).collect()
}

fn image(scale: &Scale, data: &[u8], count: usize) -> Result<Vec<f32>, String> {
    if scale.width == 0 {
        return Ok(vec![scale.value(0.0); count]);
    }
    let broken = |error: png::DecodingError| format!("its image cannot be read: {error}");
    let mut reader = png::Decoder::new(std::io::Cursor::new(data)).read_info().map_err(broken)?;
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    if width.checked_mul(height) != Some(count) {
        return Err(format!("its image has {width} by {height} points, {count} are packed"));
    }
    let depth = info.bytes_per_pixel() as u32 * 8;
    if scale.width != depth && scale.width != u32::from(info.bit_depth as u8) {
        return Err(format!("its image has {depth} bits a point, its numbers {}", scale.width));
    }
    // As many octets as points times four at most: checked above.
    let mut rows = vec![0; reader.output_buffer_size().ok_or("its image is too large")?];
    let frame = reader.next_frame(&mut rows).map_err(broken)?;
    let mut values = Vec::with_capacity(count);
    for row in rows.chunks(frame.line_size.max(1)).take(height) {
        // A row begins with an octet of its own.
        let mut bits = Bits::new(row);
        for _ in 0..width {
            values.push(scale.value(f64::from(bits.next(scale.width)?)));
        }
    }
    Ok(values)
}

/// Groups: each with a reference, a width and a length, then the numbers above the reference.
fn groups(
    scale: &Scale,
    section: Octets<'_>,
    data: &[u8],
    count: usize,
    differences: bool,
) -> Result<Vec<f32>, String> {
    if section.byte(22)? != 1 {
        return Err("its groups are not split in the general way (code table 5.4)".into());
    }
    let missing = section.byte(23)?;
    if missing > 2 {
        return Err(format!("its way to mark what is missing is {missing} (code table 5.5)"));
    }
    let groups = section.count(32)?;
    let (least_width, width_bits) = (u32::from(section.byte(36)?), u32::from(section.byte(37)?));
    let (least_length, length_step) = (section.long(38)?, u32::from(section.byte(42)?));
    let (last_length, length_bits) = (section.long(43)?, u32::from(section.byte(47)?));
    if width_bits > WIDEST || length_bits > WIDEST {
        return Err("the widths or lengths of its groups have too many bits".into());
    }
    if groups > count {
        return Err(format!("{groups} groups are announced for {count} numbers"));
    }
    let (mut chain, described) = if differences {
        let (chain, length) = Chain::of(section, data)?;
        (Some(chain), length)
    } else {
        (None, 0)
    };
    let data = data.get(described..).ok_or(SHORT)?;
    // Three tables, each in octets of its own, then the numbers.
    let table = |bits: u32| groups.checked_mul(bits as usize).map(|bits| bits.div_ceil(8)).ok_or(SHORT);
    let widths_at = table(scale.width)?;
    let lengths_at = widths_at.checked_add(table(width_bits)?).ok_or(SHORT)?;
    let numbers_at = lengths_at.checked_add(table(length_bits)?).ok_or(SHORT)?;
    let from = |at: usize| data.get(at..).map(Bits::new).ok_or(SHORT);
    let (mut references, mut widths, mut lengths) = (from(0)?, from(widths_at)?, from(lengths_at)?);
    let mut numbers = from(numbers_at)?;

    let mut values = Vec::with_capacity(count);
    for group in 0..groups {
        let reference = references.next(scale.width)?;
        let width = u64::from(least_width) + u64::from(widths.next(width_bits)?);
        let length = u64::from(least_length) + u64::from(length_step) * u64::from(lengths.next(length_bits)?);
        let length = if group + 1 == groups { u64::from(last_length) } else { length };
        let (Ok(width), Ok(length)) = (u32::try_from(width), usize::try_from(length)) else {
            return Err(SHORT.into());
        };
        if width > WIDEST {
            return Err(format!("a group has numbers of {width} bits; at most {WIDEST} are read"));
        }
        if length > count - values.len() {
            return Err(format!("its groups hold more than the {count} numbers announced"));
        }
        for _ in 0..length {
            let number = numbers.next(width)?;
            // Where a group is constant, its reference itself says whether it is missing.
            let (mark, marked) = if width == 0 { (reference, scale.width) } else { (number, width) };
            let none = (1_u64 << marked) - 1;
            let mark = u64::from(mark);
            if (missing >= 1 && mark == none) || (missing == 2 && mark + 1 == none) {
                values.push(f32::NAN);
                continue;
            }
            let packed = i64::from(reference) + i64::from(number);
            values.push(scale.value(chain.as_mut().map_or(packed, |chain| chain.next(packed)) as f64));
        }
    }
    if values.len() == count { Ok(values) } else { Err(format!("its groups hold {} numbers of {count}", values.len())) }
}

/// Numbers out of the differences between them, of the first or the second order.
struct Chain {
    /// The numbers that stand at the start themselves, the first last; taken one by one.
    first: Vec<i64>,
    /// What every difference is above.
    least: i64,
    /// The number before.
    before: i64,
    /// The step that led to it; it stays nothing where differences are of the first order.
    step: i64,
    second: bool,
}

impl Chain {
    /// Reads the start, and says how many octets it takes.
    fn of(section: Octets<'_>, data: &[u8]) -> Result<(Self, usize), String> {
        let (order, width) = (usize::from(section.byte(48)?), usize::from(section.byte(49)?));
        if !(1..=2).contains(&order) || !(1..=4).contains(&width) {
            return Err(format!("its differences are of order {order} in {width} octets"));
        }
        let length = (order + 1) * width;
        let numbers = data.get(..length).ok_or(SHORT)?;
        let whole = |octets: &[u8]| octets.iter().fold(0_i64, |sum, &octet| sum << 8 | i64::from(octet));
        let mut first: Vec<i64> = numbers.chunks(width).map(whole).collect();
        // The last has a sign, in its first bit.
        let raw = first.pop().unwrap_or_default();
        let sign = 1_i64 << (width * 8 - 1);
        let least = if raw & sign == 0 { raw } else { -(raw & (sign - 1)) };
        first.reverse();
        Ok((Self { first, least, before: 0, step: 0, second: order == 2 }, length))
    }

    /// The number that a difference leads to. What runs over is nonsense already, and stays harmless.
    fn next(&mut self, difference: i64) -> i64 {
        let number = self
            .first
            .pop()
            .unwrap_or_else(|| self.before.wrapping_add(self.step).wrapping_add(difference).wrapping_add(self.least));
        if self.second {
            self.step = number.wrapping_sub(self.before);
        }
        self.before = number;
        number
    }
}
