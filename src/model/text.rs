//! Values that are written as text with a grammar of their own: sizes, times, names, references, windows.

use super::metric::TermName;
use super::name::Name;
use super::network::Cidr;
use super::portability::Demand;
use super::reference::{Attribute, Reference};
use super::units::{Money, Percent, Size, Time};
use super::variable::VariableName;
use super::window::{DailyWindow, WeeklyWindow};

/// Gives a type that implements `FromStr` and `Display` its place in YAML, JSON and the JSON Schema: a string with a
/// pattern, and `x-expects`, the words by which a diagnostic says what belongs there.
macro_rules! written_as_text {
    ($type:ty, name: $name:literal, pattern: $pattern:literal, expects: $expects:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern, "x-expects": $expects, "x-form": $name })
            }
        }

        impl crate::model::text::WrittenAsText for $type {
            const FORM: crate::model::text::Form = crate::model::text::Form {
                name: $name,
                pattern: $pattern,
                expects: $expects,
                reads: |text| text.parse::<$type>().is_ok(),
            };
        }
    };
}

pub(crate) use written_as_text;

/// The grammar of a type that is written as text.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The type's name in the JSON Schema (`x-form` beside the pattern).
    pub name: &'static str,
    /// The pattern in the JSON Schema; it may let a little more through than [`Form::reads`].
    pub pattern: &'static str,
    /// What belongs there, in words.
    pub expects: &'static str,
    /// Whether a text is of that form.
    pub reads: fn(&str) -> bool,
}

/// A type that is written as text.
pub trait WrittenAsText {
    /// Its grammar.
    const FORM: Form;
}

/// The form of every type that is written as text.
pub const FORMS: [Form; 13] = [
    Attribute::FORM,
    Cidr::FORM,
    DailyWindow::FORM,
    Demand::FORM,
    Money::FORM,
    Name::FORM,
    Percent::FORM,
    Reference::FORM,
    Size::FORM,
    TermName::FORM,
    Time::FORM,
    VariableName::FORM,
    WeeklyWindow::FORM,
];

/// A text that doesn't follow the grammar of its type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` isn't {expects}")]
pub struct TextError {
    /// What was written.
    pub text: String,
    /// What belongs there, such as `a size with a unit, such as 500GiB`.
    pub expects: &'static str,
}

impl TextError {
    pub(crate) fn new(text: &str, expects: &'static str) -> Self {
        Self { text: text.to_owned(), expects }
    }
}
