//! Terraform's expressions and templates, as far as documents of ours hold them (Terraform language, "Expressions", "Strings and
//! Templates"). What isn't known here is refused, and never passed over.

use serde_json::{Number, Value, json};

/// Why a text can't be read or worked out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ExpressionError(pub String);

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A value as it stands.
    Literal(Value),
    /// Texts and what is put between them.
    Template(Vec<Expression>),
    /// A name, and what is taken of it: `var.x`, `google_x.y[0].z`.
    Reference(Vec<Step>),
    /// A function with what it is given.
    Call(String, Vec<Expression>),
    /// One of two, by a condition.
    Choice(Box<[Expression; 3]>),
    /// Whether two are the same; else whether they differ.
    Equal(Box<[Expression; 2]>, bool),
    /// The opposite of a truth value.
    Not(Box<Expression>),
}

/// What is taken of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// What stands under a name.
    Name(String),
    /// What stands at a place of a list.
    Index(usize),
}

/// A value that is only known once something was made.
pub fn unknown() -> Value {
    json!("\u{e000}known after apply\u{e000}")
}

/// Whether a value is known only later.
pub fn is_unknown(value: &Value) -> bool {
    *value == unknown()
}

/// Whether anything in a value is known only later.
pub fn has_unknown(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_unknown),
        Value::Object(object) => object.values().any(has_unknown),
        value => is_unknown(value),
    }
}

/// Reads a text of a document: a template.
///
/// # Errors
/// Why it is none.
pub fn template(text: &str) -> Result<Expression, ExpressionError> {
    let mut reader = Reader { rest: text, whole: text };
    let read = reader.template(None)?;
    Ok(match read {
        Expression::Template(pieces) if pieces.is_empty() => Expression::Literal(json!("")),
        Expression::Template(mut pieces) if pieces.len() == 1 => pieces.remove(0),
        other => other,
    })
}

impl Expression {
    /// Gives every reference in it, and whether it stands where its failure is caught.
    pub fn references(&self, to: &mut dyn FnMut(&[Step])) {
        match self {
            Expression::Literal(_) => {}
            Expression::Reference(steps) => to(steps),
            Expression::Template(parts) | Expression::Call(_, parts) => {
                parts.iter().for_each(|part| part.references(to));
            }
            Expression::Choice(parts) => parts.iter().for_each(|part| part.references(to)),
            Expression::Equal(parts, _) => parts.iter().for_each(|part| part.references(to)),
            Expression::Not(part) => part.references(to),
        }
    }

    /// What it comes to; `find` gives what a reference names.
    ///
    /// # Errors
    /// Why it comes to nothing.
    pub fn value(&self, find: &dyn Fn(&[Step]) -> Result<Value, ExpressionError>) -> Result<Value, ExpressionError> {
        match self {
            Expression::Literal(value) => Ok(value.clone()),
            Expression::Reference(steps) => find(steps),
            Expression::Template(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part.value(find)? {
                        value if has_unknown(&value) => return Ok(unknown()),
                        Value::String(piece) => text.push_str(&piece),
                        value @ (Value::Number(_) | Value::Bool(_)) => text.push_str(&value.to_string()),
                        Value::Null => return Err(failed("a null can't stand in a text")),
                        Value::Array(_) | Value::Object(_) => {
                            return Err(failed("a list or a map can't stand in a text"));
                        }
                    }
                }
                Ok(Value::String(text))
            }
            Expression::Choice(parts) => {
                let [condition, yes, no] = parts.as_ref();
                match condition.value(find)? {
                    Value::Bool(true) => yes.value(find),
                    Value::Bool(false) => no.value(find),
                    value if is_unknown(&value) => Ok(value),
                    _ => Err(failed("the condition is no truth value")),
                }
            }
            Expression::Equal(parts, same) => {
                let [one, other] = parts.as_ref();
                let (one, other) = (one.value(find)?, other.value(find)?);
                if has_unknown(&one) || has_unknown(&other) {
                    return Ok(unknown());
                }
                Ok(json!((one == other) == *same))
            }
            Expression::Not(part) => match part.value(find)? {
                Value::Bool(value) => Ok(json!(!value)),
                value if is_unknown(&value) => Ok(value),
                _ => Err(failed("`!` takes a truth value")),
            },
            Expression::Call(name, given) => call(name, given, find),
        }
    }
}

