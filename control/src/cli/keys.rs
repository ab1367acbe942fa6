//! `edgewise keys`: the keys that rulesets are signed with.

use super::output;
use edgewise_control::{
    project::shown,
    ruleset::{
        key::{self, KeyError, PrivateKey, PublicKey},
        signature,
    },
};
use edgewise_core::Ruleset;
use miette::IntoDiagnostic as _;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// What the files are called in a folder.
const NAME: &str = "edgewise-signing.pem";
/// What the name of a public key's file has behind that of the private one.
const PUBLIC: &str = ".pub";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a private key to sign rulesets with, and the public key that they are verified with
    New(New),
}

#[derive(Debug, clap::Args)]
struct New {
    /// Where the private key goes: a folder, or a new file; the public key goes beside it, under that name and .pub
    #[arg(long, value_name = "DIR|FILE", default_value = ".")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    match &args.command {
        Command::New(args) => new(args),
    }
}

fn new(args: &New) -> miette::Result<ExitCode> {
    let private = if args.out.is_dir() { args.out.join(NAME) } else { args.out.clone() };
    let public = beside(&private);
    let key = made(&private, &public).into_diagnostic()?;
    output::print(&format!(
        "{}: the private key; keep it secret, and out of the repository",
        shown(&private)
    ))?;
    output::print(&format!("{}: the public key, {}", shown(&public), key.public()))?;
    Ok(ExitCode::SUCCESS)
}

fn made(private: &Path, public: &Path) -> Result<PrivateKey, KeyError> {
    // Both files have to be new, or the first would be written in vain.
    if public.exists() {
        return Err(KeyError::Exists { path: public.to_owned() });
    }
    let key = PrivateKey::generate()?;
    key.write(private)?;
    key::write_public(key.public(), public)?;
    Ok(key)
}

fn beside(private: &Path) -> PathBuf {
    let mut name = private.file_name().unwrap_or_default().to_owned();
    name.push(PUBLIC);
    private.with_file_name(name)
}

/// The ruleset, signed with the key of a file.
pub(crate) fn signed(ruleset: &[u8], key: &Path) -> miette::Result<Vec<u8>> {
    let key = PrivateKey::read(key).into_diagnostic()?;
    Ok(signature::sign(&Ruleset::read(ruleset).into_diagnostic()?, &key))
}

/// Reads a public key for clap: the key itself, or its file.
pub(crate) fn public(given: &str) -> Result<PublicKey, String> {
    key::find_public(given).map_err(|error| error.to_string())
}
