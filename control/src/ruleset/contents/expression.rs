//! Conditions of a ruleset as expressions, whole: core's own spelling cuts long lists short.

use super::Expression;
use edgewise_core::{Children, Condition, List, Node, Operand, Test, TestOperator};
use jiff::{Span, Timestamp};
use std::collections::BTreeSet;

/// How tightly a part of an expression holds together: what binds less needs parentheses inside what binds more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Not,
}

/// The whole tree. Its depth is bounded by the format, so the recursion is.
pub(super) fn expression(condition: Condition<'_>) -> Expression {
    let mut segments = BTreeSet::new();
    let text = tree(condition, Binding::Or, &mut segments);
    Expression { text, segments: segments.into_iter().collect() }
}

fn tree(condition: Condition<'_>, around: Binding, segments: &mut BTreeSet<String>) -> String {
    match condition.node() {
        Node::Constant(value) => value.to_string(),
        Node::And(children) => connective(children, Binding::And, around, segments),
        Node::Or(children) => connective(children, Binding::Or, around, segments),
        Node::Not(inner) => format!("!{}", tree(inner, Binding::Not, segments)),
        Node::Segment(segment) => {
            segments.insert(segment.id().to_owned());
            format!("segment({:?})", segment.id())
        }
        Node::Test(test) => {
            let (spelled, is_comparison) = spelled(test);
            // A comparison after `!` would read as if it began with the negated attribute.
            if is_comparison && around == Binding::Not { format!("({spelled})") } else { spelled }
        }
    }
}

fn connective(
    children: Children<'_>,
    own: Binding,
    around: Binding,
    segments: &mut BTreeSet<String>,
) -> String {
    let (sign, empty) = if own == Binding::And { (" && ", "true") } else { (" || ", "false") };
    let children: Vec<_> = children.iter().collect();
    match children.as_slice() {
        [] => empty.to_owned(),
        [only] => tree(*only, around, segments),
        children => {
            let written: Vec<_> = children.iter().map(|child| tree(*child, own, segments)).collect();
            let text = written.join(sign);
            if own < around { format!("({text})") } else { text }
        }
    }
}

/// One test, and whether it is a comparison, with an operator between its sides.
fn spelled(test: Test<'_>) -> (String, bool) {
    use TestOperator::{Contains, EndsWith, HasAll, HasAny, InNetwork, Matches, Present, StartsWith};
    let (subject, operator) = (test.subject(), test.operator());
    let operand = match test.operand() {
        Operand::List(list) => items(list),
        Operand::Instant(seconds, nanoseconds) => instant(seconds, nanoseconds),
        operand => operand.to_string(),
    };
    match operator {
        Present => (format!("present({subject})"), false),
        StartsWith | EndsWith | Contains | Matches | InNetwork | HasAny | HasAll => {
            (format!("{subject}.{}({operand})", operator.as_str()), false)
        }
        _ => (format!("{subject} {} {operand}", operator.as_str()), true),
    }
}

fn items(list: List<'_>) -> String {
    let items: Vec<_> = list.items().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(", "))
}

fn instant(seconds: i64, nanoseconds: u32) -> String {
    let whole = Timestamp::from_second(seconds).ok();
    match whole.and_then(|time| time.checked_add(Span::new().nanoseconds(nanoseconds)).ok()) {
        Some(time) => format!("timestamp(\"{time}\")"),
        None => format!("timestamp({seconds}.{nanoseconds:09})"),
    }
}
