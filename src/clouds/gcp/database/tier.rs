//! The class of a machine for a database.

use crate::model::database::DatabaseSize;

/// The least memory of a machine, and the step in which it grows, in MiB (Cloud SQL documentation, "Instance settings", machine
/// type).
const LEAST: u64 = 3_840;
const STEP: u64 = 256;
/// The most processors and memory of a machine (same place).
const PROCESSORS: u64 = 96;
const MOST: u64 = 638_976;
/// Memory of each processor in MiB: from 0.9 to 6.5 GiB (same place).
const FEWEST_EACH: f64 = 921.6;
const MOST_EACH: u64 = 6_656;

/// The smallest class with at least so much: processors are one or an even number, memory goes with them. None where there is no
/// machine as large.
pub(super) fn of(size: DatabaseSize) -> Option<String> {
    let processors = size.vcpu.count().ceil() as u64;
    let memory = size.memory.as_mebibytes().max(LEAST).next_multiple_of(STEP);
    let needed = processors.max(memory.div_ceil(MOST_EACH));
    let processors = if needed <= 1 { 1 } else { needed.next_multiple_of(2) };
    let least = (processors as f64 * FEWEST_EACH).ceil() as u64;
    let memory = memory.max(least.next_multiple_of(STEP));
    (processors <= PROCESSORS && memory <= MOST).then(|| format!("db-custom-{processors}-{memory}"))
}

#[cfg(test)]
mod tests {
    use crate::model::units::{Processors, Size};

    use super::*;

    fn tier(vcpu: f64, gibibytes: u64) -> Option<String> {
        of(DatabaseSize { vcpu: Processors::new(vcpu), memory: Size::gibibytes(gibibytes) })
    }

    #[test]
    fn the_smallest_class_with_at_least_so_much_is_taken() {
        assert_eq!(tier(4.0, 16).as_deref(), Some("db-custom-4-16384"));
        // More memory than eight processors can have.
        assert_eq!(tier(8.0, 64).as_deref(), Some("db-custom-10-65536"));
        assert_eq!(tier(1.0, 2).as_deref(), Some("db-custom-1-3840"));
        assert_eq!(tier(3.0, 8).as_deref(), Some("db-custom-4-8192"));
        assert_eq!(tier(16.0, 4).as_deref(), Some("db-custom-16-14848"));
        assert_eq!(tier(128.0, 64), None);
        assert_eq!(tier(2.0, 700), None);
    }
}
