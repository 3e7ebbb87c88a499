//! Arithmetic over measurements, such as `errors / requests * 100`.

use std::collections::BTreeSet;

use super::metric::TermName;

/// Arithmetic over named terms.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A number.
    Number(f64),
    /// A term, by its name.
    Term(TermName),
    /// Something taken with the other sign.
    Negative(Box<Expression>),
    /// Two parts joined.
    Joined(Box<Expression>, Operator, Box<Expression>),
}

/// What joins two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Over,
}

/// Text that isn't arithmetic.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at character {at}")]
pub struct ExpressionError {
    /// The character, counted from one.
    pub at: usize,
    /// What is wrong there.
    pub what: String,
}

/// The longest expression, in bytes; what recursion goes by.
const LONGEST: usize = 256;

impl Expression {
    /// Reads an expression: numbers, names, `+ - * /` with the usual precedence, parentheses.
    ///
    /// # Errors
    /// Where the text isn't one; with the place and what was expected there.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > LONGEST {
            return Err(ExpressionError { at: LONGEST + 1, what: format!("more than {LONGEST} characters") });
        }
        let mut reader = Reader { text: text.as_bytes(), at: 0 };
        let expression = reader.sum()?;
        match reader.peek() {
            None => Ok(expression),
            Some(b')') => Err(reader.wrong("a `)` that closes nothing")),
            Some(_) => Err(reader.wrong("an operator is missing")),
        }
    }

    /// The names of its terms.
    pub fn terms(&self) -> BTreeSet<&TermName> {
        match self {
            Expression::Number(_) => BTreeSet::new(),
            Expression::Term(name) => BTreeSet::from([name]),
            Expression::Negative(inner) => inner.terms(),
            Expression::Joined(left, _, right) => left.terms().into_iter().chain(right.terms()).collect(),
        }
    }
}

struct Reader<'text> {
    text: &'text [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn wrong(&self, what: impl Into<String>) -> ExpressionError {
        ExpressionError { at: self.at + 1, what: what.into() }
    }

    fn sum(&mut self) -> Result<Expression, ExpressionError> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                Some(b'+') => Operator::Plus,
                Some(b'-') => Operator::Minus,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Expression::Joined(Box::new(left), operator, Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expression, ExpressionError> {
        let mut left = self.part()?;
        loop {
            let operator = match self.peek() {
                Some(b'*') => Operator::Times,
                Some(b'/') => Operator::Over,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Expression::Joined(Box::new(left), operator, Box::new(self.part()?));
        }
    }

    fn part(&mut self) -> Result<Expression, ExpressionError> {
        match self.peek() {
            Some(b'-') => {
                self.at += 1;
                Ok(Expression::Negative(Box::new(self.part()?)))
            }
            Some(b'(') => {
                self.at += 1;
                let inner = self.sum()?;
                if self.peek() != Some(b')') {
                    return Err(self.wrong("a `)` is missing"));
                }
                self.at += 1;
                Ok(inner)
            }
            Some(first) if first.is_ascii_digit() || first == b'.' => {
                let word = self.word();
                let digits = !word.starts_with('.') && !word.ends_with('.');
                match word.parse() {
                    Ok(number) if digits && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
                        Ok(Expression::Number(number))
                    }
                    _ => {
                        Err(ExpressionError { at: self.at + 1 - word.len(), what: format!("`{word}` isn't a number") })
                    }
                }
            }
            Some(first) if first.is_ascii_lowercase() => {
                let word = self.word();
                let name = word.parse().map_err(|_| ExpressionError {
                    at: self.at + 1 - word.len(),
                    what: format!("`{word}` isn't the name of a term"),
                })?;
                Ok(Expression::Term(name))
            }
            Some(_) => Err(self.wrong("a number, a name or a `(` is missing")),
            None => Err(self.wrong("it ends where a number, a name or a `(` is missing")),
        }
    }

    /// Letters, digits, underscores and points from here on.
    fn word(&mut self) -> String {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length =
            rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(**byte, b'_' | b'.')).count();
        self.at += length;
        String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written out with every parenthesis.
    fn spelt(text: &str) -> String {
        fn spell(expression: &Expression) -> String {
            match expression {
                Expression::Number(number) => number.to_string(),
                Expression::Term(name) => name.to_string(),
                Expression::Negative(inner) => format!("-{}", spell(inner)),
                Expression::Joined(left, operator, right) => {
                    let sign = match operator {
                        Operator::Plus => '+',
                        Operator::Minus => '-',
                        Operator::Times => '*',
                        Operator::Over => '/',
                    };
                    format!("({}{sign}{})", spell(left), spell(right))
                }
            }
        }
        spell(&Expression::parse(text).unwrap())
    }

    #[test]
    fn products_bind_closer_than_sums_and_both_go_from_the_left() {
        assert_eq!(spelt("a + b * c - d"), "((a+(b*c))-d)");
        assert_eq!(spelt("a / b / c"), "((a/b)/c)");
        assert_eq!(spelt("100 * (ok - bad) / -all_of_them"), "((100*(ok-bad))/-all_of_them)");
    }

    #[test]
    fn what_is_not_arithmetic_is_refused_at_its_place() {
        for (text, at, what) in [
            ("", 1, "it ends where a number, a name or a `(` is missing"),
            ("a +", 4, "it ends where a number, a name or a `(` is missing"),
            ("a b", 3, "an operator is missing"),
            ("(a", 3, "a `)` is missing"),
            ("a)", 2, "a `)` that closes nothing"),
            ("a * * b", 5, "a number, a name or a `(` is missing"),
            ("1.2.3", 1, "`1.2.3` isn't a number"),
            ("2x", 1, "`2x` isn't a number"),
            ("a.b", 1, "`a.b` isn't the name of a term"),
        ] {
            let error = Expression::parse(text).unwrap_err();
            assert_eq!((error.at, error.what.as_str()), (at, what), "{text}");
        }
    }

    #[test]
    fn a_deep_expression_is_refused_before_it_is_read() {
        assert!(Expression::parse(&"(".repeat(100_000)).is_err());
        assert!(Expression::parse(&"-".repeat(100_000)).is_err());
    }
}
