//! What has to hold of any text: there is a project or a condition, or an error whose places lie in the text; and of
//! any bytes that come as a verdict.

use edgewise_analysis::verdict::{check, file};
use edgewise_control::{
    expression::{Known, lower},
    project::{Problem, Project},
};
use edgewise_core::{Ruleset, compile, document::Document};
use futures::executor::block_on;
use std::collections::BTreeMap;

/// Compiles a text as a condition. What is lowered can be compiled, or is refused for a limit; what compiles can be read.
pub fn condition(text: &str) {
    let known = Known { units: &["user".into()], segments: &["internal".into()] };
    match lower(text, &known) {
        Ok(condition) => {
            let document: Document = serde_json::from_value(serde_json::json!({
                "seed": "9f86d081884c7d65",
                "units": ["user"],
                "segments": [
                    { "id": "internal", "condition": { "constant": true } },
                    { "id": "given", "condition": condition },
                ],
            }))
            .expect("a condition is written as it is read");
            if let Ok(bytes) = compile(&document) {
                Ruleset::read(bytes).expect("what compiles can be read");
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(text.get(error.span.clone()).is_some(), "{error:?} lies outside {text:?}");
                assert!(!error.kind.help().is_empty());
            }
        }
    }
}

/// The kinds of files, in the order of the first byte.
const FILES: [&str; 7] = [
    "edgewise.yaml",
    "experiments/given.yaml",
    "flags/given.yaml",
    "metrics/given.yaml",
    "segments/given.yaml",
    "layers/given.yaml",
    "holdouts/given.yaml",
];

/// Reads bytes as one file of a project whose other files are sound, and prints whatever is wrong with it.
pub fn project(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let sound = [
        ("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user, session]\nenvironments: [staging]\n"),
        (
            "experiments/other.yaml",
            "id: other\nstatus: running\nvariants: [{id: a, control: true}, {id: b}]\n",
        ),
        ("flags/greeting.yaml", "id: greeting\ntype: string\ndefault: Hello\n"),
        ("metrics/order.yaml", "id: order\nkind: binary\nevent: order\n"),
        ("segments/internal.yaml", "id: internal\ncondition: team == \"core\"\n"),
        ("layers/page.yaml", "id: page\n"),
        ("holdouts/year.yaml", "id: year\nshare: 5%\n"),
    ];
    let mut texts: BTreeMap<String, Vec<u8>> =
        sound.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect();
    texts.insert(FILES[usize::from(*kind) % FILES.len()].to_owned(), bytes.to_vec());
    let problems: Vec<Problem> = match Project::of_texts(&texts) {
        Ok((_, warnings)) => warnings,
        Err(problems) => {
            assert!(problems.iter().any(Problem::is_error));
            problems.iter().cloned().collect()
        }
    };
    for problem in problems {
        assert!(!problem.message().is_empty());
        // Places outside the text would make the printer panic, or print that it could not read them.
        let printed = format!("{:?}", miette::Report::new(problem));
        assert!(!printed.contains("OutOfBounds"), "{printed}");
    }
}

/// Reads bytes as a verdict, and checks what can be read to the end.
pub fn verdict(bytes: &[u8]) {
    match file::read(bytes) {
        Ok(contents) => {
            let report = block_on(check::without_data(&contents.verdict, &contents.verdict.edgewise));
            assert!(!report.checked.is_empty() || !report.differences.is_empty());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
