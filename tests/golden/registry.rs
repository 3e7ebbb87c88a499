//! Every resource of every case beside the registry's schema of its type, after the SAM transform.
//!
//! The judges' cfn-lint reads the same schemas with another program.

use std::collections::BTreeSet;

use landfall::clouds::aws::{registry, sam};
use landfall::model::placement::Cloud;
use serde_json::Value;

use crate::case::{Case, Outcome};
use crate::template;

#[test]
fn properties_are_what_the_registry_knows() -> Outcome<()> {
    let (mut found, mut types) = (Vec::new(), BTreeSet::new());
    for case in Case::on(Cloud::Aws)? {
        let template = sam::expand(&template::of(&case)?)?;
        for (id, resource) in template.resources {
            let schema = registry::find(&resource.kind).ok_or_else(|| format!("no schema of {}", resource.kind))?;
            let problems = schema.check(&Value::Object(resource.properties));
            found.extend(problems.into_iter().map(|problem| format!("{} {id}: {problem}", case.target)));
            types.insert(resource.kind);
        }
    }
    assert_eq!(found, Vec::<String>::new());
    assert!(types.len() >= 55, "only {} types were checked", types.len());
    Ok(())
}

#[test]
fn what_can_carry_tags_does() -> Outcome<()> {
    // Changing their tags would replace them.
    let fixed = ["AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription"];
    for case in Case::on(Cloud::Aws)? {
        for (id, resource) in template::of(&case)?.resources {
            let Some(schema) = registry::find(&resource.kind) else { continue };
            let Some(property) = schema.tag_property() else { continue };
            let tagged = resource.properties.contains_key(property);
            assert_eq!(tagged, !fixed.contains(&resource.kind.as_str()), "{} {id} {}", case.target, resource.kind);
        }
    }
    Ok(())
}

#[test]
fn every_resource_names_its_component() -> Outcome<()> {
    for case in Case::on(Cloud::Aws)? {
        let stack = case.stack()?;
        for (id, resource) in template::of(&case)?.resources {
            let component = resource.metadata.get("Landfall").and_then(|it| it.get("Component"));
            let component = component.and_then(Value::as_str).ok_or_else(|| format!("{id} names none"))?;
            let known = ["domain", "encryption", "logs", "network", "services"].contains(&component)
                || component.parse().is_ok_and(|reference| stack.has(&reference));
            assert!(known, "{id} names {component}");
        }
    }
    Ok(())
}
