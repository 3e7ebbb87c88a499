//! The text of `Fn::Sub`: literal parts and variables.

use super::IntrinsicError;

/// One part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text as it will stand; `${!Name}` has become `${Name}`.
    Literal(String),
    /// A variable: `Name` or `Resource.Attribute`.
    Variable(String),
}

/// Takes the text apart. Adjacent literals are one part.
///
/// # Errors
/// A variable with characters that CloudFormation refuses in one.
pub fn parts(text: &str) -> Result<Vec<Part>, IntrinsicError> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        literal.push_str(before);
        let Some(end) = from.find('}') else {
            // Never closed: CloudFormation leaves it as text.
            rest = from;
            break;
        };
        let (name, after) = (&from[2..end], &from[end + 1..]);
        rest = after;
        if let Some(escaped) = name.strip_prefix('!') {
            literal.push_str("${");
            literal.push_str(escaped);
            literal.push('}');
        } else {
            // Blanks around the name mean nothing.
            let name = name.trim();
            check(name)?;
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::Variable(name.to_owned()));
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

/// Text that `Fn::Sub` gives back unchanged: every `${` escaped.
pub fn escape(text: &str) -> String {
    text.replace("${", "${!")
}

fn check(name: &str) -> Result<(), IntrinsicError> {
    if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_')) {
        return Ok(());
    }
    Err(IntrinsicError::form(
        "Fn::Sub",
        format!(
            "${{{name}}} is no variable: letters, digits, underscores, periods and colons are allowed; write ${{!{name}}} for the text itself"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn variables_escapes_and_unclosed_braces_are_told_apart() {
        let found = parts("a-${ AWS::Region}-${!Literal}-${B.Arn}-${").unwrap();
        let literal = |text: &str| Part::Literal(text.to_owned());
        let variable = |text: &str| Part::Variable(text.to_owned());
        let wanted =
            [literal("a-"), variable("AWS::Region"), literal("-${Literal}-"), variable("B.Arn"), literal("-${")];
        assert_eq!(found, wanted);
        assert!(parts("${a b}").is_err());
        assert!(parts("${}").is_err());
    }

    proptest! {
        #[test]
        fn escaped_text_comes_out_as_it_went_in(text in "[ -~äß${}!]{0,40}") {
            let found = parts(&escape(&text)).unwrap();
            let together: String = found.iter().map(|part| match part {
                Part::Literal(text) => text.as_str(),
                Part::Variable(_) => "<variable>",
            }).collect();
            // An unclosed `${!` stays as it is written.
            prop_assume!(text.rsplit_once("${").is_none_or(|(_, rest)| rest.contains('}')));
            prop_assert_eq!(together, text);
        }
    }
}
