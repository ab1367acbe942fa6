//! The TypeScript declarations of a project, judged by the TypeScript compiler.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod binary;

use binary::{fails, works};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};
use tempfile::TempDir;

/// A project with a flag of each type and two experiments.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    file("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user, device]\n");
    file("flags/banner.yaml", "id: banner\ntype: boolean\ndefault: false\n");
    file("flags/greeting.yaml", "id: greeting\ntype: string\ndefault: Hello\n");
    file("flags/depth.yaml", "id: rag.depth\ntype: number\ndefault: 1\n");
    file("flags/limits.yaml", "id: limits\ntype: object\ndefault: { depth: [1], name: a }\n");
    file("metrics/conversion.yaml", "id: conversion\nkind: binary\nevent: purchase\n");
    let experiment = |id: &str, status: &str, other: &str, overrides: &str| {
        format!(
            "id: {id}\nname: \"About {id} */\"\nstatus: {status}\nvariants:\n  \
             - {{ id: control, control: true, weight: 50% }}\n  \
             - {{ id: {other}, weight: 50%, overrides: {overrides} }}\nmetrics: {{ primary: [conversion] }}\n"
        )
    };
    file("experiments/tone.yaml", &experiment("tone", "running", "warm", "{ greeting: Hi }"));
    file("experiments/later.yaml", &experiment("later", "draft", "new", "{ limits: { depth: [] } }"));
    folder
}

/// What the repository's compiler says about a program that uses the project's declarations; nothing: it compiles.
fn tsc(folder: &Path, program: &str) -> String {
    fs::write(folder.join("program.ts"), format!("{PRELUDE}{program}\n")).unwrap();
    let config = serde_json::json!({
        "compilerOptions": {
            "strict": true, "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
            "types": [], "noEmit": true, "paths": { "edgewise": [package().join("index.d.ts")] },
        },
        "files": ["edgewise.d.ts", "program.ts"],
    });
    fs::write(folder.join("tsconfig.json"), config.to_string()).unwrap();
    compile(&["--project", folder.join("tsconfig.json").to_str().unwrap()])
}

/// The declarations that the npm package has, made of its sources as its build makes them.
fn package() -> &'static Path {
    static PACKAGE: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("package-types");
        let said = compile(&["--project", "wasm/tsconfig.build.json", "--outDir", folder.to_str().unwrap()]);
        assert_eq!(said, "");
        folder
    });
    &PACKAGE
}

/// Runs the repository's TypeScript compiler and answers what it says.
fn compile(arguments: &[&str]) -> String {
    let output = Command::new("node")
        .args(["node_modules/typescript/bin/tsc", "--pretty", "false"])
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
        .output()
        .expect("Node.js runs the TypeScript compiler");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.success(), said.is_empty(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// The lines before a program.
const PRELUDE: &str = "import type { Edgewise } from \"edgewise\";
declare const edgewise: Edgewise;
const user = edgewise.context({ user: \"u_1\", country: \"IN\" });
";

#[test]
fn a_program_that_uses_what_there_is_compiles() {
    let folder = project();
    let said = works(folder.path(), &["types", "--out", "edgewise.d.ts"]);
    assert_eq!(said, "edgewise.d.ts: 4 flags, 2 experiments, 2 unit types\n");
    let program = "
        export const greeting: string = user.get(\"greeting\", \"Hello\");
        export const banner: boolean = user.get(\"banner\", true);
        export const depth: number = user.get(\"rag.depth\", 3);
        const limits = user.get(\"limits\", { depth: [1] });
        export const first: number | undefined = limits.depth[0];
        export const name: string | undefined = limits.name;
        export const tone: \"control\" | \"warm\" | null = user.variant(\"tone\").variant;
        export const later: \"control\" | \"new\" | null = user.variant(\"later\").variant;
        user.evaluate(\"banner\"); user.exposure(\"tone\"); edgewise.context({ device: 7 });
        export const asked: \"tone\" = user.variant(\"tone\").experiment;
        export const decided: \"tone\" | \"later\" | null = user.evaluate(\"banner\").experiment;
        for (const { id } of edgewise.experiments) user.exposures(id);
        for (const { id, claimedBy } of edgewise.flags) user.evaluate(id), claimedBy.map((each) => user.variant(each));";
    assert_eq!(tsc(folder.path(), program), "");
}

#[test]
fn a_program_with_any_mistake_does_not() {
    let folder = project();
    works(folder.path(), &["types", "--out", "edgewise.d.ts"]);
    let mistakes = [
        ("user.get(\"greting\", \"Hello\");", "greting"),
        ("user.get(\"greeting\", 1);", "number"),
        ("user.get(\"limits\", { depth: [\"a\"] });", "string"),
        ("user.evaluate(\"baner\");", "baner"),
        ("user.variant(\"tome\");", "tome"),
        ("export const warm: boolean = user.variant(\"tone\").variant === \"wram\";", "wram"),
        ("user.exposure(\"tome\");", "tome"),
        ("edgewise.context({ user: { id: 1 } });", "id"),
    ];
    let program: Vec<_> = mistakes.iter().map(|(mistake, _)| *mistake).collect();
    let said = tsc(folder.path(), &program.join("\n"));
    for ((mistake, word), line) in mistakes.iter().zip(PRELUDE.lines().count() + 1..) {
        let about = said.split("program.ts(").find(|error| error.starts_with(&format!("{line},")));
        assert!(about.is_some_and(|error| error.contains(word)), "{mistake}: {said}");
    }
    assert_eq!(said.matches("error TS").count(), mistakes.len(), "{said}");
}

#[test]
fn the_declarations_say_what_each_thing_is() {
    let folder = project();
    let text = works(folder.path(), &["types"]);
    for line in [
        "    readonly \"banner\": boolean;",
        "    readonly \"rag.depth\": number;",
        "    readonly \"limits\": { readonly \"depth\": ReadonlyArray<number>; readonly \"name\"?: string };",
        "    readonly \"tone\": \"control\" | \"warm\";",
        "    readonly \"device\": UnitId;",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
    }
    assert_eq!(works(folder.path(), &["types"]), text);
    fs::write(folder.path().join("flags/bad.yaml"), "id: bad\n").unwrap();
    let (code, said) = fails(folder.path(), &["types"]);
    assert!(code == 1 && said.contains("bad.yaml"), "{said}");
}
