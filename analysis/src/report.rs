//! Results for people and for programs: a page, a text, lines.
//!
//! ```text
//! Results ──content──▶ Document ──html──────▶ one file, whole in itself
//!                               └─markdown──▶ the same as text
//! Results ──lines──▶ one JSON object for each thing
//! ```
//!
//! What is said stands in one place (`content`), and how it looks in another, so that the page and the text cannot say
//! different things. Nothing here computes a probability: each number is one of [`Results`], rounded for reading.

pub mod number;
pub mod words;

mod chart;
mod content;
mod document;
mod html;
mod lines;
mod markdown;
mod reading;

pub use lines::{Line, lines};

use crate::results::Results;

/// The results as one HTML file that needs no network, no script and no other file.
///
/// Its content policy forbids it to load or run anything, and every text of the results is escaped.
pub fn html(results: &Results) -> String {
    html::page(&content::document(results))
}

/// The results as Markdown (CommonMark with tables), with everything that the page says; its charts are tables.
pub fn markdown(results: &Results) -> String {
    markdown::text(&content::document(results))
}
