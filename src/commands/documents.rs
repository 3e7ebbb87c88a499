//! From an environment to the documents of its cloud, and from two documents to the changes between them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::session::Session;
use super::site::Site;
use super::trouble::Trouble;
use crate::clouds::aws::comparison::{Side, compare};
use crate::clouds::aws::document::Template;
use crate::clouds::aws::resolved::Given;
use crate::plan::Plan;
use crate::plan::deployment::{Deployment, Place, Protection};

/// What a target deploys now.
pub fn deployment(session: &mut Session, site: &Site) -> Result<Deployment, Trouble> {
    let target = &site.environment.target;
    let file = format!("{}.template", target.environment);
    let path = session.root.join("environments").join(target.system.as_str()).join(file);
    let document = String::from_utf8_lossy(&session.files.read(&path, 1_000_000)?).into_owned();
    let termination = site.environment.stack.protection.termination;
    Ok(Deployment {
        target: target.to_string(),
        place: site.place.clone(),
        stack: site.stack.clone(),
        document,
        parameters: BTreeMap::new(),
        tags: site.environment.stack.tags.clone(),
        protection: Protection { termination, policy: None },
        bucket: None,
        uploads: Vec::new(),
    })
}

/// A document that is deployed, with the values that it was deployed with.
#[derive(Clone, Debug)]
pub struct Deployed {
    /// The document, byte for byte.
    pub document: String,
    /// The values of its parameters.
    pub parameters: BTreeMap<String, String>,
}

/// What differs between what is deployed and what would be.
///
/// # Errors
/// Why one of the documents can't be read.
pub fn changes(site: &Site, before: Option<&Deployed>, after: &Deployment) -> Result<Plan, String> {
    let old = before.map(|before| read(&before.document)).transpose()?.unwrap_or_default();
    let new = read(&after.document)?;
    let parameters = before.map(|before| before.parameters.clone()).unwrap_or_default();
    let given = [given(site, parameters), given(site, after.parameters.clone())];
    let target = site.environment.target.to_string();
    let before = Side { template: &old, given: &given[0] };
    Ok(compare(&target, before, Side { template: &new, given: &given[1] }))
}

/// What deleting everything that is deployed does.
///
/// # Errors
/// Why the document can't be read.
pub fn removal(site: &Site, deployed: &Deployed) -> Result<Plan, String> {
    let old = read(&deployed.document)?;
    let given = given(site, deployed.parameters.clone());
    let target = site.environment.target.to_string();
    let (before, nothing) = (Side { template: &old, given: &given }, Template::default());
    Ok(compare(&target, before, Side { template: &nothing, given: &given }))
}

fn read(document: &str) -> Result<Template, String> {
    Template::read(document.as_bytes()).map_err(|error| error.to_string())
}

/// What is known beside a template, from where it is deployed.
fn given(site: &Site, parameters: BTreeMap<String, String>) -> Given {
    let Place { cloud: _, account, region } = &site.place;
    let pseudo: BTreeMap<String, Value> = BTreeMap::from([
        ("AWS::AccountId".to_owned(), json!(account)),
        ("AWS::Region".to_owned(), json!(region)),
        ("AWS::StackName".to_owned(), json!(site.stack)),
    ]);
    Given { parameters, pseudo }
}
