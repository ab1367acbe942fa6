//! Keys, signed builds, and what refuses a ruleset that is not signed; OpenSSL's formats and WebCrypto's verdict by Node.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod binary;

use binary::{edgewise, fails, works};
use edgewise_core::{Ruleset, format::TRAILER_BYTES};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};
use tempfile::TempDir;

const PRIVATE: &str = "edgewise-signing.pem";
const PUBLIC: &str = "edgewise-signing.pem.pub";

/// A project of one experiment, with a pair of keys beside it.
fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    file("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user]\n");
    file("metrics/conversion.yaml", "id: conversion\nkind: binary\nevent: purchase\n");
    file(
        "experiments/tone.yaml",
        "id: tone\nstatus: running\nvariants:\n  - { id: control, control: true, weight: 50% }\n  \
         - { id: warm, weight: 50% }\nmetrics: { primary: [conversion] }\n",
    );
    works(folder.path(), &["keys", "new"]);
    folder
}

fn signed() -> TempDir {
    let folder = project();
    works(folder.path(), &["build", "--sign", PRIVATE]);
    folder
}

fn public_key(folder: &Path) -> String {
    fs::read_to_string(folder.join(PUBLIC)).unwrap().trim().to_owned()
}

/// The arguments that verify the built ruleset, and `more` besides.
fn verify<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["ruleset", "verify", "ruleset.edgewise"], more].concat()
}

/// Runs a program in Node with WebCrypto as `subtle`, and answers what it printed.
fn node(folder: &Path, program: &str) -> String {
    let prelude = "import { readFileSync, writeFileSync } from 'node:fs'; import { webcrypto } from 'node:crypto'; \
                   const { subtle } = webcrypto;";
    let output = Command::new("node")
        .args(["--input-type=module", "--eval", &format!("{prelude}\n{program}")])
        .current_dir(folder)
        .output()
        .expect("Node.js runs the half of this test that is WebCrypto's");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_new_private_key_is_for_its_owner_alone_and_never_overwrites_one() {
    let folder = project();
    let private = folder.path().join(PRIVATE);
    assert_eq!(fs::metadata(&private).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&private).unwrap();
    let (code, said) = fails(folder.path(), &["keys", "new"]);
    assert!(code == 1 && said.contains("is there already"), "{said}");
    fs::remove_file(folder.path().join(PUBLIC)).unwrap();
    let (code, said) = fails(folder.path(), &["keys", "new", "--out", PRIVATE]);
    assert!(code == 1 && said.contains("is there already"), "{said}");
    assert_eq!(fs::read(&private).unwrap(), before);
    assert!(!folder.path().join(PUBLIC).exists());
}

#[test]
fn a_signed_ruleset_is_the_unsigned_one_and_a_trailer() {
    let folder = project();
    works(folder.path(), &["build"]);
    let unsigned = fs::read(folder.path().join("ruleset.edgewise")).unwrap();
    works(folder.path(), &["build", "--sign", PRIVATE]);
    let signed = fs::read(folder.path().join("ruleset.edgewise")).unwrap();
    assert_eq!(signed.len(), unsigned.len() + TRAILER_BYTES);
    assert_eq!(&signed[..unsigned.len()], unsigned.as_slice());
    assert_eq!(
        Ruleset::read(signed.as_slice()).unwrap().digest(),
        Ruleset::read(unsigned.as_slice()).unwrap().digest()
    );
    works(folder.path(), &["build", "--sign", PRIVATE]);
    assert_eq!(fs::read(folder.path().join("ruleset.edgewise")).unwrap(), signed);
}

#[test]
fn verify_takes_what_the_key_signed_and_nothing_else() {
    let folder = signed();
    let said = works(folder.path(), &verify(&["--key", PUBLIC]));
    assert!(said.contains("1 experiments") && said.contains("signed with the private half"), "{said}");
    let said = works(folder.path(), &verify(&["--key", &public_key(folder.path())]));
    assert!(said.contains("signed with the private half"), "{said}");
    let said = works(folder.path(), &verify(&[]));
    assert!(said.contains("signed; --key says by whom"), "{said}");

    works(folder.path(), &["keys", "new", "--out", "other.pem"]);
    let (code, said) = fails(folder.path(), &verify(&["--key", "other.pem.pub"]));
    assert!(code == 1 && said.contains("does not hold against the configured public key"), "{said}");
    let (code, said) = fails(folder.path(), &verify(&["--key", "other.pem"]));
    assert!(code == 2 && said.contains("is no Ed25519 public key"), "{said}");

    works(folder.path(), &["build"]);
    let said = works(folder.path(), &verify(&[]));
    assert!(said.contains("not signed"), "{said}");
    let (code, said) = fails(folder.path(), &verify(&["--key", PUBLIC]));
    assert!(code == 1 && said.contains("the ruleset is not signed"), "{said}");
}

#[test]
fn whatever_is_altered_in_a_signed_ruleset_is_refused() {
    let folder = signed();
    let path = folder.path().join("ruleset.edgewise");
    let whole = fs::read(&path).unwrap();
    let unsigned = whole.len() - TRAILER_BYTES;
    for place in [0, 20, unsigned / 2, unsigned, unsigned + 8, unsigned + 12, unsigned + 16, whole.len() - 1]
    {
        let mut altered = whole.clone();
        altered[place] ^= 1;
        fs::write(&path, altered).unwrap();
        let (code, said) = fails(folder.path(), &["ruleset", "verify", "ruleset.edgewise", "--key", PUBLIC]);
        assert_eq!(code, 1, "byte {place}: {said}");
    }
    // A ruleset that is sound in itself, under the signature of another one.
    let tone = folder.path().join("experiments/tone.yaml");
    let changed = fs::read_to_string(&tone).unwrap().replace("running", "paused");
    fs::write(&tone, changed).unwrap();
    works(folder.path(), &["build"]);
    let other = fs::read(&path).unwrap();
    fs::write(&path, [other.as_slice(), &whole[unsigned..]].concat()).unwrap();
    let (code, said) = fails(folder.path(), &["ruleset", "verify", "ruleset.edgewise", "--key", PUBLIC]);
    assert!(code == 1 && said.contains("does not hold against the configured public key"), "{said}");
}

#[test]
fn where_a_public_key_is_configured_an_unsigned_ruleset_answers_nothing() {
    let folder = signed();
    let now = ["--now", "2026-02-01T00:00:00Z", "--context", "{\"user\": \"u_1\"}", "--public-key", PUBLIC];
    let assign = [&["assign", "ruleset.edgewise"], &now[..]].concat();
    let explain = [&["explain", "ruleset.edgewise"], &now[..]].concat();
    assert!(works(folder.path(), &assign).contains("tone"));
    assert!(works(folder.path(), &explain).contains("tone"));
    works(folder.path(), &["build"]);
    let serve = ["serve", "--ruleset", "ruleset.edgewise", "--data", "data", "--listen", "127.0.0.1:0"];
    for arguments in [assign, explain, [&serve, &["--public-key", PUBLIC][..]].concat()] {
        let output = edgewise(folder.path(), &arguments, "");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert_eq!(output.stdout, b"");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("not signed"), "{said}");
    }
}

