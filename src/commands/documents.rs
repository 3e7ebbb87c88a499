//! From an environment to the documents of its cloud, and from two documents to the changes between them.

use super::session::Session;
use super::site::Site;
use super::trouble::Trouble;
use crate::plan::Plan;
use crate::plan::deployment::Deployment;

/// What a target deploys now.
pub fn deployment(session: &mut Session, site: &Site) -> Result<Deployment, Trouble> {
    let target = &site.environment.target;
    let path =
        session.root.join("environments").join(target.system.as_str()).join(format!("{}.template", target.environment));
    let bytes = session.files.read(&path, 10_000_000)?;
    let document = String::from_utf8_lossy(&bytes).into_owned();
    let mut tags = site.environment.stack.tags.clone();
    tags.insert("landfall-target".to_owned(), target.to_string());
    Ok(Deployment {
        target: target.to_string(),
        place: site.place.clone(),
        stack: site.stack.clone(),
        document,
        parameters: Default::default(),
        tags,
        protection: crate::plan::deployment::Protection {
            termination: site.environment.stack.protection.termination,
            policy: None,
        },
        bucket: None,
        uploads: Vec::new(),
    })
}

/// What differs between what is deployed and what would be.
pub fn changes(site: &Site, before: Option<&str>, after: &Deployment) -> Result<Plan, String> {
    use crate::plan::change::{Action, Change};
    use crate::plan::consequence::Consequence;
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).map_err(|error| error.to_string());
    let map =
        |value: &serde_json::Value| value.get("Resources").and_then(|r| r.as_object()).cloned().unwrap_or_default();
    let before = before.map(read).transpose()?.map(|value| map(&value)).unwrap_or_default();
    let now = map(&read(&after.document)?);
    let mut plan = Plan { target: site.environment.target.to_string(), ..Plan::default() };
    let ids: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for id in ids {
        let action = match (before.get(id), now.get(id)) {
            (None, Some(_)) => Action::Create,
            (Some(_), None) => Action::Delete,
            (a, b) if a != b => Action::Update,
            _ => continue,
        };
        let kind = now
            .get(id)
            .or_else(|| before.get(id))
            .and_then(|r| r.get("Type"))
            .and_then(|t| t.as_str())
            .unwrap_or_default();
        plan.changes.push(Change {
            id: id.clone(),
            kind: kind.to_owned(),
            component: None,
            origin: None,
            action,
            consequence: Consequence::InPlace,
            impact: None,
            fields: Vec::new(),
        });
    }
    Ok(plan)
}

/// What deleting everything that is deployed does.
pub fn removal(site: &Site, deployed: &str) -> Result<Plan, String> {
    let empty = Deployment {
        document: "{}".to_owned(),
        target: String::new(),
        place: site.place.clone(),
        stack: String::new(),
        parameters: Default::default(),
        tags: Default::default(),
        protection: Default::default(),
        bucket: None,
        uploads: Vec::new(),
    };
    changes(site, Some(deployed), &empty)
}
