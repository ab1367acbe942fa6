//! Conditions as expressions spell them.

use crate::{Condition, List, Node, Operand, Subject, Test, TestOperator};
use core::fmt::{self, Display as _};

impl TestOperator {
    /// As expressions spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::Contains => "contains",
            Self::Matches => "matches",
            Self::InNetwork => "inNetwork",
            Self::HasAny => "hasAny",
            Self::HasAll => "hasAll",
        }
    }

    const fn is_method(self) -> bool {
        matches!(
            self,
            Self::StartsWith
                | Self::EndsWith
                | Self::Contains
                | Self::Matches
                | Self::InNetwork
                | Self::HasAny
                | Self::HasAll
        )
    }
}

/// As an expression; parentheses stand where they are needed.
impl fmt::Display for Condition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.node() {
            Node::Constant(value) => value.fmt(f),
            Node::And(children) => joined(f, " && ", "true", children.iter()),
            Node::Or(children) => joined(f, " || ", "false", children.iter()),
            Node::Not(child) => {
                f.write_str("!")?;
                child.bracketed(f)
            }
            Node::Segment(segment) => write!(f, "segment({:?})", segment.id()),
            Node::Test(test) => test.fmt(f),
        }
    }
}

impl Condition<'_> {
    /// What is more than one word in brackets.
    fn bracketed(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alone = match self.node() {
            Node::And(children) | Node::Or(children) => children.iter().len() == 0,
            Node::Test(test) => test.operator().is_method() || test.operator() == TestOperator::Present,
            Node::Constant(_) | Node::Not(_) | Node::Segment(_) => true,
        };
        if alone { self.fmt(f) } else { write!(f, "({self})") }
    }
}

fn joined<'a>(
    f: &mut fmt::Formatter<'_>,
    operator: &str,
    empty: &str,
    children: impl ExactSizeIterator<Item = Condition<'a>>,
) -> fmt::Result {
    if children.len() == 0 {
        return f.write_str(empty);
    }
    for (index, child) in children.enumerate() {
        if index > 0 {
            f.write_str(operator)?;
        }
        match child.node() {
            Node::And(_) | Node::Or(_) => child.bracketed(f)?,
            _ => child.fmt(f)?,
        }
    }
    Ok(())
}

/// As expressions spell it; of a long list only the beginning.
impl fmt::Display for Test<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (subject, operator, operand) = (self.subject(), self.operator(), self.operand());
        match operator {
            TestOperator::Present => write!(f, "present({subject})"),
            _ if operator.is_method() => write!(f, "{subject}.{}({operand})", operator.as_str()),
            _ => write!(f, "{subject} {} {operand}", operator.as_str()),
        }
    }
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Attribute(attribute) => attribute.name(),
            Self::Unit(name) => name,
            Self::Now => "now",
        })
    }
}

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Bool(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::String(text) => write!(f, "{text:?}"),
            Self::Version(text) => write!(f, "semver({text:?})"),
            Self::Instant(seconds, 0) => write!(f, "timestamp({seconds})"),
            Self::Instant(seconds, nanoseconds) => write!(f, "timestamp({seconds}.{nanoseconds:09})"),
            Self::List(list) => list.fmt(f),
            Self::Hidden(hidden) => write!(f, "[{} hidden]", hidden.hashes().len()),
            Self::Networks(networks) => write!(f, "[{} networks]", networks.ranges().len()),
        }
    }
}

/// How many items of a list are written out.
const ITEMS_SHOWN: usize = 8;

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left_out = self.items().len().saturating_sub(ITEMS_SHOWN);
        f.write_str("[")?;
        for (index, item) in self.items().take(ITEMS_SHOWN).enumerate() {
            write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
        }
        if left_out > 0 {
            write!(f, ", and {left_out} more")?;
        }
        f.write_str("]")
    }
}
