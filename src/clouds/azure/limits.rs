//! Limits of a template as a whole (Azure Resource Manager documentation, "Azure subscription and service limits", template
//! limits).

use super::document::{LARGEST, Template};
use super::names;
use crate::diagnostics::finding::Finding;
use crate::model::placement::Target;

/// The most resources of a template.
const RESOURCES: usize = 800;
/// The most values that a template gives back.
const OUTPUTS: usize = 64;
/// The most parameters.
const PARAMETERS: usize = 256;

/// What of a template is beyond the limits; `bytes` is its size as it is written.
pub(super) fn check(target: &Target, template: &Template, bytes: usize) -> Vec<Finding> {
    let nested =
        template.resources.iter().filter(|resource| resource.kind == "Microsoft.Resources/deployments").count();
    let figures = [
        ("too-many-resources", template.resources.len() + nested, RESOURCES, "resources"),
        ("too-many-outputs", template.outputs.len(), OUTPUTS, "values that it gives back"),
        ("too-many-parameters", template.parameters.len(), PARAMETERS, "parameters"),
        ("template-too-large", bytes, LARGEST, "bytes"),
        ("stack-name-too-long", names::stack(target).len(), names::GROUP, "characters in its name"),
    ];
    figures
        .into_iter()
        .filter(|(_, is, most, _)| is > most)
        .map(|(code, is, most, what)| {
            Finding::error(code, ["description"], format!("the stack has {is} {what}"))
                .why(format!("Resource Manager takes {most}"))
                .fix("split the system into two")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clouds::azure::document::Resource;

    #[test]
    fn what_is_beyond_a_limit_is_said() {
        let target = "shop/dev".parse().unwrap();
        let mut template = Template { resources: vec![Resource::default(); RESOURCES], ..Template::default() };
        assert_eq!(check(&target, &template, LARGEST), []);
        template.resources.push(Resource::default());
        let codes: Vec<_> = check(&target, &template, LARGEST + 1).into_iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["too-many-resources", "template-too-large"]);
    }
}
