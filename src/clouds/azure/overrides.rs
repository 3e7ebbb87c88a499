//! Native properties that users set where the model has no word for them.
//!
//! They are laid over the resources of the component that have the type, beside `properties`: objects key by key, everything else
//! as a whole; a null takes the property away. Expressions are allowed: whoever writes native properties writes native values.

use serde_json::{Map, Value};

use super::document::Template;
use super::schema;
use crate::diagnostics::finding::Finding;
use crate::model::placement::Cloud;
use crate::model::reference::Reference;
use crate::model::stack::Stack;

/// Lays the overrides for Azure over a template that is otherwise finished.
pub(super) fn apply(stack: &Stack, template: &mut Template) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (component, types) in stack.overrides.get(&Cloud::Azure).into_iter().flatten() {
        for (kind, properties) in types {
            let wanted = component.to_string();
            let mut laid = false;
            let of_component =
                template.resources.iter_mut().filter(|resource| resource.comments.as_ref() == Some(&wanted));
            for resource in of_component.filter(|resource| resource.kind == *kind) {
                laid = true;
                for (name, value) in properties {
                    lay(&mut resource.body, name, value);
                }
                findings.extend(schema::check(resource).into_iter().map(|problem| {
                    let top = problem.path.split(['.', '[']).next().unwrap_or_default().to_owned();
                    let named = properties.contains_key(&top).then_some(top);
                    let text = format!("Azure would refuse `{kind}`: `{}` {}", problem.path, problem.what);
                    Finding::error("override-refused", path(component, [Some(kind.clone()), named]), text)
                        .why("overrides are checked against the cloud's own definition of the type")
                        .fix("correct the property, or leave it out")
                }));
            }
            if !laid {
                findings.push(nothing(template, component, kind));
            }
        }
    }
    findings
}

fn path(component: &Reference, rest: [Option<String>; 2]) -> Vec<String> {
    let start = ["overrides".to_owned(), Cloud::Azure.word().to_owned(), component.to_string()];
    start.into_iter().chain(rest.into_iter().flatten()).collect()
}

fn lay(object: &mut Map<String, Value>, name: &str, value: &Value) {
    match (object.get_mut(name), value) {
        (_, Value::Null) => {
            object.remove(name);
        }
        (Some(Value::Object(old)), Value::Object(new)) => new.iter().for_each(|(name, value)| lay(old, name, value)),
        _ => {
            object.insert(name.to_owned(), value.clone());
        }
    }
}

fn nothing(template: &Template, component: &Reference, kind: &str) -> Finding {
    let wanted = component.to_string();
    let own = template.resources.iter().filter(|resource| resource.comments.as_ref() == Some(&wanted));
    let mut types: Vec<&str> = own.map(|resource| resource.kind.as_str()).collect();
    types.sort_unstable();
    types.dedup();
    let text = format!("`{component}` has no resource of type `{kind}`");
    Finding::error("override-of-nothing", path(component, [Some(kind.to_owned()), None]), text)
        .why(format!("it has these: {}", types.join(", ")))
        .fix("name one of these types")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clouds::azure::render::render;

    fn rendered(overrides: Value) -> Result<Template, Vec<String>> {
        let stack = serde_json::from_value(json!({
            "description": "A test",
            "placement": {
                "cloud": "azure", "account": "00000000-0000-0000-0000-000000000000", "region": "westeurope",
            },
            "queues": { "jobs": {} },
            "overrides": { "azure": { "queue.jobs": overrides } },
        }));
        let target = "shop/dev".parse().unwrap();
        render(&target, &stack.unwrap()).map(|rendered| rendered.template).map_err(|findings| {
            findings.iter().map(|finding| format!("{}: {}", finding.path.join("."), finding.summary)).collect()
        })
    }

    #[test]
    fn an_override_is_laid_over_what_is_rendered_and_stays_verbatim() {
        let kind = "Microsoft.ServiceBus/namespaces/queues";
        let properties = json!({ "maxSizeInMegabytes": 2048, "forwardTo": "[parameters('x')]", "lockDuration": null });
        let template = rendered(json!({ kind: { "properties": properties } })).unwrap();
        let queue = template.resources.iter().find(|resource| resource.kind == kind).unwrap();
        assert_eq!(queue.body["properties"]["maxSizeInMegabytes"], 2048);
        assert_eq!(queue.body["properties"]["forwardTo"], "[parameters('x')]");
        assert_eq!(queue.body["properties"].get("lockDuration"), None);
        assert_eq!(queue.body["properties"]["maxDeliveryCount"], 2000);
    }

    #[test]
    fn an_override_that_the_cloud_would_refuse_is_refused_at_its_place() {
        let kind = "Microsoft.ServiceBus/namespaces/queues";
        let found = rendered(json!({ kind: { "properties": { "colour": "red" } } })).unwrap_err();
        let at = format!("overrides.azure.queue.jobs.{kind}.properties");
        assert_eq!(found, [format!("{at}: Azure would refuse `{kind}`: `properties.colour` isn't known")]);
        let found = rendered(json!({ "Microsoft.Web/sites": {} })).unwrap_err();
        assert!(found[0].ends_with("`queue.jobs` has no resource of type `Microsoft.Web/sites`"), "{found:?}");
    }
}
