//! Configuration: the environment, read once, with every fault reported at once.

pub mod variable;

use std::{collections::BTreeMap, fmt};

use crate::{database::login, role::Role, routing::crew_route::Place};
use variable::{Kind, VARIABLES, Variable};

/// What the environment says to one role: every variable of its, checked, defaults filled in.
#[derive(Clone)]
pub struct Configuration {
    /// The role that it is for.
    pub role: Role,
    values: BTreeMap<&'static str, String>,
}

/// Everything that is wrong with the environment.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct Faults {
    role: Role,
    faults: Vec<String>,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the role {} cannot start, set its environment right:", self.role)?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl fmt::Debug for Configuration {
    /// Shows no secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = |name: &str| VARIABLES.iter().any(|variable| variable.name == name && variable.secret);
        f.debug_map()
            .entries(self.values.iter().map(|(name, value)| (name, if secret(name) { "(secret)" } else { value })))
            .finish()
    }
}

impl Configuration {
    /// Reads what `role` needs through `look_up`.
    ///
    /// # Errors
    /// Names every variable that is missing or wrong, never a secret's value.
    pub fn read(role: Role, look_up: impl Fn(&str) -> Option<String>) -> Result<Self, Faults> {
        let mut values = BTreeMap::new();
        let mut faults = Vec::new();
        for variable in VARIABLES.iter().filter(|variable| variable.roles.contains(&role)) {
            let given = look_up(variable.name).filter(|value| !value.trim().is_empty());
            match given.or_else(|| variable.default.map(str::to_owned)) {
                None if variable.required => {
                    faults.push(format!("{} is missing: {}", variable.name, variable.meaning));
                }
                None => {}
                Some(value) => match fault(variable, &value) {
                    Some(fault) => faults.push(fault),
                    None => {
                        values.insert(variable.name, value);
                    }
                },
            }
        }
        let read = Self { role, values };
        if read.database_by_identity() && read.text("AWS_REGION").is_none() {
            faults.push(
                "AWS_REGION is missing: without DATABASE_PASSWORD the role logs in by its identity, in a region".into(),
            );
        }
        if read.text("DATABASE_TLS") == Some("off") && !read.text("DATABASE_HOST").is_none_or(is_this_machine) {
            faults.push(
                "DATABASE_TLS is off, but DATABASE_HOST is another machine: only one's own is reached in plain".into(),
            );
        }
        if faults.is_empty() { Ok(read) } else { Err(Faults { role, faults }) }
    }

    /// The variable's text, if it is set or has a default.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The text of a variable that is required or has a default.
    pub fn known(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// The number in a variable of that kind, which has a default.
    pub fn number(&self, name: &str) -> f64 {
        self.known(name).trim().parse().unwrap_or_default()
    }

    /// The whole number in a variable of that kind, which has a default.
    pub fn whole(&self, name: &str) -> u64 {
        self.known(name).trim().parse().unwrap_or_default()
    }

    /// The place where crews start and end.
    pub fn depot(&self) -> Place {
        place(self.known("DEPOT")).unwrap_or(Place { latitude: 0.0, longitude: 0.0 })
    }

    /// The users in a variable of that kind; none where it is absent.
    pub fn users(&self, name: &str) -> Vec<&str> {
        self.text(name).map(names).unwrap_or_default()
    }

    /// Whether the role logs in to the database by its own identity.
    pub fn database_by_identity(&self) -> bool {
        self.text("DATABASE_PASSWORD").is_none() && self.text("DATABASE_TLS") != Some("off")
    }
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

fn place(text: &str) -> Option<Place> {
    let (latitude, longitude) = text.split_once(',')?;
    let place = Place { latitude: latitude.trim().parse().ok()?, longitude: longitude.trim().parse().ok()? };
    place.is_on_earth().then_some(place)
}

fn names(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).collect()
}

/// What is wrong with `value`, if anything is.
fn fault(variable: &Variable, value: &str) -> Option<String> {
    let expected = match variable.kind {
        Kind::Text => return None,
        Kind::Url(schemes) => {
            let right = value.split_once("://").is_some_and(|(scheme, rest)| {
                schemes.contains(&scheme) && !rest.is_empty() && !rest.contains(char::is_whitespace)
            });
            (!right).then(|| {
                format!("a URL that begins with {}", schemes.map_join(" or ", |scheme| format!("{scheme}://")))
            })
        }
        Kind::Number(low, high) => {
            let right = value.trim().parse().is_ok_and(|number: f64| (low..=high).contains(&number));
            (!right).then(|| format!("a number from {low} to {high}"))
        }
        Kind::Whole(low, high) => {
            let right = value.trim().parse().is_ok_and(|number: u64| (low..=high).contains(&number));
            (!right).then(|| format!("a whole number from {low} to {high}"))
        }
        Kind::OneOf(words) => (!words.contains(&value)).then(|| words.map_join(" or ", |word| (*word).to_owned())),
        Kind::Place => place(value).is_none().then(|| "latitude,longitude in degrees, such as 32.78,-96.80".to_owned()),
        Kind::Users => (!names(value).into_iter().all(login::is_name)).then(|| {
            "names of users between commas, each of lower-case letters, digits and underscores, such as ui,route_optimizer"
                .to_owned()
        }),
    }?;
    // URLs may carry a password: none is shown.
    let shown =
        if variable.secret || matches!(variable.kind, Kind::Url(_)) { String::new() } else { format!(" {value:?}") };
    Some(format!("{}{shown} is wrong: {expected} is expected ({})", variable.name, variable.meaning))
}

/// Joins what a function makes of each item.
trait MapJoin<T> {
    fn map_join(&self, between: &str, make: impl Fn(&T) -> String) -> String;
}

impl<T> MapJoin<T> for [T] {
    fn map_join(&self, between: &str, make: impl Fn(&T) -> String) -> String {
        self.iter().map(make).collect::<Vec<_>>().join(between)
    }
}

#[cfg(test)]
mod tests {
    use super::{Configuration, Role};

