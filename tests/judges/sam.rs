//! Our expansion of the SAM transform beside AWS's own, resource by resource, value by value.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use landfall::clouds::aws::document::Template;
use landfall::clouds::aws::sam::{self, Inputs};
use serde_json::Value;

use crate::python;

/// The templates in `tests/judges/sam` by name.
fn templates() -> Result<BTreeMap<String, Template>, Box<dyn Error>> {
    let mut templates = BTreeMap::new();
    for entry in std::fs::read_dir(python::root().join("tests/judges/sam"))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let template = Template::read(&std::fs::read(&path)?).map_err(|error| format!("{name}: {error}"))?;
        templates.insert(name, template);
    }
    Ok(templates)
}

fn theirs(templates: &BTreeMap<String, Template>, region: &str) -> Result<BTreeMap<String, Template>, Box<dyn Error>> {
    let script = python::root().join("tests/judges/sam_translate.py");
    let answer = python::run(&script, &[region], &serde_json::to_string(templates)?)?;
    let answer: BTreeMap<String, Value> = serde_json::from_str(&answer)?;
    let read = |(name, value): (String, Value)| Ok((name, Template::read(value.to_string().as_bytes())?));
    answer.into_iter().map(read).collect()
}

/// Every difference between two templates, with its place.
fn differences(name: &str, ours: &Template, theirs: &Template) -> Result<Vec<String>, Box<dyn Error>> {
    let mut found = Vec::new();
    let ids: BTreeSet<_> = ours.resources.keys().chain(theirs.resources.keys()).collect();
    for id in ids {
        let (our, their) = (ours.resources.get(id), theirs.resources.get(id));
        let (Some(our), Some(their)) = (our, their) else {
            found.push(format!("{name}: {id} is {}", if our.is_some() { "ours only" } else { "theirs only" }));
            continue;
        };
        let (mut our, mut their) = (serde_json::to_value(our)?, serde_json::to_value(their)?);
        for resource in [&mut our, &mut their] {
            // The translator keeps dependencies in a set: their order is by chance.
            if let Some(Value::Array(ids)) = resource.get_mut("DependsOn") {
                ids.sort_by_key(Value::to_string);
            }
        }
        compare(&format!("{name}: {id}"), &our, &their, &mut found);
    }
    let rest = |template: &Template| -> Result<Value, serde_json::Error> {
        serde_json::to_value(Template { resources: BTreeMap::new(), ..template.clone() })
    };
    compare(name, &rest(ours)?, &rest(theirs)?, &mut found);
    Ok(found)
}

fn compare(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(our), Value::Object(their)) => {
            let keys: BTreeSet<_> = our.keys().chain(their.keys()).collect();
            for key in keys {
                let (our, their) = (our.get(key), their.get(key));
                compare(&format!("{path}.{key}"), our.unwrap_or(&Value::Null), their.unwrap_or(&Value::Null), found);
            }
        }
        // Where globals are merged in, the translator's order of tags depends on the order of the text; it means nothing.
        (Value::Array(our), Value::Array(their)) if path.ends_with("ags") && our != their => {
            let sorted = |tags: &[Value]| {
                let mut tags = tags.to_vec();
                tags.sort_by_key(Value::to_string);
                tags
            };
            let (our, their) = (sorted(our), sorted(their));
            if our != their {
                found.push(format!("{path}: ours {our:?}, theirs {their:?}"));
            }
        }
        (Value::Array(our), Value::Array(their)) if our.len() == their.len() => {
            for (index, (our, their)) in our.iter().zip(their).enumerate() {
                compare(&format!("{path}[{index}]"), our, their, found);
            }
        }
        _ if ours != theirs => found.push(format!("{path}: ours {ours}, theirs {theirs}")),
        _ => {}
    }
}

#[test]
fn templates_expand_as_aws_expands_them() -> Result<(), Box<dyn Error>> {
    let templates = templates()?;
    assert!(templates.len() >= 10);
    for region in ["eu-central-1", "us-gov-west-1"] {
        let theirs = theirs(&templates, region)?;
        let mut found = Vec::new();
        for (name, template) in &templates {
            let inputs = Inputs { region: region.to_owned(), ..Inputs::default() };
            let ours = sam::expand_with(template, &inputs).map_err(|error| format!("{name}: {error}"))?;
            let their = theirs.get(name).ok_or("the translator left one out")?;
            found.extend(differences(name, &ours.template, their)?);
        }
        assert!(found.is_empty(), "{region}:\n{}", found.join("\n"));
    }
    Ok(())
}
