//! The ruleset over HTTP, and its file replaced.

use crate::{
    fixture,
    server::{Place, Server, names},
};
use edgewise_control::ruleset::{key::PrivateKey, signature::sign};
use edgewise_core::Ruleset;

#[test]
fn whoever_has_the_ruleset_is_not_sent_it_again() {
    let place = Place::new();
    let (bytes, digest) = fixture::ruleset("first");
    let server = place.serve();
    let mut client = server.connect();
    let answer = client.get("/v1/ruleset", &[]).unwrap();
    assert_eq!((answer.status, &answer.body), (200, &bytes));
    assert_eq!(answer.header("etag"), format!("\"{digest}\""));
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert!(answer.header("cache-control").starts_with("public, max-age="));

    for tags in [
        format!("\"{digest}\""),
        format!("W/\"{digest}\""),
        format!("\"other\", \"{digest}\""),
        "*".to_owned(),
    ] {
        let answer = client.get("/v1/ruleset", &[("if-none-match", &tags)]).unwrap();
        assert_eq!((answer.status, answer.header("etag")), (304, format!("\"{digest}\"").as_str()), "{tags}");
    }
    for tags in [digest.as_str(), "\"other\"", ""] {
        assert_eq!(client.get("/v1/ruleset", &[("if-none-match", tags)]).unwrap().status, 200, "{tags}");
    }
}

#[test]
fn a_new_file_is_served_and_the_old_ruleset_is_kept() {
    let place = Place::new();
    let (first, first_digest) = fixture::ruleset("first");
    let (second, second_digest) = fixture::ruleset("second");
    let server = place.serve();
    let mut client = server.connect();
    place.publish(&second);
    server.heard(&format!("serving ruleset {second_digest}"));
    assert_eq!(client.get("/v1/ruleset", &[]).unwrap().body, second);
    for (digest, bytes) in [(&first_digest, first), (&second_digest, second)] {
        let kept = client.get(&format!("/v1/rulesets/{digest}"), &[]).unwrap();
        assert_eq!((kept.status, kept.body), (200, bytes));
    }
    let unknown = client.get("/v1/rulesets/00000000000000000000000000000000", &[]).unwrap();
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "not_found"));
    for digest in ["x", "..%2F..%2Flock"] {
        assert_eq!(client.get(&format!("/v1/rulesets/{digest}"), &[]).unwrap().status, 400);
    }
    let mut kept = [first_digest, second_digest].map(|digest| format!("{digest}.edgewise"));
    kept.sort();
    assert_eq!(names(&place.data().join("rulesets")), kept);
}

#[test]
fn a_file_that_cannot_be_served_leaves_the_last_good_one_in_force() {
    let place = Place::new();
    let (first, digest) = fixture::ruleset("first");
    let (second, second_digest) = fixture::ruleset("second");
    let server = place.serve();
    let mut altered = second.clone();
    *altered.last_mut().unwrap() ^= 1;
    let bad = [altered, second[..second.len() - 1].to_vec(), b"no ruleset".to_vec(), vec![]];
    for (before, bad) in bad.iter().enumerate() {
        place.publish(bad);
        server.heard_times(before + 1, "the ruleset before it stays in force");
        let answer = server.connect().get("/v1/ruleset", &[]).unwrap();
        assert_eq!((answer.header("etag"), &answer.body), (format!("\"{digest}\"").as_str(), &first));
    }
    place.publish(&second);
    server.heard(&format!("serving ruleset {second_digest}"));
    assert_eq!(server.connect().get("/healthz", &[]).unwrap().json()["ruleset"], second_digest);
}

#[test]
fn without_a_sound_ruleset_it_does_not_start() {
    let place = Place::new();
    place.publish(b"no ruleset");
    let output = place.command().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot be served") && said.contains("edgewise build"), "{said}");
}

#[test]
fn with_a_public_key_only_what_its_private_half_signed_is_served() {
    let place = Place::new();
    let (key, other) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
    let signed = |bytes: &[u8], key: &PrivateKey| sign(&Ruleset::read(bytes).unwrap(), key);
    let command = || {
        let mut command = place.command();
        command.args(["--public-key", &key.public().to_string()]);
        command
    };
    let output = command().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("the ruleset is not signed"));

    let (first, second) = (fixture::ruleset("first").0, fixture::ruleset("second").0);
    place.publish(&signed(&first, &key));
    let server = Server::start(command());
    let answer = || server.connect().get("/v1/ruleset", &[]).unwrap();
    assert_eq!(answer().body, signed(&first, &key));
    for (before, bad) in [second.clone(), signed(&second, &other)].iter().enumerate() {
        place.publish(bad);
        server.heard_times(before + 1, "the ruleset before it stays in force");
        assert_eq!(answer().body, signed(&first, &key));
    }
    place.publish(&signed(&second, &key));
    server.heard_times(2, "serving ruleset");
    assert_eq!(answer().body, signed(&second, &key));
}

#[test]
fn signing_anew_is_news_to_whoever_has_the_ruleset() {
    let place = Place::new();
    let (bytes, digest) = fixture::ruleset("first");
    let server = place.serve();
    let mut client = server.connect();
    let unsigned = client.get("/v1/ruleset", &[]).unwrap().header("etag").to_owned();
    let signed = sign(&Ruleset::read(bytes.as_slice()).unwrap(), &PrivateKey::generate().unwrap());
    place.publish(&signed);
    server.heard_times(2, &format!("serving ruleset {digest}"));
    let answer = client.get("/v1/ruleset", &[("if-none-match", &unsigned)]).unwrap();
    assert_eq!((answer.status, &answer.body), (200, &signed));
    let known = answer.header("etag").to_owned();
    assert_ne!(known, unsigned);
    assert_eq!(client.get("/v1/ruleset", &[("if-none-match", &known)]).unwrap().status, 304);
}
