//! The region isn't one of Azure's with three zones, or that of a database's copy isn't one at all.
//!
//! Why: databases, caches, registries and environments are spread over zones; where there are none the deployment fails half-way. A copy in
//! another region has no standby, and may stand where there are none.
//! Mend: write the name of a region with zones as Azure writes it in templates, such as `westeurope`.
//! Source: Azure documentation, "List of Azure regions", August 2026, those of the public cloud; which have no zones is remembered.

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

/// Regions without zones, those that stand in only for others in a disaster among them.
const WITHOUT_ZONES: &[&str] = &[
    "australiacentral",
    "australiacentral2",
    "australiasoutheast",
    "brazilsoutheast",
    "canadaeast",
    "francesouth",
    "germanynorth",
    "jioindiacentral",
    "jioindiawest",
    "koreasouth",
    "northcentralus",
    "norwaywest",
    "southafricawest",
    "southindia",
    "swedensouth",
    "switzerlandwest",
    "uaecentral",
    "ukwest",
    "westcentralus",
    "westindia",
    "westus",
];

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let own = stack.placement.region.as_str();
    let here = (!REGIONS.contains(&own)).then(|| {
        Finding::error(CODE, ["placement", "region"], format!("`{own}` isn't a region of Azure with zones"))
            .why("databases, caches and registries are spread over a region's zones")
            .fix(instead(own, &mut REGIONS.iter().copied()))
    });
    let copies = stack.databases.iter().filter_map(|(name, database)| {
        let mut known = REGIONS.iter().chain(WITHOUT_ZONES).copied();
        let region = database.replica_in.as_deref().filter(|region| !known.clone().any(|one| one == *region))?;
        let path = ["databases", name.as_str(), "replica-in"];
        let finding = Finding::error(CODE, path, format!("`{region}` is no region of Azure that landfall knows"));
        Some(finding.why("nothing answers in a region that isn't there").fix(instead(region, &mut known)))
    });
    here.into_iter().chain(copies).collect()
}

fn instead(region: &str, known: &mut dyn Iterator<Item = &'static str>) -> String {
    match nearest(region, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a region as templates name it, such as `westeurope`".to_owned(),
    }
}
