//! Text to CEL's syntax tree, and the parser's complaints in plainer words.

use super::{ExpressionError, ExpressionProblem};
use cel::{
    common::ast::{IdedExpr, SourceInfo},
    parser::{ParseErrors, Parser},
};

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
    let (kind, length) = if message.contains("<EOF>") && !message.starts_with("token recognition") {
        (ExpressionProblem::EndsEarly, 0)
    } else if message.contains("has() macro") {
        let needs = "an attribute inside another one";
        (ExpressionProblem::Arguments { function: "has".into(), needs }, 1)
    } else if let Some(word) = word(message, source, start) {
        let length = word.len();
        (ExpressionProblem::Unexpected(word), length)
    } else {
        (ExpressionProblem::Syntax(message.to_owned()), 1)
    };
    let start = start.min(source.trim_end().len());
    let mut end = (start + length).min(source.len());
    while !source.is_char_boundary(end) {
        end += 1;
    }
    let start = if start == end { last_character(source) } else { start };
    ExpressionError { kind, span: start..end }
}

/// Where the last character begins: an end needs something to underline.
fn last_character(source: &str) -> usize {
    source.trim_end().char_indices().next_back().map_or(0, |(at, _)| at)
}

/// The word that the parser could do nothing with.
fn word(message: &str, source: &str, start: usize) -> Option<String> {
    let quoted = ["token recognition error at: '", "extraneous input '", "mismatched input '"];
    if !quoted.iter().any(|beginning| message.starts_with(beginning))
        && !message.starts_with("no viable alternative")
    {
        return None;
    }
    let rest = source.get(start..)?;
    let first = rest.chars().next()?;
    let in_word = |character: char| character.is_alphanumeric() || character == '_';
    let length = match first {
        '"' | '\'' => rest.len(),
        first if in_word(first) => rest.find(|character| !in_word(character)).unwrap_or(rest.len()),
        first => first.len_utf8(),
    };
    Some(rest[..length].to_owned())
}

/// The byte at a line and column as the parser counts them: in characters from 1.
fn byte(source: &str, (line, column): (isize, isize)) -> usize {
    let before = |number: isize| usize::try_from(number - 1).unwrap_or(0);
    let start: usize = source.split_inclusive('\n').take(before(line)).map(str::len).sum();
    let rest = &source[start..];
    start + rest.chars().take(before(column)).map(char::len_utf8).sum::<usize>()
}
