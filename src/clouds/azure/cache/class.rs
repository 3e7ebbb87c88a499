//! Balanced classes of Azure Managed Redis by their memory (Azure Managed Redis documentation, "Choosing the right tier").

use crate::model::units::Size;

/// Classes with their memory in MiB.
const CLASSES: [(&str, u64); 14] = [
    ("Balanced_B0", 512),
    ("Balanced_B1", 1024),
    ("Balanced_B3", 3 * 1024),
    ("Balanced_B5", 6 * 1024),
    ("Balanced_B10", 12 * 1024),
    ("Balanced_B20", 24 * 1024),
    ("Balanced_B50", 60 * 1024),
    ("Balanced_B100", 120 * 1024),
    ("Balanced_B150", 180 * 1024),
    ("Balanced_B250", 240 * 1024),
    ("Balanced_B350", 360 * 1024),
    ("Balanced_B500", 480 * 1024),
    ("Balanced_B700", 720 * 1024),
    ("Balanced_B1000", 960 * 1024),
];

/// The smallest class with at least so much memory; none where there is none.
pub(super) fn class(memory: Size) -> Option<&'static str> {
    CLASSES.into_iter().find(|(_, has)| Size::mebibytes(*has) >= memory).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_class_with_at_least_so_much_memory_is_taken() {
        assert_eq!(class(Size::gibibytes(8)), Some("Balanced_B10"));
        assert_eq!(class(Size::gibibytes(6)), Some("Balanced_B5"));
        assert_eq!(class(Size::gibibytes(961)), None);
    }
}
