//! Images into Artifact Registry: an access token is the login, what is pushed goes by the protocol of all registries.
//!
//! Source: Artifact Registry documentation, "Configure authentication to Artifact Registry for Docker", "Access token", and "Repository
//! and image names".

use std::sync::Arc;

use async_trait::async_trait;

use super::Gcp;
use super::call::Endpoints;
use crate::drivers::registry::{Registry, address, registries};
use crate::plan::deployment::Image;
use crate::ports::cloud::{CloudError, StackResource};
use crate::ports::images::{Images, Pushed};

pub(super) const REPOSITORY: &str = "google_artifact_registry_repository";
const PERMISSION: &str = "artifactregistry.repositories.uploadArtifacts";

#[async_trait]
impl Images for Gcp {
    async fn push(&self, stack: &str, image: &Image) -> Result<Pushed, CloudError> {
        self.push_to(&self.list_resources(stack).await?, stack, image).await
    }
}

impl Gcp {
    /// Puts an image into those repositories of a stack that it is run from; `resources` are what the stack has made, whoever keeps it.
    pub(in crate::drivers) async fn push_to(
        &self,
        resources: &[StackResource],
        stack: &str,
        image: &Image,
    ) -> Result<Pushed, CloudError> {
        self.verified().await?;
        let mut all = Pushed::default();
        for id in registries(resources, REPOSITORY, stack, image)? {
            let unreadable = || CloudError::NotFound { what: format!("the repository {id}: its name can't be read") };
            let (host, path) = place(id).ok_or_else(unreadable)?;
            let registry = self.registry(&host).await?;
            let pushed = registry.push(&format!("{path}/{}", image.name), image).await;
            all += pushed.map_err(|error| named(error, id))?;
        }
        Ok(all)
    }

    /// A location's registries, logged in to for as long as the token lasts.
    async fn registry(&self, host: &str) -> Result<Registry, CloudError> {
        let way = match &self.caller.endpoints {
            Endpoints::Google => None,
            Endpoints::All(sandbox) => Some(sandbox.as_str()),
        };
        let token = self.caller.tokens.token().await.map_err(|(may_pass, why)| match may_pass {
            true => CloudError::Unavailable { call: "the access token".to_owned(), why },
            false => CloudError::NoCredentials { cloud: "gcp".to_owned(), why },
        })?;
        let (clock, patience) = (Arc::clone(&self.caller.retry.clock), self.caller.retry.patience);
        Registry::new(&address(host, way), &format!("Bearer {token}"), way, clock, patience)
    }
}

/// The host of a repository, and the beginning of the names in it: `LOCATION-docker.pkg.dev` and `PROJECT/REPOSITORY`.
fn place(id: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = id.split('/').collect();
    let ["projects", project, "locations", location, "repositories", repository] = parts.as_slice() else {
        return None;
    };
    Some((format!("{location}-docker.pkg.dev"), format!("{project}/{repository}")))
}

/// The beginning of the addresses of a repository's images.
pub(super) fn path(id: &str) -> Option<String> {
    place(id).map(|(host, path)| format!("{host}/{path}"))
}

/// A denial with the permission that is missing, as the message quotes it.
fn named(error: CloudError, repository: &str) -> CloudError {
    let CloudError::Denied { call, message, .. } = error else { return error };
    let quoted = |after: &str| message.split_once(after)?.1.split('"').next().map(str::to_owned);
    let action = quoted("Permission \"").unwrap_or_else(|| PERMISSION.to_owned());
    let resource = quoted("on resource \"").unwrap_or_else(|| repository.to_owned());
    CloudError::Denied { call, action, resource, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_reached_by_the_host_of_its_location() {
        let found = place("projects/shop-project/locations/us-central1/repositories/shop-dev-images");
        let expected = ("us-central1-docker.pkg.dev".to_owned(), "shop-project/shop-dev-images".to_owned());
        assert_eq!(found, Some(expected));
        assert_eq!(place("projects/shop-project/repositories/images"), None);
    }

    #[test]
    fn a_denial_names_the_permission_and_the_repository_of_the_message() {
        let message = "Permission \"artifactregistry.repositories.uploadArtifacts\" denied on resource \"projects/p/locations/l/repositories/r\" (or it may not exist)";
        let denied = CloudError::Denied {
            call: "push".to_owned(),
            action: String::new(),
            resource: String::new(),
            message: message.to_owned(),
        };
        let CloudError::Denied { action, resource, .. } = named(denied, "other") else { panic!("no denial") };
        assert_eq!((action.as_str(), resource.as_str()), (PERMISSION, "projects/p/locations/l/repositories/r"));
    }
}
