//! The ruleset: where it comes from, when it changes, and whom it has to be signed by.

use crate::fixture;
use crate::server::{Reply, Server};
use ed25519_dalek::{Signer as _, SigningKey};
use edgewise_client::{Client, Context, LoadError, Options, PublicKey, RulesetProblem};
use edgewise_core::{
    Ruleset,
    format::{ALGORITHM_ED25519, TRAILER_MAGIC},
};
use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

const NOBODY: &str = "http://127.0.0.1:9/v1/events";

/// A control server whose answer can be changed.
fn publishing(reply: Reply) -> (Server, Arc<Mutex<Reply>>) {
    let published = Arc::new(Mutex::new(reply));
    let current = Arc::clone(&published);
    let server = Server::start(move |request| {
        let reply = current.lock().unwrap().clone();
        let etag = reply.1.first().map(|(_, etag)| etag.as_str());
        if etag.is_some() && request.header("if-none-match") == etag {
            (304, Vec::new(), Vec::new())
        } else {
            reply
        }
    });
    (server, published)
}

fn ruleset(bytes: Vec<u8>, etag: &str) -> Reply {
    (200, vec![("etag", etag.to_owned())], bytes)
}

fn model(client: &Client) -> String {
    client.visitor(&Context::new()).peek("voice.model", "none")
}

#[test]
fn a_new_ruleset_takes_effect_and_a_bad_one_replaces_none() {
    let (server, published) = publishing(ruleset(fixture::with_default("a"), "\"a\""));
    let client = Client::load(Options::from_url(server.url("/v1/ruleset"))).unwrap();
    assert_eq!(model(&client), "a");
    client.refresh();
    assert_eq!(server.seen()[1].header("if-none-match"), Some("\"a\""));
    assert!(client.problem().is_none());

    for (reply, problem) in [
        ((500, Vec::new(), Vec::new()), "answered with status 500"),
        (ruleset(b"no ruleset".to_vec(), "\"x\""), "no ruleset that can be read"),
    ] {
        *published.lock().unwrap() = reply;
        client.refresh();
        assert!(client.problem().unwrap().to_string().contains(problem), "{:?}", client.problem());
        assert_eq!(model(&client), "a");
    }
    *published.lock().unwrap() = ruleset(fixture::with_default("b"), "\"b\"");
    client.refresh();
    assert!(client.problem().is_none());
    assert_eq!(model(&client), "b");
}

#[test]
fn it_is_asked_for_again_by_itself() {
    let (server, published) = publishing(ruleset(fixture::with_default("a"), "\"a\""));
    let options = Options::from_url(server.url("/v1/ruleset")).refresh_every(Duration::from_millis(10));
    let client = Client::load(options).unwrap();
    *published.lock().unwrap() = ruleset(fixture::with_default("b"), "\"b\"");
    while model(&client) != "b" {
        std::thread::yield_now();
    }
}

#[test]
fn a_file_is_read_once_and_one_that_is_none_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("built.edgewise");
    let missing = Client::load(Options::from_file(&path, NOBODY));
    assert!(matches!(missing, Err(LoadError::Read { .. })));
    fs::write(&path, b"no ruleset").unwrap();
    let unreadable = Client::load(Options::from_file(&path, NOBODY));
    assert!(matches!(unreadable, Err(LoadError::Ruleset(RulesetProblem::Unreadable(_)))));
    fs::write(&path, fixture::with_default("a")).unwrap();
    assert_eq!(model(&Client::load(Options::from_file(&path, NOBODY)).unwrap()), "a");
}

#[test]
fn where_a_key_is_configured_the_ruleset_has_to_be_signed_with_it() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = PublicKey::from(key.verifying_key());
    let unsigned = fixture::ruleset();
    let signature = key.sign(Ruleset::read(unsigned.as_slice()).unwrap().signed_bytes()).to_bytes();
    let trailer = [&TRAILER_MAGIC[..], &ALGORITHM_ED25519.to_le_bytes(), &[0; 4], &signature].concat();
    let signed = [unsigned.clone(), trailer].concat();

    let load = |bytes: &[u8], key| Client::load(Options::from_bytes(bytes, NOBODY).public_key(key));
    assert_eq!(model(&load(&signed, public).unwrap()), "small");
    let stranger = PublicKey::from(SigningKey::from_bytes(&[8; 32]).verifying_key());
    for refused in [load(&unsigned, public), load(&signed, stranger)] {
        assert!(matches!(refused, Err(LoadError::Ruleset(RulesetProblem::Signature(_)))));
    }
    let (server, _) = publishing(ruleset(unsigned, "\"a\""));
    let published = Options::from_url(server.url("/v1/ruleset")).public_key(public);
    let client = Client::load(published).unwrap();
    assert!(client.problem().unwrap().to_string().starts_with("the ruleset is not signed"));
    assert_eq!(model(&client), "none");
}
