//! Where a pattern asks for a boundary between Unicode words.

use regex_syntax::ast::{self, Assertion, AssertionKind, Ast, Flag, Flags, GroupKind};
use std::{convert::Infallible, ops::Range};

/// The first Unicode word boundary, in bytes of the pattern.
pub(super) fn first_unicode(ast: &Ast) -> Option<Range<usize>> {
    let search = Search { unicode: true, outer: Vec::new(), first: None };
    ast::visit(ast, search).unwrap_or_else(|never| match never {})
}

struct Search {
    /// Whether the flag `u` is set at this place.
    unicode: bool,
    /// What it was before each group that is open.
    outer: Vec<bool>,
    first: Option<Range<usize>>,
}

impl Search {
    fn set(&mut self, flags: &Flags) {
        self.unicode = flags.flag_state(Flag::Unicode).unwrap_or(self.unicode);
    }
}

impl ast::Visitor for Search {
    type Output = Option<Range<usize>>;
    type Err = Infallible;

    fn finish(self) -> Result<Self::Output, Infallible> {
        Ok(self.first)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Infallible> {
        match ast {
            Ast::Flags(flags) => self.set(&flags.flags),
            Ast::Group(group) => {
                self.outer.push(self.unicode);
                if let GroupKind::NonCapturing(flags) = &group.kind {
                    self.set(flags);
                }
            }
            Ast::Assertion(assertion) if self.unicode && self.first.is_none() && at_word(assertion) => {
                self.first = Some(assertion.span.start.offset..assertion.span.end.offset);
            }
            _ => {}
        }
        Ok(())
    }

    fn visit_post(&mut self, ast: &Ast) -> Result<(), Infallible> {
        if let Ast::Group(_) = ast {
            self.unicode = self.outer.pop().unwrap_or(true);
        }
        Ok(())
    }
}

fn at_word(assertion: &Assertion) -> bool {
    use AssertionKind::{EndLine, EndText, StartLine, StartText};
    !matches!(assertion.kind, StartLine | EndLine | StartText | EndText)
}
