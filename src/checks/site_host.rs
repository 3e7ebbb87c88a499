//! A site's name on the internet is another's, or isn't below the domain.
//!
//! Why: one name leads to one place, and the domain's certificate is for itself and everything one level below.
//! Mend: give the site a label of its own, such as `host: app`.

use crate::diagnostics::finding::Finding;
use crate::model::reference::{Kind, Reference};
use crate::model::service::Service;
use crate::model::stack::Stack;

pub(super) const CODE: &str = "site-host";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(domain) = &stack.domain else {
        for (name, host) in stack.sites.iter().filter_map(|(name, site)| Some((name, site.host.as_ref()?))) {
            findings.push(
                Finding::error(
                    CODE,
                    ["sites", name.as_str(), "host"],
                    format!("site.{name} can't be found under `{host}`"),
                )
                .why("the environment has no domain, so nothing is proved and no record is made")
                .fix("add `domain: {name: example.com}`, or leave `host` out and take the cloud's own name"),
            );
        }
        return findings;
    };
    let mut taken = others(stack, &domain.name);
    for (name, site) in &stack.sites {
        let host = site.host(name, domain);
        let path = ["sites", name.as_str(), "host"];
        let below = host.strip_suffix(domain.name.as_str()).and_then(|label| label.strip_suffix('.'));
        if host != domain.name && below.is_none_or(|label| label.is_empty() || label.contains('.')) {
            findings.push(
                Finding::error(CODE, path, format!("`{host}` isn't one level below `{}`", domain.name))
                    .why("the certificate is for the domain and everything one level below it")
                    .fix("write a label, such as `app`, or `@` for the domain itself"),
            );
        }
        let own = Reference::new(Kind::Site, name);
        match taken.iter().find(|(known, _)| *known == host) {
            Some((_, other)) => findings.push(
                Finding::error(CODE, path, format!("`{host}` is where {other} is found"))
                    .why("one name leads to one place")
                    .fix("give the site another label, such as `host: app`")
                    .related(other.path(), "the other one"),
            ),
            None => taken.push((host, own)),
        }
    }
    findings
}

/// Under which names services and APIs are found: the domain itself where one is alone, else their own below it. Some clouds name the public ones
/// only; both are kept free.
fn others(stack: &Stack, domain: &str) -> Vec<(String, Reference)> {
    let balanced = |public: bool| {
        let fits = move |service: &Service| service.load_balancer.as_ref().is_some_and(|one| one.public || !public);
        stack
            .services
            .iter()
            .filter(move |(_, service)| fits(service))
            .map(|(name, _)| Reference::new(Kind::Service, name))
    };
    let apis = || stack.apis.keys().map(|name| Reference::new(Kind::Api, name));
    let mut names = Vec::new();
    for all in [balanced(false).chain(apis()).collect::<Vec<_>>(), balanced(true).chain(apis()).collect()] {
        match all.as_slice() {
            [only] => names.push((domain.to_owned(), only.clone())),
            many => names.extend(many.iter().map(|of| (format!("{}.{domain}", of.name), of.clone()))),
        }
    }
    names
}
