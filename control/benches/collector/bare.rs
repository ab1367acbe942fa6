//! A server that reads what it is sent, and acknowledges it without a look.

use crate::load::ACKNOWLEDGED;
use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

/// Serves on a free port, a thread for each connection, as long as the process lives.
pub(crate) fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that goes in the middle of a request is no matter.
            thread::spawn(|| answer(stream?));
        }
    });
    address
}

fn answer(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut answer =
        format!("HTTP/1.1 202 Accepted\r\ncontent-length: {}\r\n\r\n", ACKNOWLEDGED.len()).into_bytes();
    answer.extend_from_slice(ACKNOWLEDGED);
    let (mut line, mut body) = (String::new(), Vec::new());
    let mut length = 0;
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim_end().parse().map_err(io::Error::other)?;
        }
        if line == "\r\n" {
            body.resize(length, 0);
            stream.read_exact(&mut body)?;
            stream.get_mut().write_all(&answer)?;
        }
    }
}
