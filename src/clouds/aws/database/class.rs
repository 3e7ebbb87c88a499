//! Which RDS class a database of a given size gets.

use crate::model::database::DatabaseSize;

/// Classes that run PostgreSQL, cheapest first, with virtual CPUs and GiB of memory (RDS user guide, "DB instance
/// classes"). Burstable classes only up to 4 GiB: a larger database under steady load would run out of credits.
/// Graviton (r7g, m7g) before Intel (r6i), which goes further up. Others are set by an override of `DBInstanceClass`.
const CLASSES: [(&str, u64, u64); 19] = [
    ("db.t4g.micro", 2, 1),
    ("db.t4g.small", 2, 2),
    ("db.t4g.medium", 2, 4),
    ("db.m7g.large", 2, 8),
    ("db.r7g.large", 2, 16),
    ("db.m7g.xlarge", 4, 16),
    ("db.r7g.xlarge", 4, 32),
    ("db.m7g.2xlarge", 8, 32),
    ("db.r7g.2xlarge", 8, 64),
    ("db.m7g.4xlarge", 16, 64),
    ("db.r7g.4xlarge", 16, 128),
    ("db.m7g.8xlarge", 32, 128),
    ("db.r7g.8xlarge", 32, 256),
    ("db.m7g.12xlarge", 48, 192),
    ("db.r7g.12xlarge", 48, 384),
    ("db.m7g.16xlarge", 64, 256),
    ("db.r7g.16xlarge", 64, 512),
    ("db.r6i.24xlarge", 96, 768),
    ("db.r6i.32xlarge", 128, 1024),
];

/// The cheapest class with at least that many virtual CPUs and that much memory; none where no class is so large.
pub(crate) fn of(size: &DatabaseSize) -> Option<&'static str> {
    let (thousandths, memory) = (size.vcpu.thousandths(), size.memory.bytes());
    CLASSES
        .into_iter()
        .find(|(_, vcpu, gibibytes)| vcpu * 1000 >= thousandths && gibibytes << 30 >= memory)
        .map(|(class, _, _)| class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::units::{Processors, Size};

    fn class(vcpu: f64, gibibytes: u64) -> Option<&'static str> {
        of(&DatabaseSize { vcpu: Processors::new(vcpu), memory: Size::gibibytes(gibibytes) })
    }

    #[test]
    fn the_cheapest_class_that_is_large_enough_is_taken() {
        assert_eq!(class(1.0, 1), Some("db.t4g.micro"));
        assert_eq!(class(2.0, 8), Some("db.m7g.large"));
        assert_eq!(class(8.0, 64), Some("db.r7g.2xlarge"));
        assert_eq!(class(4.0, 17), Some("db.r7g.xlarge"));
        assert_eq!(class(128.0, 1024), Some("db.r6i.32xlarge"));
        assert_eq!(class(200.0, 64), None);
    }
}
