//! A static site: files of a bucket, served to the world by the cloud's own network of caches.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::domain::Domain;
use super::name::Name;
use super::reference::Reference;
use super::units::Time;

/// The longest that caches keep a file, in seconds: a year (RFC 2616, 14.21).
pub const LONGEST: u64 = 31_536_000;

/// How long caches remember that a file isn't there, in seconds. Ours: short, so that a file that is put there is seen.
pub const UNKNOWN: u64 = 10;

/// How long browsers keep to TLS, in seconds: two years, as <https://hstspreload.org> recommends.
pub const KEEP_TO_TLS: u64 = 63_072_000;

/// Files of a bucket, served to everybody by the cloud's content delivery network. It speaks TLS only, sends plain requests on to it,
/// compresses, and has browsers keep to TLS. The bucket itself stays private. Putting the files there is the pipeline's: landfall
/// prints the bucket's name and what the caches are emptied by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Site {
    /// What it shows, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The bucket whose files it serves: all of them.
    pub bucket: Reference,
    /// The name under which it is found, where there is a `domain`: one label below it (`app`), `@` for the domain itself, or either
    /// written in full. Its own name below the domain where not given. Without a domain it has a name of the cloud's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^(@|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*)$"), extend("x-expects" = "a label such as app, @ for the domain itself, or a name such as app.example.com"))]
    pub host: Option<String>,
    /// The file that answers for a folder: `/` and `/help/` are answered by `index.html` and `help/index.html`.
    #[serde(default = "index_html")]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_.-]{1,100}$"), extend("x-expects" = "a file's name, such as index.html"))]
    pub index: String,
    /// The file that answers for a path that isn't there. The index itself answers with the status 200, for an application that finds
    /// its way in the browser; any other file with the status 404. The cloud's own words where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"), length(max = 250), extend("x-expects" = "a file in the bucket, such as 404.html"))]
    pub unknown: Option<String>,
    /// How long the caches keep a file that says nothing of it itself (`cache-control`). A file that keeps its name from one version
    /// to the next, as the index does, should say `no-cache`.
    #[serde(default = "an_hour")]
    pub cache: Time,
}

fn index_html() -> String {
    "index.html".to_owned()
}

fn an_hour() -> Time {
    Time::minutes(60)
}

impl Site {
    /// The name under which it is found below a domain.
    pub fn host(&self, name: &Name, domain: &Domain) -> String {
        match self.host.as_deref() {
            None => format!("{name}.{}", domain.name),
            Some("@") => domain.name.clone(),
            Some(full) if full.contains('.') => full.to_owned(),
            Some(label) => format!("{label}.{}", domain.name),
        }
    }

    /// Whether what isn't there is left to the browser: the index answers, and all is well.
    pub fn finds_its_way(&self) -> bool {
        self.unknown.as_ref() == Some(&self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_found_under_its_label_its_own_name_or_the_domain_itself() {
        let domain = Domain { name: "example.com".to_owned(), zone: None };
        let host = |host: Option<&str>| {
            let site = Site {
                description: None,
                bucket: "bucket.site".parse().unwrap(),
                host: host.map(str::to_owned),
                index: index_html(),
                unknown: None,
                cache: an_hour(),
            };
            site.host(&"web".parse().unwrap(), &domain)
        };
        assert_eq!(host(None), "web.example.com");
        assert_eq!(host(Some("app")), "app.example.com");
        assert_eq!(host(Some("app.example.com")), "app.example.com");
        assert_eq!(host(Some("@")), "example.com");
    }
}