fn call(
    name: &str,
    given: &[Expression],
    find: &dyn Fn(&[Step]) -> Result<Value, ExpressionError>,
) -> Result<Value, ExpressionError> {
    match (name, given) {
        ("try", given) => {
            let worked = given.iter().find_map(|one| one.value(find).ok());
            return worked.ok_or_else(|| failed("no call succeeded: `try` has nothing to give"));
        }
        ("can", [one]) => return Ok(json!(one.value(find).is_ok())),
        _ => {}
    }
    let values: Vec<Value> = given.iter().map(|one| one.value(find)).collect::<Result<_, _>>()?;
    if values.iter().any(has_unknown) {
        return Ok(unknown());
    }
    let texts: Vec<Option<&str>> = values.iter().map(Value::as_str).collect();
    match (name, texts.as_slice()) {
        ("trimsuffix", [Some(text), Some(end)]) => Ok(json!(text.strip_suffix(end).unwrap_or(text))),
        ("trimprefix", [Some(text), Some(start)]) => Ok(json!(text.strip_prefix(start).unwrap_or(text))),
        ("lower", [Some(text)]) => Ok(json!(text.to_lowercase())),
        ("upper", [Some(text)]) => Ok(json!(text.to_uppercase())),
        ("regex", [Some(pattern), Some(text)]) => {
            let pattern = regex::Regex::new(pattern).map_err(|error| failed(&error.to_string()))?;
            let found =
                pattern.captures(text).ok_or_else(|| failed("pattern did not match any part of the given string"))?;
            let group = |at: usize| found.get(at).map_or(Value::Null, |part| json!(part.as_str()));
            Ok(if found.len() == 1 { group(0) } else { (1..found.len()).map(group).collect() })
        }
        ("trimsuffix" | "trimprefix" | "lower" | "upper" | "regex" | "can", _) => {
            Err(failed(&format!("`{name}` isn't given what it takes")))
        }
        _ => Err(failed(&format!("there is no function `{name}`, or the sandbox doesn't know it"))),
    }
}

fn failed(why: &str) -> ExpressionError {
    ExpressionError(why.to_owned())
}

/// Takes what a value holds, step by step.
///
/// # Errors
/// Where there is nothing of that name or place.
pub fn within(value: &Value, steps: &[Step]) -> Result<Value, ExpressionError> {
    let Some((first, rest)) = steps.split_first() else { return Ok(value.clone()) };
    if is_unknown(value) {
        return Ok(unknown());
    }
    let found = match (first, value) {
        (Step::Name(name), Value::Object(object)) => object.get(name),
        (Step::Index(at), Value::Array(items)) => items.get(*at),
        (Step::Index(0), value @ Value::Object(_)) => Some(value),
        _ => None,
    };
    match found {
        Some(found) => within(found, rest),
        None => Err(match first {
            Step::Name(name) => failed(&format!("there is no attribute `{name}`")),
            Step::Index(at) => failed(&format!("there is no element {at}")),
        }),
    }
}

struct Reader<'a> {
    rest: &'a str,
    whole: &'a str,
}

