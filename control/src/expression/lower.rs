//! The syntax tree to a condition, going on after an error so that all of them are found.

use super::{ExpressionError, ExpressionProblem, Known, extent::extent, functions::typed};
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo, operators};
use edgewise_core::document::{Comparison, Condition, Literal, Membership, Operator, TextOperator, TextTest};
use std::ops::Range;

/// The largest number up to which every integer is an `f64`: 2^53.
const EXACT_INTEGERS: u64 = 1 << 53;

/// What the time of the evaluation is called.
pub(super) const NOW: &str = "now";

/// One lowering under way.
pub(super) struct Lowering<'s> {
    source: &'s str,
    places: &'s SourceInfo,
    pub(super) known: &'s Known<'s>,
    errors: Vec<ExpressionError>,
}

/// An error that has been noted already.
pub(super) struct Noted;

impl<'s> Lowering<'s> {
    pub(super) fn new(source: &'s str, places: &'s SourceInfo, known: &'s Known<'s>) -> Self {
        Self { source, places, known, errors: Vec::new() }
    }

    pub(super) fn into_errors(self) -> Vec<ExpressionError> {
        self.errors
    }

    /// Lowers a node that must be a condition. After an error the answer means nothing.
    pub(super) fn condition(&mut self, node: &IdedExpr) -> Condition {
        self.try_condition(node).unwrap_or(Condition::Constant(false))
    }

    fn try_condition(&mut self, node: &IdedExpr) -> Result<Condition, Noted> {
        match &node.expr {
            Expr::Literal(LiteralValue::Boolean(value)) => Ok(Condition::Constant(*value.inner())),
            Expr::Literal(_) => self.fail(node, ExpressionProblem::NoCondition("a literal")),
            Expr::List(_) => self.fail(node, ExpressionProblem::NoCondition("a list")),
            Expr::Select(select) if select.test => self.has(node, select),
            Expr::Ident(_) | Expr::Select(_) => self.is_true(node),
            Expr::Call(call) => self.call(node, call),
            Expr::Comprehension(_) => self.fail(node, ExpressionProblem::OutsideSubset("a macro over lists")),
            _ => self.fail(node, ExpressionProblem::OutsideSubset("a map")),
        }
    }

    fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Result<Condition, Noted> {
        match (call.func_name.as_str(), &call.target, &call.args[..]) {
            (operators::LOGICAL_AND, None, [left, right]) => Ok(self.all(left, right)),
            (operators::LOGICAL_OR, None, [left, right]) => Ok(self.any(left, right)),
            (operators::LOGICAL_NOT, None, [inner]) => Ok(Condition::Not(Box::new(self.condition(inner)))),
            (operators::IN, None, [member, list]) => self.membership(node, member, list),
            ("present", None, [attribute]) => Ok(Condition::Present(self.attribute(attribute)?)),
            ("present", ..) => self.arguments(node, call, "the name of one attribute"),
            ("attr", None, _) => self.is_true(node),
            ("segment" | "matches" | "inNetwork" | "hasAny" | "hasAll", ..) => self.function(node, call),
            ("semver", ..) => self.fail(node, ExpressionProblem::NoCondition("a version")),
            ("timestamp", ..) => self.fail(node, ExpressionProblem::NoCondition("a point in time")),
            (name, target, arguments) => match (comparison(name), text(name), target, arguments) {
                (Some(operator), _, None, [left, right]) => self.compare(node, operator, left, right),
                (_, Some(operator), Some(attribute), [value]) => {
                    self.text(node, call, operator, attribute, value)
                }
                (_, Some(_), ..) => self.arguments(node, call, "an attribute before it and one string"),
                _ => self.foreign(node, call),
            },
        }
    }

    fn all(&mut self, left: &IdedExpr, right: &IdedExpr) -> Condition {
        let mut parts = match self.condition(left) {
            Condition::And(parts) => parts,
            part => vec![part],
        };
        match self.condition(right) {
            Condition::And(more) => parts.extend(more),
            part => parts.push(part),
        }
        Condition::And(parts)
    }

    fn any(&mut self, left: &IdedExpr, right: &IdedExpr) -> Condition {
        let mut parts = match self.condition(left) {
            Condition::Or(parts) => parts,
            part => vec![part],
        };
        match self.condition(right) {
            Condition::Or(more) => parts.extend(more),
            part => parts.push(part),
        }
        Condition::Or(parts)
    }

    fn is_true(&mut self, node: &IdedExpr) -> Result<Condition, Noted> {
        let attribute = self.attribute(node)?;
        self.no_unit(node, &attribute)?;
        Ok(Condition::Compare(Comparison { attribute, operator: Operator::Eq, value: Literal::Bool(true) }))
    }

    fn has(&mut self, node: &IdedExpr, select: &SelectExpr) -> Result<Condition, Noted> {
        let mut path = self.attribute(&select.operand)?;
        if path.is_empty() {
            return self.fail(node, ExpressionProblem::NoAttribute);
        }
        self.no_unit(&select.operand, &path)?;
        path.push(select.field.clone());
        Ok(Condition::Present(path))
    }

