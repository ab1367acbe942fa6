//! `edgewise serve`: hands out the ruleset and collects events.

use super::keys;
use edgewise_control::{
    ruleset::key::PublicKey,
    serve::{Listener, Notice, Options, serve},
};
use miette::IntoDiagnostic as _;
use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};
use tokio::signal;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The ruleset to hand out, as `edgewise build` writes it; read again when it changes
    #[arg(long, value_name = "FILE", env = "EDGEWISE_RULESET")]
    ruleset: PathBuf,
    /// The public key that the ruleset has to be signed with: base64, or the file of `edgewise keys new`
    #[arg(long, value_name = "KEY", value_parser = keys::public, env = "EDGEWISE_PUBLIC_KEY")]
    public_key: Option<PublicKey>,
    /// The folder that events are kept in; made where there is none
    #[arg(long, value_name = "DIR", env = "EDGEWISE_DATA")]
    data: PathBuf,
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", env = "EDGEWISE_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let options = Options {
        ruleset: args.ruleset.clone(),
        public_key: args.public_key,
        data: args.data.clone(),
        listen: args.listen,
    };
    let runtime = tokio::runtime::Runtime::new().into_diagnostic()?;
    let listener: Listener = Arc::new(|notice| say(&notice));
    runtime.block_on(async {
        let stop = stop_signal()?;
        serve(options, stop, listener).await.into_diagnostic()
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Resolves on the first SIGINT or SIGTERM.
fn stop_signal() -> miette::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate()).into_diagnostic()?;
    let mut interrupt = signal::unix::signal(signal::unix::SignalKind::interrupt()).into_diagnostic()?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Tells whoever runs the server, on standard error.
#[allow(clippy::print_stderr, reason = "this is the rim where the command line speaks")]
fn say(notice: &Notice) {
    eprintln!("{notice}");
}
