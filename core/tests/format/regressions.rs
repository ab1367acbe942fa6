//! What the fuzz targets once stumbled over, and where they start from, once more.

use crate::inputs;
use std::{fs, path::Path};

/// The files of a folder below `fuzz`.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn rulesets() {
    for bytes in files("regressions/ruleset") {
        inputs::ruleset(&bytes);
    }
}

#[test]
fn contexts() {
    for bytes in files("regressions/context") {
        inputs::context(&bytes);
    }
}

#[test]
fn documents() {
    for bytes in files("regressions/document").into_iter().chain(files("seeds/document")) {
        inputs::document(&bytes);
    }
}

#[test]
fn patterns() {
    for bytes in files("regressions/pattern") {
        inputs::pattern(&bytes);
    }
}