    fn compare(
        &mut self,
        node: &IdedExpr,
        operator: Operator,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Result<Condition, Noted> {
        let (attribute, operator, literal) = match (is_attribute(left), is_attribute(right)) {
            (true, true) => return self.fail(node, ExpressionProblem::TwoAttributes),
            (true, false) => (left, operator, right),
            (false, true) => (right, turned(operator), left),
            (false, false) => return self.neither(node, left, right),
        };
        if let Some(typed) = typed(literal) {
            return self.typed(attribute, operator, literal, typed);
        }
        let path = self.attribute(attribute);
        let value = self.literal(literal);
        let (path, value) = (path?, value?);
        if !matches!(value, Literal::String(_)) {
            self.no_unit(attribute, &path)?;
        }
        let ordered = !matches!(operator, Operator::Eq | Operator::Ne);
        if ordered && matches!(value, Literal::Bool(_)) {
            return self.fail(node, ExpressionProblem::BooleanOrder);
        }
        Ok(Condition::Compare(Comparison { attribute: path, operator, value }))
    }

    /// Neither side is an attribute: says so, or what else is wrong with the sides.
    fn neither(&mut self, node: &IdedExpr, left: &IdedExpr, right: &IdedExpr) -> Result<Condition, Noted> {
        let before = self.errors.len();
        for side in [left, right] {
            if !matches!(side.expr, Expr::Literal(_) | Expr::List(_)) && typed(side).is_none() {
                self.condition(side);
            }
        }
        if self.errors.len() > before { Err(Noted) } else { self.fail(node, ExpressionProblem::NoAttribute) }
    }

    fn membership(
        &mut self,
        node: &IdedExpr,
        member: &IdedExpr,
        list: &IdedExpr,
    ) -> Result<Condition, Noted> {
        let Expr::List(elements) = &list.expr else {
            return match (is_attribute(list), is_attribute(member)) {
                (true, true) => self.fail(node, ExpressionProblem::TwoAttributes),
                (true, false) => self.holds(list, member),
                (false, _) => self.fail(list, ExpressionProblem::NoLiteral),
            };
        };
        let attribute = if is_attribute(member) {
            self.attribute(member)
        } else {
            self.fail(member, ExpressionProblem::NoAttribute)
        };
        if elements.elements.is_empty() {
            return self.fail(list, ExpressionProblem::EmptyList);
        }
        let values: Vec<_> = elements.elements.iter().map(|element| self.literal(element)).collect();
        let values = values.into_iter().collect::<Result<Vec<_>, _>>()?;
        let strings = values.iter().all(|value| matches!(value, Literal::String(_)));
        let numbers = values.iter().all(|value| matches!(value, Literal::Number(_)));
        if !strings && !numbers {
            return self.fail(list, ExpressionProblem::MixedList);
        }
        let attribute = attribute?;
        if numbers {
            self.no_unit(member, &attribute)?;
        }
        Ok(Condition::In(Membership { attribute, values }))
    }

    fn text(
        &mut self,
        node: &IdedExpr,
        call: &CallExpr,
        operator: TextOperator,
        attribute: &IdedExpr,
        value: &IdedExpr,
    ) -> Result<Condition, Noted> {
        if !is_attribute(attribute) {
            return self.arguments(node, call, "an attribute before it");
        }
        let attribute = self.attribute(attribute);
        let Expr::Literal(LiteralValue::String(value)) = &value.expr else {
            return self.fail(
                value,
                ExpressionProblem::Arguments { function: call.func_name.clone(), needs: "one string" },
            );
        };
        Ok(Condition::Text(TextTest { attribute: attribute?, operator, value: value.inner().to_owned() }))
    }

    /// The path of an attribute, or the name of a unit type.
    pub(super) fn attribute(&mut self, node: &IdedExpr) -> Result<Vec<String>, Noted> {
        match &node.expr {
            Expr::Ident(name) if name == NOW => self.fail(node, ExpressionProblem::Now),
            Expr::Ident(name) => Ok(vec![name.clone()]),
            Expr::Select(select) if !select.test => {
                let mut path = self.attribute(&select.operand)?;
                self.no_unit(&select.operand, &path)?;
                path.push(select.field.clone());
                Ok(path)
            }
            Expr::Call(call) if call.func_name == "attr" && call.target.is_none() => match &call.args[..] {
                [IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }]
                    if !name.inner().is_empty() =>
                {
                    Ok(vec![name.inner().to_owned()])
                }
                _ => self.arguments(node, call, "one string, the attribute's name"),
            },
            Expr::Call(call) if call.func_name == operators::INDEX => {
                self.fail(node, ExpressionProblem::OutsideSubset("an index"))
            }
            _ => self.fail(node, ExpressionProblem::NoAttribute),
        }
    }

    /// Refuses a unit type where something else than text is asked of it.
    pub(super) fn no_unit(&mut self, node: &IdedExpr, path: &[String]) -> Result<(), Noted> {
        match path {
            [name] if self.known.units.contains(name) => {
                self.fail(node, ExpressionProblem::UnitType(name.clone()))
            }
            _ => Ok(()),
        }
    }

