//! Targeting expressions: a subset of CEL, parsed by the `cel` crate and lowered to the conditions that core knows.
//!
//! | expression | meaning |
//! |---|---|
//! | `country == "IN"`, `18 <= age` | compares an attribute with a literal: `==` `!=` `<` `<=` `>` `>=` |
//! | `country in ["IN", "US"]` | whether it is one of several, all strings or all numbers |
//! | `mail.endsWith("@x.org")` | `startsWith`, `endsWith`, `contains` |
//! | `mail.matches("^[a-z]+@")` | a regular expression that matches somewhere |
//! | `app.version >= semver("2.4.0")` | compares versions |
//! | `born < timestamp("2008-01-01T00:00:00Z")`, `now >= timestamp(…)` | compares points in time; `now` is the time of the question |
//! | `ip.inNetwork("10.0.0.0/8")` | whether an address lies in a network, or in one of a list |
//! | `"beta" in tags`, `tags.hasAny(["a", "b"])`, `tags.hasAll([…])` | looks into a list of texts |
//! | `user in ["u_1", "u_2"]` | the id of a unit, which is text |
//! | `segment("internal")` | whether the unit belongs to a segment |
//! | `is_new` | the boolean attribute is true |
//! | `present(country)`, `has(app.version)` | whether the context holds the attribute |
//! | `app.version`, `attr("any name")` | attributes: nested ones, and those whose name is no identifier |
//! | `!a && (b \|\| c)`, `true` | logic, in Kleene's three values |
//!
//! Nothing is evaluated here; whatever lies outside the subset is an error at its place with what to write instead.

mod bound;
mod error;
mod extent;
mod functions;
mod lower;
mod parse;
pub mod pattern;
#[cfg(test)]
mod tests;

pub use error::{ExpressionError, ExpressionProblem};

use cel::common::ast::IdedExpr;
use edgewise_core::document::Condition;

/// The names that an expression may use besides those of attributes.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The unit types: their names are the context's ids.
    pub units: &'a [String],
    /// The ids of the segments.
    pub segments: &'a [String],
}

/// Reads an expression.
///
/// ```
/// use edgewise_control::expression::{Known, lower};
/// use edgewise_core::document::{Comparison, Condition, Literal, Operator};
///
/// let known = Known { units: &["user".into()], segments: &["internal".into()] };
/// let condition = lower(r#"app.plan == "pro""#, &known).unwrap();
/// assert_eq!(
///     condition,
///     Condition::Compare(Comparison {
///         attribute: vec!["app".into(), "plan".into()],
///         operator: Operator::Eq,
///         value: Literal::String("pro".into()),
///     })
/// );
/// let errors = lower(r#"country == "IN" && segment("staff")"#, &known).unwrap_err();
/// assert_eq!(errors[0].span, 27..34);
/// ```
#[allow(clippy::redundant_closure_for_method_calls, reason = "the method itself has one lifetime only")]
pub fn lower(source: &str, known: &Known<'_>) -> Result<Condition, Vec<ExpressionError>> {
    read(source, known, |lowering, expression| lowering.condition(expression))
}

/// Reads the name of one attribute, or of a unit type: its path.
pub fn attribute(source: &str, known: &Known<'_>) -> Result<Vec<String>, Vec<ExpressionError>> {
    read(source, known, |lowering, expression| lowering.attribute(expression).unwrap_or_default())
}

fn read<T: Send>(
    source: &str,
    known: &Known<'_>,
    lower: impl FnOnce(&mut lower::Lowering<'_>, &IdedExpr) -> T + Send,
) -> Result<T, Vec<ExpressionError>> {
    bound::check(source).map_err(|error| vec![error])?;
    let work = || {
        let parsed = parse::parse(source).map_err(|error| vec![error])?;
        let mut lowering = lower::Lowering::new(source, &parsed.places, known);
        let lowered = lower(&mut lowering, &parsed.expression);
        match lowering.into_errors() {
            errors if errors.is_empty() => Ok(lowered),
            errors => Err(errors),
        }
    };
    bound::run(work).unwrap_or_else(|error| Err(vec![error]))
}
