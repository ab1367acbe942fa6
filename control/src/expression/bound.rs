//! Bounds on what is parsed: the parser recurses, and its recursion has no bound of its own for brackets.

use super::{ExpressionError, ExpressionProblem};
use edgewise_core::format::MAX_DEPTH;
use std::thread;

/// The longest expression in bytes: more than a list of a thousand ids.
const MAX_BYTES: usize = 16 << 10;

/// The parser takes a quarter of a mebibyte for each bracket in a debug build; `MAX_DEPTH` of them and the recursion
/// over `MAX_BYTES` of operators fit with room to spare.
const STACK_BYTES: usize = 64 << 20;

/// Refuses what is too long or too deep to be parsed.
pub(super) fn check(source: &str) -> Result<(), ExpressionError> {
    if source.len() > MAX_BYTES {
        let start = source.floor_char_boundary(MAX_BYTES);
        let end = source.ceil_char_boundary(start + 1);
        return Err(ExpressionError { kind: ExpressionProblem::TooLong(MAX_BYTES), span: start..end });
    }
    match too_deep(source) {
        None => Ok(()),
        Some(at) => Err(ExpressionError { kind: ExpressionProblem::TooDeep(MAX_DEPTH), span: at..at + 1 }),
    }
}

/// Runs the work where the stack suffices for whatever [`check`] let pass.
pub(super) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, ExpressionError> {
    let failed = |message: String| ExpressionError { kind: ExpressionProblem::Syntax(message), span: 0..0 };
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        let worker = worker.map_err(|error| failed(format!("no thread to parse it: {error}")))?;
        worker.join().map_err(|_| failed("the parser gave up on it".to_owned()))
    })
}

/// Where one bracket too many opens. Brackets in strings open nothing.
fn too_deep(source: &str) -> Option<usize> {
    let mut depth = 0_u8;
    let mut at = 0;
    while let Some(byte) = source.as_bytes().get(at) {
        match byte {
            b'"' | b'\'' => {
                at += string(source, at);
                continue;
            }
            b'(' | b'[' | b'{' if depth == MAX_DEPTH => return Some(at),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The bytes of the string literal that opens at a quote, both quotes included.
fn string(source: &str, at: usize) -> usize {
    let raw = source[..at].ends_with(['r', 'R']);
    let rest = &source[at..];
    let quote = &rest[..1];
    let triple = quote.repeat(3);
    let (closing, lines) = if rest.starts_with(&triple) { (triple.as_str(), true) } else { (quote, false) };
    let mut end = closing.len();
    while end < rest.len() {
        let tail = &rest.as_bytes()[end..];
        if tail.starts_with(closing.as_bytes()) {
            return end + closing.len();
        }
        match tail.first() {
            Some(b'\n') if !lines => return end,
            Some(b'\\') if !raw => end += 2,
            _ => end += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_open_nothing() {
        let many = "(".repeat(40);
        for source in [
            format!("a == '{many}'"),
            format!("a == r'\\' || a == \"{many}\""),
            format!("a == '''it's{many}'''"),
        ] {
            assert_eq!(too_deep(&source), None, "{source}");
        }
        assert_eq!(too_deep(&format!("a == 'x\n{many}")), Some(40));
        assert_eq!(too_deep(&many), Some(32));
        assert_eq!(too_deep(&"()".repeat(40)), None);
    }
}
