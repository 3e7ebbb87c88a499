//! Machines and disks of flexible servers (Azure Database for PostgreSQL documentation, "Compute options" and "Premium SSD").

use crate::model::database::{DatabaseSize, DatabaseStorage};

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// Its name, `Standard_D4ds_v5`.
    pub(super) name: String,
    /// The tier that it belongs to.
    pub(super) tier: &'static str,
}

/// A disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Disk {
    /// Its size.
    pub(super) gibibytes: u64,
    /// The tier that gives it its operations a second.
    pub(super) tier: &'static str,
}

/// Small machines that save up what they don't use: processors and GiB.
const BURSTABLE: [(&str, u64, u64); 3] = [("Standard_B1ms", 1, 2), ("Standard_B2s", 2, 4), ("Standard_B2ms", 2, 8)];
/// Processors of machines with 4 GiB each, and of those with 8 GiB each.
const GENERAL: [u64; 8] = [2, 4, 8, 16, 32, 48, 64, 96];
const MEMORY: [u64; 9] = [2, 4, 8, 16, 20, 32, 48, 64, 96];
/// Disks: GiB, tier, and operations a second.
const DISKS: [(u64, &str, u32); 11] = [
    (32, "P4", 120),
    (64, "P6", 240),
    (128, "P10", 500),
    (256, "P15", 1100),
    (512, "P20", 2300),
    (1024, "P30", 5000),
    (2048, "P40", 7500),
    (4095, "P50", 7500),
    (8192, "P60", 16_000),
    (16_384, "P70", 18_000),
    (32_767, "P80", 20_000),
];

/// The smallest machine with at least so much; none where there is none. `steady` asks for one that can have a standby, replicas
/// and a pooler.
pub(super) fn class(size: DatabaseSize, steady: bool) -> Option<Class> {
    let (processors, gibibytes) = (size.vcpu.thousandths().div_ceil(1000), size.memory.bytes().div_ceil(1 << 30));
    let burstable = BURSTABLE.into_iter().filter(|_| !steady);
    let mut small = burstable.filter(|(_, has, memory)| *has >= processors && *memory >= gibibytes);
    if let Some((name, ..)) = small.next() {
        return Some(Class { name: name.to_owned(), tier: "Burstable" });
    }
    let fits = |has: &u64, each: u64| *has >= processors && has * each >= gibibytes;
    let general = GENERAL.into_iter().find(|has| fits(has, 4));
    // The largest has less than 8 GiB for each of its processors.
    let memory = MEMORY.into_iter().find(|has| fits(has, if *has == 96 { 7 } else { 8 }));
    match (general, memory) {
        // A machine with the same processors and less memory costs less.
        (Some(has), memory) if memory.is_none_or(|other| has <= other) => {
            Some(Class { name: format!("Standard_D{has}ds_v5"), tier: "GeneralPurpose" })
        }
        (_, Some(has)) => Some(Class { name: format!("Standard_E{has}ds_v5"), tier: "MemoryOptimized" }),
        _ => None,
    }
}

/// The smallest disk with at least so much space and so many operations: the next tier up has more of these at the same size.
pub(super) fn disk(storage: DatabaseStorage) -> Disk {
    let wanted = storage.size.bytes().div_ceil(1 << 30);
    let found = DISKS.into_iter().find(|(size, ..)| *size >= wanted).or(DISKS.last().copied());
    let (gibibytes, own, _) = found.unwrap_or((32, "P4", 120));
    let fast = DISKS.into_iter().filter(|(size, ..)| *size >= gibibytes);
    let enough = fast.into_iter().find(|(_, _, iops)| storage.iops.is_none_or(|wanted| *iops >= wanted));
    Disk { gibibytes, tier: enough.map_or(own, |(_, tier, _)| tier) }
}

/// The largest disk, in GiB, and the most operations a second.
pub(super) const LARGEST: (u64, u32) = (32_767, 20_000);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(vcpu: f64, memory: &str, steady: bool) -> String {
        let size = serde_json::from_value(json!({ "vcpu": vcpu, "memory": memory })).unwrap();
        class(size, steady).map_or_else(|| "none".to_owned(), |class| class.name)
    }

    fn disk_of(size: &str, iops: Option<u32>) -> (u64, &'static str) {
        let disk = disk(serde_json::from_value(json!({ "size": size, "iops": iops })).unwrap());
        (disk.gibibytes, disk.tier)
    }

    #[test]
    fn the_smallest_machine_with_at_least_so_much_is_taken() {
        assert_eq!(of(8.0, "64GiB", true), "Standard_E8ds_v5");
        assert_eq!(of(4.0, "16GiB", true), "Standard_D4ds_v5");
        assert_eq!(of(2.0, "4GiB", false), "Standard_B2s");
        assert_eq!(of(2.0, "4GiB", true), "Standard_D2ds_v5");
        assert_eq!(of(200.0, "4GiB", true), "none");
        assert_eq!(of(96.0, "672GiB", true), "Standard_E96ds_v5");
    }

    #[test]
    fn a_disk_is_a_size_up_and_its_tier_has_the_operations() {
        assert_eq!(disk_of("500GiB", Some(3000)), (512, "P30"));
        assert_eq!(disk_of("100GiB", None), (128, "P10"));
        assert_eq!(disk_of("128GiB", Some(500)), (128, "P10"));
    }
}
