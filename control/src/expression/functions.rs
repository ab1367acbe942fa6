//! The functions of the subset: segments, regular expressions, versions, instants, networks, lists of text.

use super::{
    ExpressionProblem,
    lower::{Lowering, NOW, Noted, is_attribute},
    pattern,
};
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};
use edgewise_core::{
    address,
    document::{Condition, ListOperator, ListTest, NetworkTest, Operator, PatternTest, TextComparison},
    semver::is_version,
    timestamp::Timestamp,
};
use std::ops::Range;

/// A literal with a type: `semver("2.4.0")`, `timestamp("2026-01-05T00:00:00Z")`.
#[derive(Clone, Copy)]
pub(super) enum Typed<'n> {
    Version(&'n CallExpr),
    Instant(&'n CallExpr),
}

/// Whether a node is meant as a literal with a type.
pub(super) fn typed(node: &IdedExpr) -> Option<Typed<'_>> {
    match &node.expr {
        Expr::Call(call) if call.func_name == "semver" => Some(Typed::Version(call)),
        Expr::Call(call) if call.func_name == "timestamp" => Some(Typed::Instant(call)),
        _ => None,
    }
}

impl Lowering<'_> {
    /// Compares an attribute, or `now`, with a literal that has a type.
    pub(super) fn typed(
        &mut self,
        attribute: &IdedExpr,
        operator: Operator,
        literal: &IdedExpr,
        typed: Typed<'_>,
    ) -> Result<Condition, Noted> {
        let is_now = matches!(&attribute.expr, Expr::Ident(name) if name == NOW);
        let path = match typed {
            Typed::Instant(_) if is_now => Ok(Vec::new()),
            _ => self.attribute(attribute),
        };
        let (Typed::Version(call) | Typed::Instant(call)) = typed;
        let (None, [argument]) = (&call.target, &call.args[..]) else {
            return self.arguments(literal, call, "one string");
        };
        let Some(value) = string(argument) else { return self.arguments(literal, call, "one string") };
        let fits = match typed {
            Typed::Version(_) => is_version(value.as_bytes()),
            Typed::Instant(_) => Timestamp::parse(value.as_bytes()).is_some(),
        };
        let value = value.to_owned();
        match typed {
            Typed::Version(_) if !fits => self.fail(argument, ExpressionProblem::Version(value)),
            Typed::Instant(_) if !fits => self.fail(argument, ExpressionProblem::Instant(value)),
            Typed::Version(_) => Ok(Condition::Semver(TextComparison { attribute: path?, operator, value })),
            Typed::Instant(_) => {
                Ok(Condition::Timestamp(TextComparison { attribute: path?, operator, value }))
            }
        }
    }

    /// A call that is a condition by itself: `f(attribute, value)` or `attribute.f(value)`.
    pub(super) fn function(&mut self, node: &IdedExpr, call: &CallExpr) -> Result<Condition, Noted> {
        let name = call.func_name.as_str();
        if name == "segment" {
            return self.segment(node, call);
        }
        let (attribute, value) = match (call.target.as_deref(), &call.args[..]) {
            (Some(attribute), [value]) | (None, [attribute, value]) if is_attribute(attribute) => {
                (attribute, value)
            }
            _ => {
                let needs = match name {
                    "matches" => "an attribute and one string",
                    "inNetwork" => "an attribute and one string or a list of strings",
                    _ => "an attribute and a list of strings",
                };
                return self.arguments(node, call, needs);
            }
        };
        let path = self.attribute(attribute);
        match name {
            "matches" => self.matches(path, call, value),
            "inNetwork" => self.network(path, call, value),
            _ => {
                let operator = if name == "hasAll" { ListOperator::All } else { ListOperator::Any };
                let values = self.strings(call, value)?.into_iter().map(|(text, _)| text).collect();
                let path = path?;
                self.no_unit(attribute, &path)?;
                Ok(Condition::Holds(ListTest { attribute: path, operator, values }))
            }
        }
    }

    /// `"beta" in tags`.
    pub(super) fn holds(&mut self, list: &IdedExpr, member: &IdedExpr) -> Result<Condition, Noted> {
        let path = self.attribute(list)?;
        self.no_unit(list, &path)?;
        match string(member) {
            Some(text) => Ok(Condition::Holds(ListTest {
                attribute: path,
                operator: ListOperator::Any,
                values: vec![text.to_owned()],
            })),
            None => self.fail(member, ExpressionProblem::ListOfText),
        }
    }

    fn segment(&mut self, node: &IdedExpr, call: &CallExpr) -> Result<Condition, Noted> {
        let (None, [argument]) = (&call.target, &call.args[..]) else {
            return self.arguments(node, call, "one string, the segment's id");
        };
        match string(argument) {
            None => self.arguments(node, call, "one string, the segment's id"),
            Some(id) if self.known.segments.iter().any(|known| known == id) => {
                Ok(Condition::Segment(id.to_owned()))
            }
            Some(id) => {
                let known = self.known.segments.iter().map(String::as_str);
                let advice = crate::project::advice(id, "segments", known);
                self.fail(argument, ExpressionProblem::UnknownSegment { segment: id.to_owned(), advice })
            }
        }
    }

    fn matches(
        &mut self,
        path: Result<Vec<String>, Noted>,
        call: &CallExpr,
        value: &IdedExpr,
    ) -> Result<Condition, Noted> {
        let Some(pattern) = string(value) else {
            return self.arguments(value, call, "an attribute and one string");
        };
        match pattern::build(pattern) {
            Ok(table) => {
                Ok(Condition::Matches(PatternTest { attribute: path?, pattern: pattern.to_owned(), table }))
            }
            Err(error) => {
                let span = error.span().and_then(|part| self.inside(value, pattern, part));
                let span = span.unwrap_or_else(|| self.extent(value));
                self.fail_at(span, ExpressionProblem::Pattern(error))
            }
        }
    }

    /// Where a part of a string literal stands, if it is written as it is.
    fn inside(&self, literal: &IdedExpr, value: &str, part: Range<usize>) -> Option<Range<usize>> {
        let start = self.extent(literal).start + self.written(literal).find(value)?;
        Some(start + part.start..start + part.end)
    }

    fn network(
        &mut self,
        path: Result<Vec<String>, Noted>,
        call: &CallExpr,
        value: &IdedExpr,
    ) -> Result<Condition, Noted> {
        let networks = match string(value) {
            Some(network) => vec![(network.to_owned(), value)],
            None => self.strings(call, value)?,
        };
        let before = networks.len();
        let mut checked = Vec::with_capacity(before);
        for (network, node) in networks {
            if address::network(network.as_bytes()).is_some() {
                checked.push(network);
            } else {
                let _noted: Result<(), Noted> = self.fail(node, ExpressionProblem::Network(network));
            }
        }
        if checked.len() < before {
            return Err(Noted);
        }
        Ok(Condition::Network(NetworkTest { attribute: path?, networks: checked }))
    }

    /// The strings of a list, at least one, each with its node.
    fn strings<'n>(
        &mut self,
        call: &CallExpr,
        node: &'n IdedExpr,
    ) -> Result<Vec<(String, &'n IdedExpr)>, Noted> {
        let Expr::List(list) = &node.expr else {
            return self.arguments(node, call, "a list of strings");
        };
        if list.elements.is_empty() {
            return self.fail(node, ExpressionProblem::EmptyList);
        }
        let strings: Option<Vec<_>> =
            list.elements.iter().map(|element| Some((string(element)?.to_owned(), element))).collect();
        match strings {
            Some(strings) => Ok(strings),
            None => self.arguments(node, call, "a list of strings"),
        }
    }
}

fn string(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(value)) => Some(value.inner()),
        _ => None,
    }
}
