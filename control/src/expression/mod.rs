//! Targeting expressions: a subset of CEL, parsed by the `cel` crate and lowered to the conditions that core knows.
//!
//! | expression | meaning |
//! |---|---|
//! | `country == "IN"`, `18 <= age` | compares an attribute with a literal: `==` `!=` `<` `<=` `>` `>=` |
//! | `country in ["IN", "US"]` | whether it is one of several, all strings or all numbers |
//! | `mail.endsWith("@x.org")` | `startsWith`, `endsWith`, `contains` |
//! | `is_new` | the boolean attribute is true |
//! | `present(country)`, `has(app.version)` | whether the context holds the attribute |
//! | `app.version`, `attr("any name")` | attributes: nested ones, and those whose name is no identifier |
//! | `!a && (b \|\| c)`, `true` | logic, in Kleene's three values |
//!
//! Nothing is evaluated here; whatever lies outside the subset is an error at its place with what to write instead.

mod bound;
mod error;
mod extent;
mod lower;
mod parse;
#[cfg(test)]
mod tests;

pub use error::{ExpressionError, ExpressionProblem};

use edgewise_core::document::Condition;

/// Reads an expression. `units` are the unit types, whose names are no attributes.
///
/// ```
/// use edgewise_core::document::{Comparison, Condition, Literal, Operator};
///
/// let condition = edgewise_control::expression::lower(r#"app.plan == "pro""#, &["user".into()]).unwrap();
/// assert_eq!(
///     condition,
///     Condition::Compare(Comparison {
///         attribute: vec!["app".into(), "plan".into()],
///         operator: Operator::Eq,
///         value: Literal::String("pro".into()),
///     })
/// );
/// let errors = edgewise_control::expression::lower(r#"user == "u_1""#, &["user".into()]).unwrap_err();
/// assert_eq!(errors[0].span, 0..4);
/// ```
pub fn lower(source: &str, units: &[String]) -> Result<Condition, Vec<ExpressionError>> {
    bound::check(source).map_err(|error| vec![error])?;
    bound::run(|| lower_bounded(source, units)).unwrap_or_else(|error| Err(vec![error]))
}

fn lower_bounded(source: &str, units: &[String]) -> Result<Condition, Vec<ExpressionError>> {
    let parsed = parse::parse(source).map_err(|error| vec![error])?;
    let mut lowering = lower::Lowering::new(source, &parsed.places, units);
    let condition = lowering.condition(&parsed.expression);
    match lowering.into_errors() {
        errors if errors.is_empty() => Ok(condition),
        errors => Err(errors),
    }
}
