//! The TypeScript declarations of a project, judged by the TypeScript compiler.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod binary;

use binary::{fails, works};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
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

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// What the repository's compiler says about a program that uses the project's declarations; nothing: it compiles.
fn tsc(folder: &Path, program: &str) -> String {
    let (repository, compiler) = (repository(), "node_modules/typescript/bin/tsc");
    fs::write(folder.join("program.ts"), format!("import {{ Edgewise }} from \"edgewise\";\n{program}\n"))
        .unwrap();
    let sources = repository.join("wasm/js");
    let config = serde_json::json!({
        "extends": repository.join("wasm/tsconfig.json"),
        "compilerOptions": {
            "typeRoots": [repository.join("node_modules/@types")],
            "paths": { "edgewise": [sources.join("index.ts")], "#glue": [sources.join("glue/full.ts")] },
        },
        "include": [],
        "files": ["edgewise.d.ts", "program.ts", sources.join("entries/modules.d.ts")],
    });
    fs::write(folder.join("tsconfig.json"), config.to_string()).unwrap();
    let output = Command::new("node")
        .arg(repository.join(compiler))
        .args(["--project", "tsconfig.json", "--pretty", "false"])
        .current_dir(folder)
        .output()
        .expect("Node.js runs the TypeScript compiler");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.success(), said.is_empty(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

const ASK: &str = "declare const edgewise: Edgewise;
    const user = edgewise.context({ user: \"u_1\", country: \"IN\" });";

#[test]
fn a_program_that_uses_what_there_is_compiles() {
    let folder = project();
    let said = works(folder.path(), &["types", "--out", "edgewise.d.ts"]);
    assert_eq!(said, "edgewise.d.ts: 4 flags, 2 experiments, 2 unit types\n");
    let program = format!(
        "{ASK}
        export const greeting: string = user.get(\"greeting\", \"Hello\");
        export const banner: boolean = user.get(\"banner\", true);
        export const depth: number = user.get(\"rag.depth\", 3);
        const limits = user.get(\"limits\", {{ depth: [1] }});
        export const first: number | undefined = limits.depth[0];
        export const name: string | undefined = limits.name;
        export const tone: \"control\" | \"warm\" | null = user.variant(\"tone\").variant;
        export const later: \"control\" | \"new\" | null = user.variant(\"later\").variant;
        user.evaluate(\"banner\"); user.exposure(\"tone\"); edgewise.context({{ device: 7 }});"
    );
    assert_eq!(tsc(folder.path(), &program), "");
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
        ("export const is = user.variant(\"tone\").variant === \"wram\";", "wram"),
        ("user.exposure(\"tome\");", "tome"),
        ("edgewise.context({ user: { id: 1 } });", "id"),
    ];
    for (mistake, word) in mistakes {
        let said = tsc(folder.path(), &format!("{ASK}\n{mistake}"));
        assert!(said.contains("error TS") && said.contains(word), "{mistake}: {said}");
        assert_eq!(said.lines().filter(|line| line.contains("error TS")).count(), 1, "{said}");
    }
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
