//! A client that does what it is told, well-mannered or not, and the service as a process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::site::Site;

/// Longest wait for an answer: a test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// `dnc-edge serve` at a free port of the loopback address.
pub struct Server {
    child: Child,
    pub address: String,
    pub token: Option<String>,
}

impl Site {
    /// Starts the service on it.
    pub fn serve(&self, more: &[&str]) -> Server {
        Server::start(&self.bundle, &self.gallery, more)
    }
}

impl Server {
    /// Starts the service on `bundle` and `gallery`, with more arguments.
    pub fn start(bundle: &Path, gallery: &Path, more: &[&str]) -> Self {
        Self::start_with(bundle, gallery, more, None)
    }

    /// With a token too, told by the environment.
    pub fn start_with(bundle: &Path, gallery: &Path, more: &[&str], token: Option<&str>) -> Self {
        // Without its signal, a limit on the length of files is an error, as a full disk is.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(super::command().get_program());
        command.args(["serve", "--listen", "127.0.0.1:0", "--bundle"]).arg(bundle).arg("--gallery").arg(gallery);
        command.args(more).stdout(Stdio::piped()).env_remove("DNC_EDGE_TOKEN");
        if let Some(token) = token {
            command.env("DNC_EDGE_TOKEN", token);
        }
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening at http://").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, address, token: token.map(str::to_owned) }
    }

    pub fn connect(&self) -> Client {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { reader: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    /// One request on a connection of its own.
    pub fn ask(&self, method: &str, path: &str, body: &[u8]) -> Response {
        self.connect().ask(method, path, &self.headers(), body)
    }

    pub fn get(&self, path: &str) -> Response {
        self.ask("GET", path, b"")
    }

    pub fn post_json(&self, path: &str, body: &Value) -> Response {
        self.ask("POST", path, body.to_string().as_bytes())
    }

    /// The headers of a client in good standing.
    pub fn headers(&self) -> Vec<(String, String)> {
        let mut headers = vec![("Host".to_owned(), self.address.clone())];
        if let Some(token) = &self.token {
            headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        }
        headers
    }

    /// A metric's value, by its name with labels.
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").text();
        let line = text.lines().find_map(|l| l.strip_prefix(name).and_then(|rest| rest.strip_prefix(' ')));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}")).trim().parse().unwrap()
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Lets no file be written beyond `bytes`; a number or `unlimited`.
    pub fn limit_files(&self, bytes: &str) {
        let id = self.child.id().to_string();
        let set = Command::new("prlimit").args(["--pid", &id, &format!("--fsize={bytes}:")]).status();
        assert!(set.unwrap().success());
    }

    /// Waits until the process has ended by itself; answers its exit code.
    pub fn ended(mut self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the service did not end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection.
pub struct Client {
    pub stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    pub fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// A whole request and its answer; the connection stays.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Response {
        let mut head = format!("{method} {path} HTTP/1.1\r\nContent-Length: {}\r\n", body.len());
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        // The service may say no before it has read all.
        let sent = self.send(head.as_bytes()).and_then(|()| self.send(b"\r\n")).and_then(|()| self.send(body));
        self.answer().unwrap_or_else(|e| panic!("{method} {path}: {e}, sent: {sent:?}"))
    }

    /// Reads an answer of known length.
    pub fn answer(&mut self) -> std::io::Result<Response> {
        let (status, headers) = self.head()?;
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
        self.reader.read_exact(&mut body)?;
        Ok(Response { status, headers, body })
    }

    /// Reads the head of an answer.
    pub fn head(&mut self) -> std::io::Result<(u16, Vec<(String, String)>)> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|s| s.parse().ok());
        let status = status.ok_or_else(|| std::io::Error::other("the connection was closed without an answer"))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { return Ok((status, headers)) };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
    }

    /// A line without its end.
    pub fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    /// Whether the service closed the connection; waits for it.
    pub fn is_cut_off(&mut self) -> bool {
        let mut rest = Vec::new();
        match self.reader.read_to_end(&mut rest) {
            Ok(_) => true,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The JSON of an answer with `status`.
    #[track_caller]
    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Checks that the request was refused in the way that every error is told.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        let error = &self.json(status)["error"];
        assert_eq!(error["code"], code, "{error}");
        for part in ["message", "next_step"] {
            assert!(error[part].as_str().is_some_and(|t| !t.is_empty()), "{error}");
        }
    }
}
