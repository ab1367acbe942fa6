//! Gives the WebAssembly module a small stack: the linker's own default of one mebibyte would be most of its memory.

/// The evaluator recurses only into conditions, to the depth that the ruleset's format allows.
const STACK_BYTES: u32 = 64 * 1024;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|architecture| architecture == "wasm32") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={STACK_BYTES}");
    }
}
