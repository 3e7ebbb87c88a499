//! Arithmetic that can't be read, or whose names and terms don't match.
//!
//! Why: a name without a term has no values; a term without a use is fetched and paid for, and usually shows that the
//! expression means something else than was intended.
//! Mend: write numbers, names, `+ - * /` and parentheses, and give each name exactly one entry under `terms`.

use std::collections::BTreeSet;

use crate::diagnostics::finding::Finding;
use crate::diagnostics::listing::listed;
use crate::diagnostics::nearest::nearest;
use crate::model::expression::Expression;
use crate::model::metric::TermName;
use crate::model::stack::Stack;

use super::watched::watches;

pub(super) const CODE: &str = "math-expression";

pub(super) fn check(stack: &Stack) -> Vec<Finding> {
    let mut findings = Vec::new();
    for watch in watches(stack) {
        let Some(math) = watch.math else { continue };
        let at = |rest: &[&str]| {
            let rest = rest.iter().map(|part| (*part).to_owned());
            watch.path.iter().cloned().chain(["math".to_owned()]).chain(rest).collect::<Vec<_>>()
        };
        let expression = match Expression::parse(&math.expression) {
            Ok(expression) => expression,
            Err(error) => {
                findings.push(
                    Finding::error(CODE, at(&["expression"]), format!("`{}` isn't arithmetic", math.expression))
                        .why(error.to_string())
                        .fix("write numbers, the names of terms, + - * / and parentheses, such as errors / requests * 100"),
                );
                continue;
            }
        };
        let used = expression.terms();
        let given: BTreeSet<&TermName> = math.terms.keys().collect();
        for name in used.difference(&given) {
            let near = nearest(name.as_str(), given.iter().map(|one| one.as_str()));
            findings.push(
                Finding::error(CODE, at(&["expression"]), format!("the name `{name}` stands for nothing"))
                    .why("no entry under `terms` has that name")
                    .fix(match near {
                        Some(near) => format!("did you mean `{near}`? Otherwise add `{name}` to `terms`"),
                        None => format!("add `{name}` to `terms`"),
                    }),
            );
        }
        for name in given.difference(&used) {
            findings.push(
                Finding::error(CODE, at(&["terms", name.as_str()]), format!("the term `{name}` isn't used"))
                    .why(match used.is_empty() {
                        true => "the expression has no names".to_owned(),
                        false => format!("the expression has {}", listed(used.iter().map(|one| format!("`{one}`")))),
                    })
                    .fix("use it in the expression, or remove it"),
            );
        }
    }
    findings
}
