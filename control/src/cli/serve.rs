//! `edgewise serve`: hands out the ruleset and collects events.

use super::{events, keys};
use axum::http::HeaderName;
use edgewise_control::{
    ruleset::key::PublicKey,
    serve::{Listener, Notice, Options, serve},
};
use miette::IntoDiagnostic as _;
use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, process::ExitCode, sync::Arc};
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
    /// Delete the events of arrival days older than this, such as 90d; without it they are kept for ever
    #[arg(long, value_name = "DAYS", value_parser = events::retain, env = "EDGEWISE_RETAIN")]
    retain: Option<u32>,
    /// How many events a second a client may send; more is answered with 429 until it is paid off
    #[arg(long, value_name = "EVENTS", env = "EDGEWISE_RATE_LIMIT")]
    rate_limit: Option<NonZeroU32>,
    /// The header that the proxy in front names the client by, such as x-forwarded-for, whose last entry counts;
    /// without it a client is its address
    #[arg(long, value_name = "HEADER", env = "EDGEWISE_CLIENT_HEADER")]
    client_header: Option<HeaderName>,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let options = Options {
        ruleset: args.ruleset.clone(),
        public_key: args.public_key,
        data: args.data.clone(),
        listen: args.listen,
        retain: args.retain,
        rate_limit: args.rate_limit,
        client_header: args.client_header.clone(),
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
