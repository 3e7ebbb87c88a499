//! Expressions of templates, read: `[concat('a', parameters('b'))]`.

use super::error::ArmError;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// Text in quotes.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A function with what it is given.
    Call(String, Vec<Expression>),
    /// A property of what comes before it.
    Property(Box<Expression>, String),
    /// An element of what comes before it.
    Element(Box<Expression>, Box<Expression>),
}

/// What stands in a string of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// Plain text.
    Text(String),
    /// An expression.
    Expression(Expression),
}

/// Reads a string: `[…]` is an expression, `[[…` is text that begins with one bracket.
///
/// # Errors
/// `InvalidTemplate` where an expression can't be read.
pub fn read(text: &str) -> Result<Written, ArmError> {
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return Ok(Written::Text(text.to_owned()));
    };
    if inner.starts_with('[') {
        return Ok(Written::Text(text.get(1..).unwrap_or_default().to_owned()));
    }
    let mut reader = Reader { text: inner, at: 0 };
    let expression = reader.expression()?;
    reader.blanks();
    if reader.at < inner.len() {
        return Err(reader.wrong("the end of the expression"));
    }
    Ok(Written::Expression(expression))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn takes(&mut self, symbol: char) -> bool {
        self.blanks();
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len_utf8();
        }
        found
    }

    fn wrong(&self, wanted: &str) -> ArmError {
        ArmError::template(format!(
            "the template language expression '{}' is not valid: expected {wanted} at position {}. Please see https://aka.ms/arm-template-expressions for usage details",
            self.text, self.at
        ))
    }

    fn expression(&mut self) -> Result<Expression, ArmError> {
        self.blanks();
        let mut found = match self.rest().chars().next() {
            Some('\'') => self.quoted()?,
            Some(first) if first.is_ascii_digit() || first == '-' => self.number()?,
            Some(first) if first.is_ascii_alphabetic() => {
                let name = self.word();
                if !self.takes('(') {
                    return Err(self.wrong("'('"));
                }
                Expression::Call(name, self.arguments()?)
            }
            _ => return Err(self.wrong("a value")),
        };
        loop {
            if self.takes('.') {
                let name = self.word();
                if name.is_empty() {
                    return Err(self.wrong("a name"));
                }
                found = Expression::Property(Box::new(found), name);
            } else if self.takes('[') {
                let index = self.expression()?;
                if !self.takes(']') {
                    return Err(self.wrong("']'"));
                }
                found = Expression::Element(Box::new(found), Box::new(index));
            } else {
                return Ok(found);
            }
        }
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, ArmError> {
        let mut found = Vec::new();
        if self.takes(')') {
            return Ok(found);
        }
        loop {
            found.push(self.expression()?);
            if self.takes(')') {
                return Ok(found);
            }
            if !self.takes(',') {
                return Err(self.wrong("',' or ')'"));
            }
        }
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default().to_owned();
        self.at += end;
        word
    }

    fn quoted(&mut self) -> Result<Expression, ArmError> {
        let mut found = String::new();
        let rest = self.rest().get(1..).unwrap_or_default().to_owned();
        let mut letters = rest.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            if letter != '\'' {
                found.push(letter);
            } else if letters.next_if(|(_, next)| *next == '\'').is_some() {
                found.push('\'');
            } else {
                self.at += at + 2;
                return Ok(Expression::Text(found));
            }
        }
        Err(self.wrong("a closing quote"))
    }

    fn number(&mut self) -> Result<Expression, ArmError> {
        let rest = self.rest();
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '-').unwrap_or(rest.len());
        let number = rest.get(..end).and_then(|text| text.parse().ok()).ok_or_else(|| self.wrong("a number"))?;
        self.at += end;
        Ok(Expression::Number(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_expressions_are_told_apart() {
        assert_eq!(read("plain"), Ok(Written::Text("plain".into())));
        assert_eq!(read("[[plain]"), Ok(Written::Text("[plain]".into())));
        let call = Expression::Call("reference".into(), vec![Expression::Text("it''s".replace("''", "'"))]);
        let wanted = Expression::Element(
            Box::new(Expression::Property(Box::new(call), "keys".into())),
            Box::new(Expression::Number(0)),
        );
        assert_eq!(read("[ reference( 'it''s' ).keys[0] ]"), Ok(Written::Expression(wanted)));
    }

    #[test]
    fn what_cannot_be_read_is_refused_as_resource_manager_refuses_it() {
        for wrong in ["[concat('a']", "[concat('a' 'b')]", "[name]", "[]", "['a'.]", "[f(1) f(2)]", "['a]"] {
            assert_eq!(read(wrong).unwrap_err().code, "InvalidTemplate", "{wrong}");
        }
    }
}
