//! What a first step has to make before the rest of a deployment can run: images can only be pushed into a registry that is there,
//! and migrations need their database.

use std::collections::{BTreeMap, BTreeSet};

use super::deployment::{Deployment, Image};

/// Why a deployment can't be carried out in two steps either.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the image of {parameter} is to run from {registry} too, which isn't there yet, and runs already")]
pub struct Entangled {
    /// The parameter that names the image.
    pub parameter: String,
    /// The registry's id in the document.
    pub registry: String,
}

/// The parameters of the first step, in which nothing runs the images whose registries it makes, and nothing of the release at all where
/// it makes what migrates; none where everything is there. `there` are the ids of the stack's resources, `deployed` its parameters,
/// `idle` those of a deployment that brings no builds.
///
/// # Errors
/// [`Entangled`] where the first step would stop what runs.
pub fn ground(
    deployment: &Deployment,
    there: &BTreeSet<&str>,
    deployed: &BTreeMap<String, String>,
    idle: &BTreeMap<String, String>,
) -> Result<Option<BTreeMap<String, String>>, Entangled> {
    let missing = |image: &Image| image.registries.iter().find(|registry| !there.contains(registry.as_str())).cloned();
    let mut needed =
        deployment.migration.as_ref().is_some_and(|migration| !there.contains(migration.function.as_str()));
    let mut first = if needed { idle.clone() } else { deployment.parameters.clone() };
    for (parameter, image) in &deployment.images {
        let Some(registry) = missing(image) else { continue };
        if deployed.get(parameter).is_some_and(|digest| !digest.is_empty()) {
            return Err(Entangled { parameter: parameter.clone(), registry });
        }
        needed = true;
        // Documents take an empty digest for none: what would run it has no copies.
        first.insert(parameter.clone(), String::new());
    }
    Ok(needed.then_some(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::deployment::{Migration, Place, Protection};
    use crate::plan::digest::Digest;

    fn deployment() -> Deployment {
        let digest = Digest::of(b"index");
        let image = Image {
            digest: digest.clone(),
            name: "ui".into(),
            registries: ["RegistryUi".to_owned()].into(),
            blobs: BTreeMap::new(),
        };
        Deployment {
            target: "shop/dev".into(),
            place: Place { cloud: "aws".into(), account: "1".into(), region: "us-east-1".into(), engine: None },
            stack: "shop-dev".into(),
            document: String::new(),
            parameters: BTreeMap::from([
                ("Image".to_owned(), digest.to_string()),
                ("Zip".to_owned(), "key".to_owned()),
            ]),
            at_once: BTreeMap::new(),
            tags: BTreeMap::new(),
            protection: Protection::default(),
            bucket: None,
            uploads: Vec::new(),
            images: BTreeMap::from([("Image".to_owned(), image)]),
            migration: None,
            ground: None,
        }
    }

    #[test]
    fn before_its_registry_is_there_nothing_runs_an_image() {
        let first = ground(&deployment(), &BTreeSet::new(), &BTreeMap::new(), &BTreeMap::new()).unwrap().unwrap();
        assert_eq!(first["Image"], "");
        assert_eq!(first["Zip"], "key");
        assert_eq!(
            ground(&deployment(), &BTreeSet::from(["RegistryUi"]), &BTreeMap::new(), &BTreeMap::new()),
            Ok(None)
        );
    }

    #[test]
    fn before_what_migrates_is_there_nothing_of_the_release_runs() {
        let migration = Migration { function: "FunctionMigrate".into(), code: "key".into(), seconds: 60 };
        let migrated = Deployment { migration: Some(migration), ..deployment() };
        let idle = BTreeMap::from([("Image".to_owned(), String::new()), ("Zip".to_owned(), "placeholder".to_owned())]);
        let there = BTreeSet::from(["RegistryUi"]);
        assert_eq!(ground(&migrated, &there, &BTreeMap::new(), &idle), Ok(Some(idle.clone())));
        let there = BTreeSet::from(["RegistryUi", "FunctionMigrate"]);
        assert_eq!(ground(&migrated, &there, &BTreeMap::new(), &idle), Ok(None));
    }

    #[test]
    fn what_runs_already_is_not_stopped_for_a_new_registry() {
        let deployed = BTreeMap::from([("Image".to_owned(), "sha256:0".to_owned())]);
        assert!(ground(&deployment(), &BTreeSet::from(["RegistryOther"]), &deployed, &BTreeMap::new()).is_err());
    }
}
