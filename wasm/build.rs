//! Gives the WebAssembly module a small stack: the linker's own default of one mebibyte would be most of its memory.

/// The evaluator recurses into conditions, experiments and flags, to the depth that the ruleset's format allows. Beside
/// this stack its data fit into the first page.
const EVALUATOR_STACK_BYTES: u32 = 48 * 1024;
/// The compiler recurses into the document's conditions besides.
const TOOLS_STACK_BYTES: u32 = 64 * 1024;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|architecture| architecture == "wasm32") {
        let tools = std::env::var("CARGO_FEATURE_TOOLS").is_ok();
        let bytes = if tools { TOOLS_STACK_BYTES } else { EVALUATOR_STACK_BYTES };
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={bytes}");
    }
}
