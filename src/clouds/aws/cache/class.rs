//! Which ElastiCache class a cache of a given size gets.

use crate::model::units::Size;

/// Classes, cheapest first, with their memory in MiB (ElastiCache user guide, "Supported node types", in GiB there).
/// Others are set by an override of `CacheNodeType`.
const CLASSES: [(&str, u64); 11] = [
    ("cache.t4g.micro", 512),
    ("cache.t4g.small", 1_402),
    ("cache.t4g.medium", 3_164),
    ("cache.m7g.large", 6_533),
    ("cache.r7g.large", 13_383),
    ("cache.r7g.xlarge", 26_951),
    ("cache.r7g.2xlarge", 54_087),
    ("cache.r7g.4xlarge", 108_349),
    ("cache.r7g.8xlarge", 214_579),
    ("cache.r7g.12xlarge", 325_396),
    ("cache.r7g.16xlarge", 429_148),
];

/// The cheapest class with at least that much memory a node; none where no class is so large.
pub(crate) fn of(memory: Size) -> Option<&'static str> {
    CLASSES.into_iter().find(|(_, mebibytes)| mebibytes << 20 >= memory.bytes()).map(|(class, _)| class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_class_that_is_large_enough_is_taken() {
        assert_eq!(of(Size::mebibytes(512)), Some("cache.t4g.micro"));
        assert_eq!(of(Size::gibibytes(26)), Some("cache.r7g.xlarge"));
        assert_eq!(of(Size::gibibytes(1000)), None);
    }
}