    fn literal(&mut self, node: &IdedExpr) -> Result<Literal, Noted> {
        match &node.expr {
            Expr::Literal(LiteralValue::Boolean(value)) => Ok(Literal::Bool(*value.inner())),
            Expr::Literal(LiteralValue::String(value)) => Ok(Literal::String(value.inner().to_owned())),
            Expr::Literal(LiteralValue::Int(value)) => {
                let (magnitude, negative) = (value.inner().unsigned_abs(), value.inner().is_negative());
                self.integer(node, magnitude, negative)
            }
            Expr::Literal(LiteralValue::UInt(value)) => self.integer(node, *value.inner(), false),
            Expr::Literal(LiteralValue::Double(value)) if value.inner().is_finite() => {
                Ok(Literal::Number(*value.inner()))
            }
            Expr::Literal(LiteralValue::Double(value)) => {
                self.fail(node, ExpressionProblem::Inexact(value.inner().to_string()))
            }
            Expr::Literal(LiteralValue::Null) => self.fail(node, ExpressionProblem::Null),
            Expr::Call(call) => self.foreign(node, call),
            _ => self.fail(node, ExpressionProblem::NoLiteral),
        }
    }

    fn integer(&mut self, node: &IdedExpr, magnitude: u64, negative: bool) -> Result<Literal, Noted> {
        if magnitude > EXACT_INTEGERS {
            let sign = if negative { "-" } else { "" };
            return self.fail(node, ExpressionProblem::Inexact(format!("{sign}{magnitude}")));
        }
        #[allow(clippy::cast_precision_loss, reason = "bounded by EXACT_INTEGERS")]
        let number = magnitude as f64;
        Ok(Literal::Number(if negative { -number } else { number }))
    }

    pub(super) fn arguments<T>(
        &mut self,
        node: &IdedExpr,
        call: &CallExpr,
        needs: &'static str,
    ) -> Result<T, Noted> {
        self.fail(node, ExpressionProblem::Arguments { function: call.func_name.clone(), needs })
    }

    /// A call that the subset does not know.
    pub(super) fn foreign<T>(&mut self, node: &IdedExpr, call: &CallExpr) -> Result<T, Noted> {
        let problem = match call.func_name.as_str() {
            operators::CONDITIONAL => ExpressionProblem::OutsideSubset("the conditional operator"),
            operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT => {
                ExpressionProblem::OutsideSubset("an index")
            }
            operators::ADD
            | operators::SUBSTRACT
            | operators::MULTIPLY
            | operators::DIVIDE
            | operators::MODULO
            | operators::NEGATE => ExpressionProblem::OutsideSubset("arithmetic"),
            name if name.starts_with(|first: char| first.is_ascii_alphabetic()) => {
                ExpressionProblem::UnknownFunction(name.to_owned())
            }
            _ => ExpressionProblem::NoLiteral,
        };
        self.fail(node, problem)
    }

    pub(super) fn fail<T>(&mut self, node: &IdedExpr, kind: ExpressionProblem) -> Result<T, Noted> {
        let span = self.extent(node);
        self.fail_at(span, kind)
    }

    pub(super) fn fail_at<T>(&mut self, span: Range<usize>, kind: ExpressionProblem) -> Result<T, Noted> {
        self.errors.push(ExpressionError { kind, span });
        Err(Noted)
    }

    /// Where a node stands.
    pub(super) fn extent(&self, node: &IdedExpr) -> Range<usize> {
        extent(self.source, self.places, node)
    }

    /// What a node looks like.
    pub(super) fn written(&self, node: &IdedExpr) -> &'s str {
        self.source.get(self.extent(node)).unwrap_or_default()
    }
}

/// Whether a node is meant as an attribute.
pub(super) fn is_attribute(node: &IdedExpr) -> bool {
    match &node.expr {
        Expr::Ident(_) => true,
        Expr::Select(select) => !select.test && is_attribute(&select.operand),
        Expr::Call(call) => call.func_name == "attr" || call.func_name == operators::INDEX,
        _ => false,
    }
}

fn comparison(function: &str) -> Option<Operator> {
    Some(match function {
        operators::EQUALS => Operator::Eq,
        operators::NOT_EQUALS => Operator::Ne,
        operators::LESS => Operator::Lt,
        operators::LESS_EQUALS => Operator::Le,
        operators::GREATER => Operator::Gt,
        operators::GREATER_EQUALS => Operator::Ge,
        _ => return None,
    })
}

fn text(function: &str) -> Option<TextOperator> {
    Some(match function {
        "startsWith" => TextOperator::StartsWith,
        "endsWith" => TextOperator::EndsWith,
        "contains" => TextOperator::Contains,
        _ => return None,
    })
}

/// The operator with its sides exchanged: `1 < x` is `x > 1`.
fn turned(operator: Operator) -> Operator {
    match operator {
        Operator::Lt => Operator::Gt,
        Operator::Le => Operator::Ge,
        Operator::Gt => Operator::Lt,
        Operator::Ge => Operator::Le,
        same => same,
    }
}
