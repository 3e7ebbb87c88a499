//! Which region Azure copies backups and buckets to. Source: Azure documentation, "Azure region pairs and nonpaired regions", remembered in November 2026;
//! of the regions that have zones.

use super::draft::Draft;
use crate::model::reference::Reference;

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

/// Says so where something is to be copied to another region than Azure copies it to. `what` is that something, in the plural.
pub(super) fn check<const COUNT: usize>(
    draft: &mut Draft<'_>,
    code: &'static str,
    of: &Reference,
    keys: [&str; COUNT],
    what: &str,
    wanted: &str,
) {
    let here = draft.stack.placement.region.clone();
    match PAIRS.iter().find(|(region, _)| *region == here).map(|(_, pair)| *pair) {
        Some(pair) if pair == wanted => {}
        Some(pair) => draft.never(
            code,
            of,
            keys,
            format!("{what} copied from `{here}` to `{wanted}`"),
            "Azure copies them to the region's pair and nowhere else",
            format!("write `{pair}`"),
        ),
        None => draft.never(
            code,
            of,
            keys,
            format!("{what} copied from `{here}` to another region"),
            "Azure copies them to a region's pair, and this one has none",
            "leave it out here, or choose a region with a pair",
        ),
    }
}
