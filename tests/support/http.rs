//! A server on a port of its own, and raw requests to it: what a well-behaved client would never send.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Child;

use super::{Database, eventually, pgwright};

/// `pgwright serve --http` on a free port; killed when dropped.
pub struct HttpServer {
    process: Child,
    address: String,
}

impl HttpServer {
    /// A server with legacy SSE that works on that database, with further arguments behind `serve`.
    pub async fn start(database: &Database, arguments: &[&str]) -> Self {
        let dsn = database.dsn();
        let serve = ["--dsn", &dsn, "serve", "--http", "127.0.0.1:0", "--enable-legacy-sse"];
        Self::launch(&[&serve, arguments].concat()).await
    }

    /// A server started with exactly these arguments.
    pub async fn launch(arguments: &[&str]) -> Self {
        let mut process = pgwright(arguments).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("an address before the end");
            if let Some(url) = line.strip_prefix("pgwright: listening on http://") {
                break url.strip_suffix("/mcp").unwrap().to_owned();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { process, address }
    }

    /// Where a path of it is.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks it to stop, as a supervisor does.
    pub fn terminate(&self) {
        let pid = self.process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
    }

    /// Waits for its end; whether it ended well.
    pub async fn ended(mut self) -> bool {
        self.process.wait().await.unwrap().success()
    }

    /// Waits until it accepts no connections any more.
    pub async fn until_closed(&self) {
        eventually("the door is closed", || async { TcpStream::connect(&self.address).await.is_err() }).await;
    }

    /// Sends a request on a connection of its own.
    pub async fn send(&self, request: &Request<'_>) -> Exchange {
        self.send_text(&request.text(&self.address)).await
    }

    /// Sends whatever this is on a connection of its own.
    pub async fn send_text(&self, text: &str) -> Exchange {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        Exchange { stream: BufReader::new(stream) }
    }

    /// Sends a request and gives the beginning of its answer.
    pub async fn open(&self, request: &Request<'_>) -> Reply {
        self.send(request).await.reply().await
    }

    /// Sends a request and gives the status of its answer.
    pub async fn status(&self, request: &Request<'_>) -> u16 {
        self.open(request).await.status
    }
}

/// One raw request.
#[derive(Clone)]
pub struct Request<'a> {
    method: &'a str,
    path: &'a str,
    headers: Vec<(&'a str, String)>,
    body: String,
}

impl<'a> Request<'a> {
    /// Asks for the stream at that path.
    pub fn get(path: &'a str) -> Self {
        Self::bare("GET", path).header("Accept", "text/event-stream")
    }

    /// Ends the session at that path.
    pub fn delete(path: &'a str) -> Self {
        Self::bare("DELETE", path)
    }

    /// A JSON-RPC message to that path.
    pub fn post(path: &'a str, message: &serde_json::Value) -> Self {
        Self { body: message.to_string(), ..Self::bare("POST", path) }
            .header("Accept", "application/json, text/event-stream")
            .header("Content-Type", "application/json")
    }

    fn bare(method: &'a str, path: &'a str) -> Self {
        Self { method, path, headers: Vec::new(), body: String::new() }
    }

    /// The same with one more header.
    pub fn header(mut self, name: &'a str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn text(&self, address: &str) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| *name == "Host") {
            text += &format!("Host: {address}\r\n");
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        text + &format!("Content-Length: {}\r\n\r\n{}", self.body.len(), self.body)
    }
}

/// A request whose answer nobody has looked at yet; dropping it closes the connection.
pub struct Exchange {
    stream: BufReader<TcpStream>,
}

impl Exchange {
    /// Waits for the beginning of the answer.
    pub async fn reply(self) -> Reply {
        let mut stream = self.stream;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(stream.read_line(&mut head).await.unwrap(), 0, "the connection ended after: {head:?}");
        }
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap();
        Reply { status, head, stream }
    }
}

/// An answer under way; dropping it closes the connection.
pub struct Reply {
    pub status: u16,
    head: String,
    stream: BufReader<TcpStream>,
}

impl Reply {
    /// A header of the answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    }

    /// The data of the next event that has any.
    pub async fn event(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.stream.read_line(&mut line).await.unwrap(), 0, "the stream ended");
            match line.trim_end().strip_prefix("data:").map(str::trim_start) {
                Some(data) if !data.is_empty() => return data.to_owned(),
                _ => {}
            }
        }
    }
}
