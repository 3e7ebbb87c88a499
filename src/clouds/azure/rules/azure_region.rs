//! The region isn't one of Azure's with three zones.
//!
//! Why: databases, caches, registries and environments are spread over zones; where there are none the deployment fails half-way.
//! Mend: write the name of a region with zones as Azure writes it in templates, such as `westeurope`.
//! Source: Azure documentation, "List of Azure regions", August 2026; those of the public cloud that have availability zones.

use crate::diagnostics::finding::Finding;
use crate::diagnostics::nearest::nearest;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "azure-region";

/// Regions with zones.
const REGIONS: &[&str] = &[
    "australiaeast",
    "austriaeast",
    "belgiumcentral",
    "brazilsouth",
    "canadacentral",
    "centralindia",
    "centralus",
    "chilecentral",
    "denmarkeast",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "indonesiacentral",
    "israelcentral",
    "italynorth",
    "japaneast",
    "japanwest",
    "koreacentral",
    "malaysiawest",
    "mexicocentral",
    "newzealandnorth",
    "northeurope",
    "norwayeast",
    "polandcentral",
    "qatarcentral",
    "southafricanorth",
    "southcentralus",
    "southeastasia",
    "spaincentral",
    "swedencentral",
    "switzerlandnorth",
    "uaenorth",
    "uksouth",
    "westeurope",
    "westus2",
    "westus3",
];

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let region = stack.placement.region.as_str();
    if REGIONS.contains(&region) {
        return Vec::new();
    }
    let fix = match nearest(region, REGIONS.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a region as templates name it, such as `westeurope`".to_owned(),
    };
    vec![
        Finding::error(CODE, ["placement", "region"], format!("`{region}` isn't a region of Azure with zones"))
            .why("databases, caches and registries are spread over a region's zones")
            .fix(fix),
    ]
}
