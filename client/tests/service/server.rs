//! A server on loopback whose answers a test decides, in the place of the control server and the collector.

use serde_json::Value;
use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Status, further headers, body.
pub(crate) type Reply = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// Answers until the test ends.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(mut answer: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read(&mut stream) else { continue };
                let reply = answer(&request);
                noted.lock().unwrap().push(request);
                write(&mut stream, &reply);
            }
        });
        Self { address, seen }
    }

    /// Publishes a ruleset, and acknowledges all events.
    pub(crate) fn collecting(ruleset: Vec<u8>) -> Self {
        Self::start(move |request| match request.path.as_str() {
            "/v1/ruleset" => (200, Vec::new(), ruleset.clone()),
            _ => acknowledged(),
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// The batches that were sent, one after the other.
    pub(crate) fn batches(&self) -> Vec<Value> {
        let seen = self.seen();
        let sent = seen.iter().filter(|request| request.path == "/v1/events");
        sent.map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
    }

    /// The events that were sent.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.batches().iter().flat_map(|batch| batch["events"].as_array().unwrap().clone()).collect()
    }
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name)?;
        Some(&found.1)
    }
}

/// What the collector says when it has everything.
pub(crate) fn acknowledged() -> Reply {
    (202, Vec::new(), br#"{"accepted":1,"duplicate":[],"rejected":[]}"#.to_vec())
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = reader.by_ref().lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let split = |line: String| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<_> = lines.take_while(|line| !line.is_empty()).filter_map(split).collect();
    let mut request = Request { path, headers, body: Vec::new() };
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    reader.take(length).read_to_end(&mut request.body).unwrap();
    Some(request)
}

fn write(stream: &mut TcpStream, (status, headers, body): &Reply) {
    let mut head = format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    // Whoever gave up waiting is gone.
    let _ = stream.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| stream.write_all(body));
}
