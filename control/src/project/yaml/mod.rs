//! YAML with places: text to tree, tree to types, and all that is wrong on the way instead of the first of it.

mod decode;
mod place;
mod tree;

pub(crate) use decode::{Mismatch, MismatchKind, decode};
pub(crate) use place::Place;
pub(crate) use tree::{Node, SyntaxProblem, parse};
