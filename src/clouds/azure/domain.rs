//! The system's name on the internet: a name of Front Door with a certificate that it makes and renews.

use serde_json::{Value, json};

use super::draft::Draft;
use super::expression::{expression, part};
use super::id::Id;
use super::{environment, service};
use crate::diagnostics::finding::Finding;
use crate::model::domain::Domain;
use crate::model::reference::{Kind, Reference};
use crate::model::stack::Stack;

/// What visitors find under a name of the domain.
fn found(stack: &Stack) -> Vec<Reference> {
    let public = |service: &crate::model::service::Service| {
        service.load_balancer.as_ref().is_some_and(|balancer| balancer.public)
    };
    let services = stack.services.iter().filter(|(_, service)| public(service));
    services.map(|(name, _)| Reference::new(Kind::Service, name)).collect()
}

/// The name under which a service is found: the domain itself where it is the only one, else its own name below the domain; of a site the
/// one that it names.
pub(super) fn host(stack: &Stack, of: &Reference) -> Option<String> {
    if of.kind == Kind::Site {
        return Some(stack.sites.get(&of.name)?.host(&of.name, stack.domain.as_ref()?));
    }
    let domain = &stack.domain.as_ref()?.name;
    let found = found(stack);
    if !found.contains(of) {
        return None;
    }
    Some(if found.len() == 1 { domain.clone() } else { format!("{}.{domain}", of.name) })
}

/// The address of a service: its name on the internet, or that in the environment of workloads; none where it has no address.
pub(super) fn url(draft: &mut Draft<'_>, of: &Reference) -> Option<Value> {
    if let Some(host) = host(draft.stack, of) {
        return Some(json!(format!("https://{host}")));
    }
    draft.stack.services.get(&of.name)?.load_balancer.as_ref()?;
    let environment = environment::environment(draft);
    let app = service::id(draft, &of.name).name;
    Some(expression(format!("concat('https://{app}.', {})", part(&environment.gives("defaultDomain")))))
}

/// Says what is done by hand.
pub(super) fn render(draft: &mut Draft<'_>, domain: &Domain) {
    if found(draft.stack).is_empty() && draft.stack.sites.is_empty() {
        return;
    }
    draft.findings.push(
        Finding::approximated("azure-domain", ["domain"], format!("`{}` proved and led here by the cloud", domain.name))
            .why("Front Door makes the certificate once somebody has added two records of each service and site to the domain's zone: `_dnsauth` with the text that Front Door shows, and a name that leads to the endpoint")
            .fix("add the records after the first deployment"),
    );
}

/// Adds the name under which a service is found; none without a domain.
pub(super) fn custom(draft: &mut Draft<'_>, of: &Reference, profile: &Id) -> Option<Id> {
    let host = host(draft.stack, of)?;
    let zone = draft.stack.domain.as_ref()?.zone.as_ref();
    let zone = zone.filter(|zone| zone.starts_with('/')).map(|zone| json!({ "id": zone }));
    let id = profile.child("Microsoft.Cdn/profiles/customDomains", &host.replace('.', "-"));
    draft.add(
        &of.to_string(),
        &id,
        json!({
            "properties": {
                "hostName": host,
                "azureDnsZone": zone,
                "tlsSettings": { "certificateType": "ManagedCertificate", "minimumTlsVersion": "TLS12" },
            },
        }),
    );
    Some(id)
}