impl Reader<'_> {
    fn wrong(&self, why: &str) -> ExpressionError {
        let at = self.whole.len().saturating_sub(self.rest.len());
        ExpressionError(format!("{why}, at {at} of `{}`", self.whole))
    }

    fn take(&mut self) -> Option<char> {
        let mut signs = self.rest.chars();
        let first = signs.next();
        self.rest = signs.as_str();
        first
    }

    fn eat(&mut self, what: &str) -> bool {
        match self.rest.strip_prefix(what) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// A template, until its end or the sign that closes it.
    fn template(&mut self, close: Option<char>) -> Result<Expression, ExpressionError> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        loop {
            if self.eat("$${") {
                text.push_str("${");
            } else if self.eat("%%{") {
                text.push_str("%{");
            } else if self.eat("%{") {
                return Err(self.wrong("the sandbox reads no directives of templates"));
            } else if self.eat("${") {
                if !text.is_empty() {
                    pieces.push(Expression::Literal(json!(std::mem::take(&mut text))));
                }
                pieces.push(self.expression()?);
                self.space();
                if !self.eat("}") {
                    return Err(self.wrong("`}` is missing"));
                }
            } else {
                match self.take() {
                    None if close.is_none() => break,
                    None => return Err(self.wrong("a text has no end")),
                    sign if sign == close => break,
                    Some('\\') if close.is_some() => text.push(self.escaped()?),
                    Some(sign) => text.push(sign),
                }
            }
        }
        if !text.is_empty() {
            pieces.push(Expression::Literal(json!(text)));
        }
        Ok(Expression::Template(pieces))
    }

    fn escaped(&mut self) -> Result<char, ExpressionError> {
        match self.take() {
            Some('n') => Ok('\n'),
            Some('t') => Ok('\t'),
            Some('r') => Ok('\r'),
            Some(sign @ ('"' | '\\')) => Ok(sign),
            _ => Err(self.wrong("the sandbox doesn't know this escape sequence")),
        }
    }

    fn expression(&mut self) -> Result<Expression, ExpressionError> {
        let condition = self.equality()?;
        self.space();
        if !self.eat("?") {
            return Ok(condition);
        }
        let yes = self.expression()?;
        self.space();
        if !self.eat(":") {
            return Err(self.wrong("`:` is missing"));
        }
        let no = self.expression()?;
        Ok(Expression::Choice(Box::new([condition, yes, no])))
    }

    fn equality(&mut self) -> Result<Expression, ExpressionError> {
        let one = self.unary()?;
        self.space();
        for (sign, same) in [("==", true), ("!=", false)] {
            if self.eat(sign) {
                let other = self.unary()?;
                return Ok(Expression::Equal(Box::new([one, other]), same));
            }
        }
        Ok(one)
    }

    fn unary(&mut self) -> Result<Expression, ExpressionError> {
        self.space();
        if self.rest.starts_with('!') && !self.rest.starts_with("!=") {
            self.take();
            return Ok(Expression::Not(Box::new(self.unary()?)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Expression, ExpressionError> {
        self.space();
        if self.eat("(") {
            let inner = self.expression()?;
            self.space();
            return if self.eat(")") { Ok(inner) } else { Err(self.wrong("`)` is missing")) };
        }
        if self.eat("\"") {
            return Ok(match self.template(Some('"'))? {
                Expression::Template(pieces) if pieces.is_empty() => Expression::Literal(json!("")),
                Expression::Template(mut pieces) if pieces.len() == 1 => pieces.remove(0),
                other => other,
            });
        }
        if self.rest.starts_with(|sign: char| sign.is_ascii_digit()) {
            let number = self.word(|sign| sign.is_ascii_digit() || sign == '.');
            let number: Option<Number> = serde_json::from_str(&number).ok();
            return number
                .map(|number| Expression::Literal(Value::Number(number)))
                .ok_or_else(|| self.wrong("no number"));
        }
        let name = self.name();
        match name.as_str() {
            "" => Err(self.wrong("the sandbox can't read this expression")),
            "true" => Ok(Expression::Literal(json!(true))),
            "false" => Ok(Expression::Literal(json!(false))),
            "null" => Ok(Expression::Literal(Value::Null)),
            _ if self.eat("(") => {
                let mut given = Vec::new();
                loop {
                    self.space();
                    if self.eat(")") {
                        break;
                    }
                    given.push(self.expression()?);
                    self.space();
                    if !self.eat(",") && !self.rest.starts_with(')') {
                        return Err(self.wrong("`,` or `)` is missing"));
                    }
                }
                Ok(Expression::Call(name, given))
            }
            _ => self.steps(name),
        }
    }

    fn steps(&mut self, name: String) -> Result<Expression, ExpressionError> {
        let mut steps = vec![Step::Name(name)];
        loop {
            if self.eat(".") {
                match self.name() {
                    name if name.is_empty() => return Err(self.wrong("a name is missing")),
                    name => steps.push(Step::Name(name)),
                }
            } else if self.eat("[") {
                let index = self.word(|sign| sign.is_ascii_digit());
                let index =
                    index.parse().map_err(|_| self.wrong("the sandbox takes plain numbers in brackets only"))?;
                if !self.eat("]") {
                    return Err(self.wrong("`]` is missing"));
                }
                steps.push(Step::Index(index));
            } else {
                return Ok(Expression::Reference(steps));
            }
        }
    }

    fn name(&mut self) -> String {
        if !self.rest.starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '_') {
            return String::new();
        }
        self.word(|sign| sign.is_ascii_alphanumeric() || sign == '_' || sign == '-')
    }

    fn word(&mut self, fits: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|sign| !fits(sign)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worked_out(text: &str) -> Result<Value, ExpressionError> {
        let names = json!({ "var": { "image": "", "size": 2 }, "a_b": { "c-d": [{ "id": "x", "late": unknown() }] } });
        template(text)?.value(&|steps| within(&names, steps))
    }

    #[test]
    fn expressions_of_documents_come_to_their_values() {
        for (text, value) in [
            ("plain", json!("plain")),
            ("", json!("")),
            ("$${x} 100% %%{ if }", json!("${x} 100% %{ if }")),
            ("${var.image == \"\" ? 0 : 1}", json!(0)),
            ("${var.size}", json!(2)),
            ("a${var.size}b", json!("a2b")),
            ("${a_b.c-d[0].id}/32", json!("x/32")),
            ("${try(a_b.c-d[1].id, \"none\")}", json!("none")),
            ("${can(regex(\"^(sha256:[0-9a-f]{64})?$\", var.image))}", json!(true)),
            ("${can(regex(\"^x$\", var.image))}", json!(false)),
            ("${trimsuffix(\"me@x\", \"@x\")}", json!("me")),
            ("${!(var.size == 2)}", json!(false)),
        ] {
            assert_eq!(worked_out(text).unwrap(), value, "{text}");
        }
        assert!(is_unknown(&worked_out("to ${a_b.c-d[0].late}").unwrap()));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for text in
            ["${jsonencode(var.size)}", "${var.size", "%{ if x }", "${var.size + 1}", "${var.list[*]}", "${var.none}"]
        {
            assert!(worked_out(text).is_err(), "{text}");
        }
    }
}
