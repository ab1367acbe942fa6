//! Text to CEL's syntax tree, and the parser's complaints in plainer words.

use super::{ExpressionError, ExpressionProblem};
use cel::{
    common::ast::{IdedExpr, SourceInfo},
    parser::{ParseErrors, Parser},
};
use std::ops::Range;

/// A syntax tree and where its nodes stand.
pub(super) struct Parsed {
    pub(super) expression: IdedExpr,
    pub(super) places: SourceInfo,
}

/// Parses an expression. The first complaint counts; the others mostly follow from it.
pub(super) fn parse(source: &str) -> Result<Parsed, ExpressionError> {
    if source.trim().is_empty() {
        return Err(ExpressionError { kind: ExpressionProblem::Empty, span: 0..source.len() });
    }
    match Parser::new().parse_with_source_info(source) {
        Ok((expression, places)) => Ok(Parsed { expression, places }),
        Err(errors) => Err(plain(source, &errors)),
    }
}

fn plain(source: &str, errors: &ParseErrors) -> ExpressionError {
    let Some(error) = errors.errors.first() else {
        return ExpressionError {
            kind: ExpressionProblem::Syntax("unreadable".into()),
            span: 0..source.len(),
        };
    };
    let start = byte(source, error.pos);
    let message = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg);
    if message.contains("input '<EOF>'") {
        return ExpressionError { kind: ExpressionProblem::EndsEarly, span: last_character(source) };
    }
    let first = source[start..].chars().next().map_or(0, char::len_utf8);
    let (kind, length) = if message.contains("has() macro") {
        let needs = "an attribute inside another one";
        (ExpressionProblem::Arguments { function: "has".into(), needs }, first)
    } else if let Some(word) = word(message, &source[start..]) {
        (ExpressionProblem::Unexpected(word.to_owned()), word.len())
    } else {
        (ExpressionProblem::Syntax(message.to_owned()), first)
    };
    let span = if length == 0 { last_character(source) } else { start..start + length };
    ExpressionError { kind, span }
}

/// The last character that is not white: an end needs something to underline.
fn last_character(source: &str) -> Range<usize> {
    let end = source.trim_end().len();
    let start = source[..end].char_indices().next_back().map_or(0, |(at, _)| at);
    start..end
}

/// The word that the parser could do nothing with.
fn word<'s>(message: &str, rest: &'s str) -> Option<&'s str> {
    let beginnings =
        ["token recognition error", "extraneous input", "mismatched input", "no viable alternative"];
    if !beginnings.iter().any(|beginning| message.starts_with(beginning)) {
        return None;
    }
    let first = rest.chars().next()?;
    let in_word = |character: char| character.is_alphanumeric() || character == '_';
    let length = match first {
        '"' | '\'' => rest.trim_end().len(),
        first if in_word(first) => rest.find(|character| !in_word(character)).unwrap_or(rest.len()),
        first => first.len_utf8(),
    };
    rest.get(..length)
}

/// The byte at a line and column as the parser counts them: in characters from 1.
fn byte(source: &str, (line, column): (isize, isize)) -> usize {
    let before = |number: isize| usize::try_from(number - 1).unwrap_or(0);
    let start: usize = source.split_inclusive('\n').take(before(line)).map(str::len).sum();
    let rest = &source[start..];
    start + rest.chars().take(before(column)).map(char::len_utf8).sum::<usize>()
}