#[test]
fn a_signing_key_that_is_none_is_refused_before_anything_is_written() {
    let folder = project();
    for key in [PUBLIC, "edgewise.yaml", "nowhere.pem"] {
        let (code, said) = fails(folder.path(), &["build", "--sign", key]);
        assert!(code == 1 && said.contains(key), "{said}");
        assert!(!folder.path().join("ruleset.edgewise").exists());
        assert!(!folder.path().join("edgewise.lock").exists());
    }
}

#[test]
fn webcrypto_verifies_what_is_signed_here() {
    let folder = signed();
    let verdict = node(
        folder.path(),
        &format!(
            "const bytes = readFileSync('ruleset.edgewise'); const end = bytes.length - {TRAILER_BYTES};
             const raw = Buffer.from(readFileSync('{PUBLIC}', 'utf8'), 'base64');
             const key = await subtle.importKey('raw', raw, {{ name: 'Ed25519' }}, false, ['verify']);
             const verify = (signed) =>
               subtle.verify('Ed25519', key, bytes.subarray(end + {TRAILER_BYTES} - 64), signed);
             console.log(await verify(bytes.subarray(0, end)), await verify(bytes.subarray(1, end)));"
        ),
    );
    assert_eq!(verdict, "true false");
}

#[test]
fn what_webcrypto_signs_is_verified_here() {
    let folder = project();
    works(folder.path(), &["build"]);
    node(
        folder.path(),
        "const keys = await subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']);
         writeFileSync('node.pub', Buffer.from(await subtle.exportKey('raw', keys.publicKey)).toString('base64'));
         const body = Buffer.from(await subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
         writeFileSync('node.pem', `-----BEGIN PRIVATE KEY-----\\n${body}\\n-----END PRIVATE KEY-----\\n`);
         const bytes = readFileSync('ruleset.edgewise');
         const head = Buffer.alloc(16); head.write('EDGESIGN'); head.writeUInt32LE(1, 8);
         const signature = Buffer.from(await subtle.sign('Ed25519', keys.privateKey, bytes));
         writeFileSync('node.edgewise', Buffer.concat([bytes, head, signature]));",
    );
    works(folder.path(), &["ruleset", "verify", "node.edgewise", "--key", "node.pub"]);
    // Ed25519 is deterministic: Node's private key signs here as it signs there.
    works(folder.path(), &["build", "--sign", "node.pem"]);
    assert_eq!(
        fs::read(folder.path().join("ruleset.edgewise")).unwrap(),
        fs::read(folder.path().join("node.edgewise")).unwrap()
    );
}