    fn read(role: Role, given: &[(&str, &str)]) -> Result<Configuration, super::Faults> {
        Configuration::read(role, |name| {
            given.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_missing_and_wrong_variable_is_reported_at_once() {
        let given = [
            ("DATABASE_PORT", "many"),
            ("CRM_URL", "ftp://user:hunter2@x"),
            ("LOG", "loud"),
            ("DATABASE_PASSWORD", "hunter2"),
        ];
        let text = read(Role::Crm, &given).unwrap_err().to_string();
        for name in [
            "DATABASE_HOST is missing",
            "DATABASE_NAME",
            "DATABASE_USER",
            "DATABASE_PORT \"many\"",
            "CRM_URL",
            "CRM_TENANT",
            "CRM_KEY",
            "LOG \"loud\"",
        ] {
            assert!(text.contains(name), "{name} is not in: {text}");
        }
        assert!(!text.contains("hunter2"), "a password is shown: {text}");
    }

    #[test]
    fn a_role_is_not_asked_for_what_another_reads() {
        let database =
            [("DATABASE_HOST", "db"), ("DATABASE_NAME", "s"), ("DATABASE_USER", "u"), ("DATABASE_PASSWORD", "p")];
        let configuration = read(Role::Route, &database).unwrap();
        assert_eq!((configuration.whole("CREWS"), configuration.known("DATABASE_PORT")), (4, "5432"));
        assert!((configuration.depot().latitude - 32.7767).abs() < 1e-9);
        assert!(!format!("{configuration:?}").contains("\"p\""));
    }

    #[test]
    fn an_empty_variable_is_a_missing_one() {
        let text = read(Role::Migrate, &[("DATABASE_HOST", " ")]).unwrap_err().to_string();
        assert!(text.contains("DATABASE_HOST is missing"));
    }

    #[test]
    fn plain_connections_stay_on_this_machine() {
        let given =
            |host| [("DATABASE_HOST", host), ("DATABASE_NAME", "s"), ("DATABASE_USER", "u"), ("DATABASE_TLS", "off")];
        assert!(read(Role::Migrate, &given("127.0.0.1")).is_ok());
        assert!(read(Role::Migrate, &given("db.example.com")).unwrap_err().to_string().contains("DATABASE_TLS"));
    }

    #[test]
    fn login_by_identity_needs_a_region() {
        let given = [("DATABASE_HOST", "db"), ("DATABASE_NAME", "s"), ("DATABASE_USER", "u")];
        assert!(read(Role::Migrate, &given).unwrap_err().to_string().contains("AWS_REGION"));
    }
}
