//! Every template for Azure beside the definitions of its types, and what has to hold of each.

use std::collections::{BTreeMap, BTreeSet};

use landfall::clouds::Form;
use landfall::clouds::azure::document::Template;
use landfall::clouds::azure::schema;
use landfall::model::placement::Cloud;

use crate::case::{Case, Outcome};

fn templates() -> Outcome<BTreeMap<String, Template>> {
    let mut templates = BTreeMap::new();
    for case in Case::on(Cloud::Azure)? {
        let document = case.rendered(Form::Yaml)?.document;
        templates.insert(case.target.to_string(), Template::read(document.as_bytes())?);
    }
    assert!(templates.len() >= 2, "only {:?} are rendered for Azure", templates.keys());
    Ok(templates)
}

#[test]
fn properties_are_what_the_providers_know() -> Outcome<()> {
    let mut types = BTreeSet::new();
    for (target, template) in templates()? {
        let found: Vec<String> = schema::check_all(&template)
            .into_iter()
            .map(|(resource, problem)| format!("{target} {resource}: {} {}", problem.path, problem.what))
            .collect();
        assert_eq!(found, Vec::<String>::new());
        types.extend(template.resources.into_iter().map(|resource| resource.kind));
    }
    assert!(types.len() >= 40, "only {} types were checked: {types:#?}", types.len());
    Ok(())
}

/// What a resource is called in `dependsOn`.
fn identifier(kind: &str, name: &str) -> String {
    let names: Vec<String> = name.split('/').map(|name| format!("'{name}'")).collect();
    format!("resourceId('{kind}', {})", names.join(", "))
}

#[test]
fn what_is_waited_for_is_there_and_nothing_waits_for_itself() -> Outcome<()> {
    for (target, template) in templates()? {
        let mut waits: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for resource in &template.resources {
            let own = match &resource.scope {
                Some(scope) => {
                    let scope = scope.as_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
                    format!("[extensionResourceId({scope}, '{}', '{}')]", resource.kind, resource.name)
                }
                None => format!("[{}]", identifier(&resource.kind, &resource.name)),
            };
            waits.insert(own, resource.depends_on.iter().cloned().collect());
        }
        assert_eq!(waits.len(), template.resources.len(), "{target}: two resources are one");
        let mut made: BTreeSet<String> = BTreeSet::new();
        while made.len() < waits.len() {
            let ready: Vec<String> = waits
                .iter()
                .filter(|(id, needed)| !made.contains(*id) && needed.iter().all(|needed| made.contains(needed)))
                .map(|(id, _)| id.clone())
                .collect();
            let left: Vec<_> = waits.iter().filter(|(id, _)| !made.contains(*id)).collect();
            assert!(!ready.is_empty(), "{target}: these wait for each other, or for what isn't there: {left:#?}");
            made.extend(ready);
        }
    }
    Ok(())
}

#[test]
fn every_component_of_a_stack_has_its_resources() -> Outcome<()> {
    for case in Case::on(Cloud::Azure)? {
        let document = case.rendered(Form::Yaml)?.document;
        let template = Template::read(document.as_bytes())?;
        let rendered: BTreeSet<String> =
            template.resources.into_iter().filter_map(|resource| resource.comments).collect();
        let without: Vec<String> = case
            .stack()?
            .components()
            .into_iter()
            .filter(|component| component.kind != landfall::model::reference::Kind::Artifact)
            .map(|component| component.to_string())
            .filter(|component| !rendered.contains(component))
            .collect();
        assert_eq!(without, Vec::<String>::new(), "{}", case.target);
    }
    Ok(())
}

#[test]
fn no_secret_stands_in_a_template_and_nobody_has_a_password() -> Outcome<()> {
    for (target, template) in templates()? {
        let text = template.to_json()?;
        for word in ["administratorLoginPassword", "sharedKey", "Microsoft.KeyVault/vaults/secrets"] {
            assert!(!text.contains(word), "{target} holds {word}");
        }
        for resource in &template.resources {
            let keys = resource.body.get("properties").and_then(|properties| properties.get("allowSharedKeyAccess"));
            let logs = resource.comments.as_deref() == Some("network");
            assert!(logs || keys.is_none_or(|keys| keys == false), "{target}: {}", resource.name);
        }
    }
    Ok(())
}
