//! Regular expressions, turned into the tables that core walks: see [`edgewise_core::pattern`].
//!
//! The syntax is that of the `regex` crate, and but for details that of RE2: Unicode unless `(?-u)` says otherwise, no
//! look-around, no back-references. A pattern matches if it does so anywhere in a text; `^` and `$` tie it down. Every
//! pattern ends in a table or in an error, within [`BUILD_BYTES`] for each step. Nothing is matched here.

mod error;
mod minimal;
mod table;
#[cfg(test)]
mod tests;
mod word_boundary;

pub use error::PatternError;

use regex_automata::{
    dfa::{StartKind, dense},
    nfa::thompson::{self, WhichCaptures},
};
use regex_syntax::{
    ast::{Ast, Span, parse::ParserBuilder},
    hir::{Dot, Hir, Look, Repetition, translate::TranslatorBuilder},
};
use std::fmt::Display;

/// The longest pattern in bytes: a list of a hundred words.
pub const MAX_PATTERN_BYTES: usize = 1024;

/// The most that one step of building may take: the automaton with choices, the sets of its states, and the automaton
/// without choices, each. The last takes two to four times its table before states are merged, so that the largest table
/// that core allows has room four times over.
pub const BUILD_BYTES: usize = 1 << 20;

/// The most groups and classes in each other: the library recurses over them.
const MAX_NESTING: u32 = 64;

/// The table of a pattern, for `edgewise_core::pattern::matches`. Patterns that match the same have the same table.
///
/// ```
/// use edgewise_control::expression::pattern::build;
/// use edgewise_core::pattern::{check, matches};
///
/// let table: Vec<u8> = build(r"^u_\d+$")?.into_iter().flat_map(u16::to_le_bytes).collect();
/// assert!(check(&table));
/// assert!(matches(&table, b"u_42") && !matches(&table, b"u_42x"));
/// assert_eq!(build("a(b").unwrap_err().span(), Some(1..2));
/// # Ok::<(), edgewise_control::expression::pattern::PatternError>(())
/// ```
pub fn build(pattern: &str) -> Result<Vec<u16>, PatternError> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return Err(PatternError::TooLong { given: pattern.len() });
    }
    let ast = parse(pattern)?;
    if let Some(span) = word_boundary::first_unicode(&ast) {
        return Err(PatternError::UnicodeWordBoundary { span });
    }
    let expression = between_characters(translate(pattern, &ast)?);
    table::table(&automaton(&expression)?)
}

fn parse(pattern: &str) -> Result<Ast, PatternError> {
    let mut parser = ParserBuilder::new().nest_limit(MAX_NESTING).build();
    parser.parse(pattern).map_err(|error| syntax(pattern, error.kind(), error.span()))
}

/// Greed is swapped, so that what stands last in a pattern takes as little as it can: whether there is a match stays
/// the same, and there are fewer states after it.
fn translate(pattern: &str, ast: &Ast) -> Result<Hir, PatternError> {
    let mut translator = TranslatorBuilder::new().swap_greed(true).build();
    translator.translate(pattern, ast).map_err(|error| syntax(pattern, error.kind(), error.span()))
}

/// An empty place, where the library misses something, becomes the character there, or else the one before.
fn syntax(pattern: &str, kind: &impl Display, span: &Span) -> PatternError {
    let (start, end) = (span.start.offset, span.end.offset);
    let span = if start < end {
        start..end
    } else {
        let start =
            if start < pattern.len() { start } else { pattern.floor_char_boundary(start.saturating_sub(1)) };
        start..pattern.ceil_char_boundary(start + 1)
    };
    PatternError::Syntax { message: kind.to_string(), span }
}

/// What may match nothing where no word is would do so inside a character as well, between two of its bytes: then whole
/// characters are made to stand before it.
fn between_characters(expression: Hir) -> Hir {
    let looks = expression.properties().look_set();
    let inside = [Look::WordAsciiNegate, Look::WordStartHalfAscii, Look::WordEndHalfAscii];
    let may_be_inside = inside.into_iter().any(|look| looks.contains(look));
    // None: the length cannot be told, since a part of the pattern never matches.
    let takes_characters = expression.properties().minimum_len().is_some_and(|bytes| bytes > 0);
    if !may_be_inside || takes_characters {
        return expression;
    }
    let character = Box::new(Hir::dot(Dot::AnyChar));
    let before = Hir::repetition(Repetition { min: 0, max: None, greedy: false, sub: character });
    Hir::concat(vec![Hir::look(Look::Start), before, expression])
}

/// The automaton over bytes that searches for the pattern from the start of a text on.
fn automaton(hir: &Hir) -> Result<dense::DFA<Vec<u32>>, PatternError> {
    let with_choices = thompson::Compiler::new()
        .configure(
            thompson::Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(BUILD_BYTES)),
        )
        .build_from_hir(hir)
        .map_err(|error| refused(error.size_limit().is_some(), &error))?;
    dense::Builder::new()
        .configure(
            dense::Config::new()
                .start_kind(StartKind::Unanchored)
                .accelerate(false)
                .determinize_size_limit(Some(BUILD_BYTES))
                .dfa_size_limit(Some(BUILD_BYTES)),
        )
        .build_from_nfa(&with_choices)
        .map_err(|error| refused(error.is_size_limit_exceeded(), &error))
}

fn refused(for_its_size: bool, error: &impl Display) -> PatternError {
    if for_its_size {
        PatternError::TooComplex
    } else {
        PatternError::Unsupported { message: error.to_string() }
    }
}
