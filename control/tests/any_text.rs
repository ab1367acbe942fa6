//! Any text as a condition, and any bytes as a file of a project: what the fuzz targets ask, with random texts.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[allow(unreachable_pub, reason = "it is a crate of its own, too")]
#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use proptest::prelude::*;
use std::{fs, path::Path};

/// Words of expressions and of YAML: put together, they get further than random letters.
const WORDS: [&str; 40] = [
    "a",
    "user",
    "now",
    "in",
    "[",
    "]",
    "\"x\"",
    "'10.0.0.0/8'",
    "1",
    "&&",
    "||",
    "!",
    "==",
    "<",
    "(",
    ")",
    ".",
    ",",
    "semver(",
    "timestamp(",
    "segment(",
    "matches(",
    "x.inNetwork(",
    "tags.hasAny(",
    "present(",
    "attr(",
    "é",
    "-",
    "\n",
    "  ",
    ": ",
    "- ",
    "id",
    "status",
    "running",
    "variants",
    "factors",
    "{",
    "}",
    "5%",
];

/// Files that are sound, to be spoilt.
fn sound_files() -> Vec<(u8, String)> {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/online-shop");
    let kinds = ["", "experiments", "flags", "metrics", "segments", "layers", "holdouts"];
    let mut files = Vec::new();
    for (kind, folder) in (0..).zip(kinds) {
        for entry in fs::read_dir(shop.join(folder)).expect("the example is there") {
            let path = entry.expect("the example can be read").path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                files.push((kind, fs::read_to_string(path).expect("the example is text")));
            }
        }
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_a_condition_or_an_error_at_its_place(
        words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..14),
        letters in ".{0,24}",
    ) {
        fuzz::condition(&words.join(" "));
        fuzz::condition(&letters);
    }

    #[test]
    fn any_bytes_are_a_file_or_an_error_that_can_be_printed(
        kind in any::<u8>(),
        words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..24),
        bytes in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        fuzz::project(&[&[kind], words.concat().as_bytes()].concat());
        fuzz::project(&[&[kind], &bytes[..]].concat());
    }

    /// Mutated verdicts, which get further, are tried beside the code that reads them.
    #[test]
    fn any_bytes_are_a_verdict_or_an_error_that_says_something(
        bytes in prop::collection::vec(any::<u8>(), 0..60),
        words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..24),
    ) {
        fuzz::verdict(&bytes);
        fuzz::verdict(format!("{{{}}}\n{{}}\n", words.concat()).as_bytes());
    }

    /// A sound file with a few characters taken out and a word put in their place.
    #[test]
    fn spoilt_files_are_errors_that_can_be_printed(
        file in prop::sample::select(sound_files()),
        at in any::<prop::sample::Index>(),
        length in 0_usize..12,
        word in prop::sample::select(&WORDS[..]),
    ) {
        let (kind, text) = file;
        let start = text.floor_char_boundary(at.index(text.len()));
        let end = text.floor_char_boundary((start + length).min(text.len())).max(start);
        fuzz::project(&[&[kind], &text.as_bytes()[..start], word.as_bytes(), &text.as_bytes()[end..]].concat());
    }
}
