//! The whole extent of a node: the parser's places are those of operators and opening brackets.

use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use std::ops::Range;

/// From the first to the last byte of a node and everything under it.
pub(super) fn extent(source: &str, places: &SourceInfo, node: &IdedExpr) -> Range<usize> {
    let mut extent = own(source, places, node);
    for child in children(node) {
        let inner = self::extent(source, places, child);
        extent = extent.start.min(inner.start)..extent.end.max(inner.end);
    }
    if let Expr::Call(call) = &node.expr
        && call.func_name.starts_with(|first: char| first.is_ascii_alphabetic())
    {
        let closing = source[extent.end..].find(')').map_or(extent.end, |at| extent.end + at + 1);
        return extent.start..closing;
    }
    extent
}

fn own(source: &str, places: &SourceInfo, node: &IdedExpr) -> Range<usize> {
    let (first, last) = places.offset_for(node.id).unwrap_or((0, 0));
    let whole = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX).min(source.len());
    let (start, end) = (whole(first), whole(last.saturating_add(1)));
    let start = match &node.expr {
        Expr::Call(call) if call.target.is_none() => named(source, start, &call.func_name),
        Expr::Select(select) if select.test => named(source, start, "has"),
        _ => start,
    };
    let end = match &node.expr {
        Expr::Select(select) if select.test => source[end..].find(')').map_or(end, |at| end + at + 1),
        Expr::Select(select) => {
            source[end..].find(&select.field).map_or(end, |at| end + at + select.field.len())
        }
        Expr::List(_) => source[end..].find(']').map_or(end, |at| end + at + 1),
        _ => end,
    };
    boundary(source, start)..boundary(source, end)
}

/// Where the function's name begins, if it stands right before its opening bracket.
fn named(source: &str, bracket: usize, name: &str) -> usize {
    let before = source.get(..bracket).unwrap_or_default().trim_end();
    if before.ends_with(name) { before.len() - name.len() } else { bracket }
}

fn boundary(source: &str, mut at: usize) -> usize {
    while !source.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn children(node: &IdedExpr) -> Vec<&IdedExpr> {
    match &node.expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        _ => Vec::new(),
    }
}
