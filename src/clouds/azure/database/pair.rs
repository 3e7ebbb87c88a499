//! Which region Azure copies backups to. Source: Azure documentation, "Azure region pairs and nonpaired regions", remembered in November 2026;
//! of the regions that have zones.

/// A region and its pair, whose own pair may be another one.
const PAIRS: [(&str, &str); 25] = [
    ("australiaeast", "australiasoutheast"),
    ("brazilsouth", "southcentralus"),
    ("canadacentral", "canadaeast"),
    ("centralindia", "southindia"),
    ("centralus", "eastus2"),
    ("eastasia", "southeastasia"),
    ("eastus", "westus"),
    ("eastus2", "centralus"),
    ("francecentral", "francesouth"),
    ("germanywestcentral", "germanynorth"),
    ("japaneast", "japanwest"),
    ("japanwest", "japaneast"),
    ("koreacentral", "koreasouth"),
    ("northeurope", "westeurope"),
    ("norwayeast", "norwaywest"),
    ("southafricanorth", "southafricawest"),
    ("southcentralus", "northcentralus"),
    ("southeastasia", "eastasia"),
    ("swedencentral", "swedensouth"),
    ("switzerlandnorth", "switzerlandwest"),
    ("uaenorth", "uaecentral"),
    ("uksouth", "ukwest"),
    ("westeurope", "northeurope"),
    ("westus2", "westcentralus"),
    ("westus3", "eastus"),
];

/// The pair of a region; nothing where it has none.
pub(super) fn of(region: &str) -> Option<&'static str> {
    PAIRS.iter().find(|(here, _)| *here == region).map(|(_, pair)| *pair)
}
