//! Octets of a section, counted from one as the WMO's tables count them.

/// A run of octets, read by their numbers. Every read beyond the end is an answer, never a fault.
#[derive(Debug, Clone, Copy)]
pub(super) struct Octets<'file>(&'file [u8]);

/// An octet that a section should have and has not.
pub(super) const SHORT: &str = "a section is shorter than its own figures say";

impl<'file> Octets<'file> {
    /// The octets of a section, its length and number included.
    pub(super) fn new(bytes: &'file [u8]) -> Self {
        Self(bytes)
    }

    /// Everything from an octet on.
    pub(super) fn from(self, octet: usize) -> &'file [u8] {
        self.0.get(octet.saturating_sub(1)..).unwrap_or_default()
    }

    fn array<const LENGTH: usize>(self, octet: usize) -> Result<[u8; LENGTH], &'static str> {
        self.from(octet).first_chunk().copied().ok_or(SHORT)
    }

    /// One octet.
    ///
    /// # Errors
    /// Beyond the end; so do all below.
    pub(super) fn byte(self, octet: usize) -> Result<u8, &'static str> {
        self.array::<1>(octet).map(|[byte]| byte)
    }

    /// A whole number in two octets.
    ///
    /// # Errors
    /// Beyond the end.
    pub(super) fn short(self, octet: usize) -> Result<u16, &'static str> {
        self.array(octet).map(u16::from_be_bytes)
    }

    /// A whole number in four octets.
    ///
    /// # Errors
    /// Beyond the end.
    pub(super) fn long(self, octet: usize) -> Result<u32, &'static str> {
        self.array(octet).map(u32::from_be_bytes)
    }

    /// A number of things, in four octets.
    ///
    /// # Errors
    /// Beyond the end, or when it does not fit this machine.
    pub(super) fn count(self, octet: usize) -> Result<usize, &'static str> {
        usize::try_from(self.long(octet)?).map_err(|_| "a count does not fit this machine")
    }

    /// A number with a sign in two octets: the first bit is the sign, the rest the amount.
    ///
    /// # Errors
    /// Beyond the end.
    pub(super) fn signed_short(self, octet: usize) -> Result<i32, &'static str> {
        let raw = self.short(octet)?;
        let amount = i32::from(raw & 0x7fff);
        Ok(if raw & 0x8000 == 0 { amount } else { -amount })
    }

    /// A number with a sign in four octets.
    ///
    /// # Errors
    /// Beyond the end.
    pub(super) fn signed_long(self, octet: usize) -> Result<f64, &'static str> {
        let raw = self.long(octet)?;
        let amount = f64::from(raw & 0x7fff_ffff);
        Ok(if raw & 0x8000_0000 == 0 { amount } else { -amount })
    }

    /// A fraction in four octets (IEEE 754).
    ///
    /// # Errors
    /// Beyond the end.
    pub(super) fn float(self, octet: usize) -> Result<f32, &'static str> {
        self.array(octet).map(f32::from_be_bytes)
    }
}

/// Whole numbers of a fixed count of bits, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Bits<'file> {
    bytes: &'file [u8],
    /// The next bit.
    at: usize,
}

impl<'file> Bits<'file> {
    /// Starts at the first bit.
    pub(super) fn new(bytes: &'file [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next number of `width` bits, at most 32; 0 for one of none.
    ///
    /// # Errors
    /// Beyond the end.
    pub(super) fn next(&mut self, width: u32) -> Result<u32, &'static str> {
        let first = self.at / 8;
        let shift = (self.at % 8) as u32;
        let wanted = (shift + width).div_ceil(8) as usize;
        let octets = self.bytes.get(first..first + wanted).ok_or(SHORT)?;
        let gathered = octets.iter().fold(0_u64, |sum, &octet| sum << 8 | u64::from(octet));
        self.at += width as usize;
        let value = gathered >> (wanted as u32 * 8 - shift - width) & ((1_u64 << width) - 1);
        Ok(value as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bits, Octets};

    #[test]
    fn octets_are_counted_from_one_and_end_where_they_end() {
        let octets = Octets::new(&[0, 0, 0, 7, 0x80, 1, 9]);
        assert_eq!((octets.long(1), octets.byte(7)), (Ok(7), Ok(9)));
        assert_eq!(octets.signed_short(5), Ok(-1));
        assert!(octets.byte(8).is_err() && octets.long(5).is_err() && octets.from(900).is_empty());
    }

    #[test]
    fn numbers_of_any_width_are_read_across_octets() {
        let mut bits = Bits::new(&[0b1010_0111, 0b1100_0001, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!((bits.next(3), bits.next(0), bits.next(7)), (Ok(5), Ok(0), Ok(0b001_1111)));
        assert_eq!((bits.next(6), bits.next(32), bits.next(1).is_err()), (Ok(1), Ok(u32::MAX), true));
    }
}
