//! Resource identifiers: `/subscriptions/…/resourceGroups/…/providers/Namespace/type/name/…`.

/// An identifier, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// As it was written.
    pub text: String,
    /// The subscription.
    pub subscription: String,
    /// The resource group; none for what stands in the subscription itself.
    pub group: Option<String>,
    /// The type, `Namespace/type/type`.
    pub kind: String,
    /// The names, as many as the type has parts.
    pub names: Vec<String>,
    /// The identifier of the resource that it is laid over or a part of; none for what stands in a group by itself.
    pub above: Option<String>,
}

impl Identifier {
    /// Reads an identifier of a resource; none for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.trim_matches('/').split('/').collect();
        let at = parts.iter().rposition(|part| part.eq_ignore_ascii_case("providers"))?;
        let (scope, own) = parts.split_at(at);
        let [_, namespace, rest @ ..] = own else { return None };
        if rest.is_empty() || rest.len() % 2 != 0 || rest.iter().any(|part| part.is_empty()) {
            return None;
        }
        let types: Vec<&str> = rest.iter().step_by(2).copied().collect();
        let names: Vec<String> = rest.iter().skip(1).step_by(2).map(|name| (*name).to_owned()).collect();
        let ["subscriptions", subscription, ..] = scope else { return None };
        let group = match scope {
            [_, _, word, group, ..] if word.eq_ignore_ascii_case("resourceGroups") => Some((*group).to_owned()),
            _ => None,
        };
        let above = if names.len() > 1 {
            let kept = parts.len().saturating_sub(2);
            Some(format!("/{}", parts.get(..kept).unwrap_or_default().join("/")))
        } else if scope.iter().any(|part| part.eq_ignore_ascii_case("providers")) {
            Some(format!("/{}", scope.join("/")))
        } else {
            None
        };
        Some(Self {
            text: format!("/{}", parts.join("/")),
            subscription: (*subscription).to_owned(),
            group,
            kind: format!("{namespace}/{}", types.join("/")),
            names,
            above,
        })
    }

    /// The name with those before it: `account/default/container`.
    pub fn name(&self) -> String {
        self.names.join("/")
    }

    /// Its own name.
    pub fn own_name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// How a template's reader names it: type and name, and those of what it is laid over, without its namespace.
    pub fn label(&self) -> String {
        let laid_over = self.names.len() == 1;
        let over = self.above.as_deref().filter(|_| laid_over).and_then(Identifier::read);
        match over {
            Some(over) => {
                let (_, kind) = over.kind.split_once('/').unwrap_or_default();
                format!("{}/{} on {kind}/{}", self.kind, self.name(), over.name())
            }
            None => format!("{}/{}", self.kind, self.name()),
        }
    }
}

/// The form in which two identifiers of the same resource are equal.
pub fn folded(id: &str) -> String {
    id.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_things_laid_over_know_what_is_above_them() {
        let read = |text: &str| Identifier::read(text).unwrap();
        let group = "/subscriptions/s/resourceGroups/g";
        let container = read(&format!("{group}/providers/Microsoft.Storage/storageAccounts/a/blobServices/default"));
        assert_eq!(container.kind, "Microsoft.Storage/storageAccounts/blobServices");
        assert_eq!(container.label(), "Microsoft.Storage/storageAccounts/blobServices/a/default");
        assert_eq!(
            container.above.as_deref(),
            Some(&*format!("{group}/providers/Microsoft.Storage/storageAccounts/a"))
        );
        let lock = read(&format!("{group}/providers/A.B/c/d/providers/Microsoft.Authorization/locks/l"));
        assert_eq!(lock.label(), "Microsoft.Authorization/locks/l on c/d");
        assert_eq!(lock.above.as_deref(), Some(&*format!("{group}/providers/A.B/c/d")));
        assert_eq!(Identifier::read(group), None);
        assert_eq!(Identifier::read(&format!("{group}/providers/A.B/c")), None);
    }
}
