//! What a resource's properties mean, so that two ways of writing the same thing are equal.
//!
//! Each cloud turns the properties as written into a [`Meaning`]: it knows which lists are sets, which texts are numbers, JSON or
//! policies, and what an absent property stands for. Comparing meanings needs no knowledge of a cloud.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What stands in the place of a secret in every output.
pub const MASK: &str = "(sensitive)";

/// A value by its meaning.
#[derive(Clone, Debug)]
pub enum Meaning {
    /// A single value.
    Scalar(Scalar),
    /// Named values.
    Fields(BTreeMap<String, Meaning>),
    /// Values whose order matters.
    List(Vec<Meaning>),
    /// Values whose order doesn't matter.
    Set {
        /// The values, in the order in which they are written.
        items: Vec<Meaning>,
        /// The field that names an element, such as `Key` for tags; elements with the same name are compared with each other.
        key: Option<&'static str>,
    },
    /// A value that may be compared but never shown.
    Secret(Box<Meaning>),
    /// A value that isn't written: what the cloud takes where the property is absent.
    Assumed(Box<Meaning>),
}

/// A single value: how it is shown, and what it is equal to.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The value as people read it: as written, a reference in a short form.
    pub shown: Value,
    /// Two scalars are equal when this text is.
    pub same: String,
    /// The resources whose identity or attributes it is made of.
    pub refers: Vec<Referred>,
}

/// A reference from a value to a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Referred {
    /// The resource's id in the document.
    pub id: String,
    /// The attribute; none for the resource's identity.
    pub attribute: Option<String>,
}

impl Meaning {
    /// A scalar that refers to nothing.
    pub fn scalar(shown: Value, same: String) -> Meaning {
        Meaning::Scalar(Scalar { shown, same, refers: Vec::new() })
    }

    /// The value to show: as written, with secrets masked and without what is only assumed inside of it.
    pub fn shown(&self) -> Value {
        match self {
            Meaning::Scalar(scalar) => scalar.shown.clone(),
            Meaning::Fields(fields) => Value::Object(
                fields
                    .iter()
                    .filter(|(_, inner)| !matches!(inner, Meaning::Assumed(_)))
                    .map(|(name, inner)| (name.clone(), inner.shown()))
                    .collect::<Map<_, _>>(),
            ),
            Meaning::List(items) | Meaning::Set { items, .. } => {
                Value::Array(items.iter().map(Meaning::shown).collect())
            }
            Meaning::Secret(_) => Value::String(MASK.to_owned()),
            Meaning::Assumed(inner) => inner.shown(),
        }
    }

    /// Whether it is a secret, or holds one.
    pub fn holds_secret(&self) -> bool {
        match self {
            Meaning::Scalar(_) => false,
            Meaning::Fields(fields) => fields.values().any(Meaning::holds_secret),
            Meaning::List(items) | Meaning::Set { items, .. } => items.iter().any(Meaning::holds_secret),
            Meaning::Secret(_) => true,
            Meaning::Assumed(inner) => inner.holds_secret(),
        }
    }

    /// The meaning without the wrapper of an assumed value.
    pub fn given(&self) -> &Meaning {
        match self {
            Meaning::Assumed(inner) => inner,
            other => other,
        }
    }

    /// The field of that name, where this is a group of fields.
    pub fn field(&self, name: &str) -> Option<&Meaning> {
        match self.given() {
            Meaning::Fields(fields) => fields.get(name),
            _ => None,
        }
    }

    /// The text that it is equal to, where it is a scalar.
    pub fn text(&self) -> Option<&str> {
        match self.given() {
            Meaning::Scalar(scalar) => Some(&scalar.same),
            _ => None,
        }
    }
}

impl PartialEq for Meaning {
    fn eq(&self, other: &Meaning) -> bool {
        match (self.given(), other.given()) {
            (Meaning::Scalar(a), Meaning::Scalar(b)) => a.same == b.same,
            (Meaning::Fields(a), Meaning::Fields(b)) => fields_equal(a, b),
            (Meaning::List(a), Meaning::List(b)) => a == b,
            (Meaning::Set { items: a, .. }, Meaning::Set { items: b, .. }) => {
                a.len() == b.len() && (a == b || left_over(a, b).is_empty())
            }
            (Meaning::Secret(a), Meaning::Secret(b)) => a == b,
            _ => false,
        }
    }
}

/// Equal field by field; a field that one side only assumes and the other doesn't have at all is no difference.
fn fields_equal(a: &BTreeMap<String, Meaning>, b: &BTreeMap<String, Meaning>) -> bool {
    let one_way = |x: &BTreeMap<String, Meaning>, y: &BTreeMap<String, Meaning>| {
        x.iter().all(|(name, value)| match y.get(name) {
            Some(other) => value == other,
            None => matches!(value, Meaning::Assumed(_)),
        })
    };
    one_way(a, b) && b.iter().all(|(name, value)| a.contains_key(name) || matches!(value, Meaning::Assumed(_)))
}

/// The places of the elements of `a` that have no equal in `b`, each element of `b` counting once.
pub(super) fn left_over(a: &[Meaning], b: &[Meaning]) -> Vec<usize> {
    let mut taken = vec![false; b.len()];
    let mut left = Vec::new();
    for (at, item) in a.iter().enumerate() {
        let equal =
            b.iter().enumerate().find(|(place, other)| !taken.get(*place).copied().unwrap_or(true) && *other == item);
        match equal.and_then(|(place, _)| taken.get_mut(place)) {
            Some(slot) => *slot = true,
            None => left.push(at),
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Meaning {
        Meaning::scalar(Value::String(text.to_owned()), text.to_owned())
    }

    fn set(items: &[&str]) -> Meaning {
        Meaning::Set { items: items.iter().map(|text| word(text)).collect(), key: None }
    }

    #[test]
    fn sets_are_equal_in_any_order_but_count_their_elements() {
        assert_eq!(set(&["a", "b"]), set(&["b", "a"]));
        assert_ne!(set(&["a", "a", "b"]), set(&["a", "b", "b"]));
        assert_ne!(Meaning::List(vec![word("a"), word("b")]), Meaning::List(vec![word("b"), word("a")]));
    }

    #[test]
    fn a_number_is_equal_to_the_text_of_it_and_shown_as_written() {
        let number = Meaning::scalar(serde_json::json!(80), "80".to_owned());
        assert_eq!(number, word("80"));
        assert_eq!(number.shown(), serde_json::json!(80));
    }

    #[test]
    fn what_is_assumed_equals_what_is_written_and_is_not_shown_inside_a_value() {
        let assumed = Meaning::Fields(BTreeMap::from([("Type".to_owned(), Meaning::Assumed(Box::new(word("gp3"))))]));
        let written = Meaning::Fields(BTreeMap::from([("Type".to_owned(), word("gp3"))]));
        let absent = Meaning::Fields(BTreeMap::new());
        assert_eq!(assumed, written);
        assert_eq!(assumed, absent);
        assert_ne!(written, absent);
        assert_eq!(assumed.shown(), serde_json::json!({}));
    }

    #[test]
    fn a_secret_is_compared_but_never_shown() {
        let secret = |text| Meaning::Secret(Box::new(word(text)));
        assert_ne!(secret("a"), secret("b"));
        assert_eq!(secret("a").shown(), Value::String(MASK.to_owned()));
        assert!(Meaning::List(vec![secret("a")]).holds_secret());
    }
}
