//! HTTP as bytes on a socket, so that a request is what was recorded and an answer what was sent.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::recorded::Recorded;

/// Nothing here takes this long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Names in small letters.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn header(&self, wanted: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    }
}

/// One connection, which may carry several requests.
pub(super) struct Connection(TcpStream);

impl Connection {
    pub(super) async fn to(address: SocketAddr) -> Self {
        let stream = timeout(PATIENCE, TcpStream::connect(address)).await;
        Self(stream.unwrap().unwrap())
    }

    /// Sends a request as it was recorded: headers in order, and the body in chunks where a header says so.
    pub(super) async fn send(&mut self, request: &Recorded) {
        let mut bytes = head_of(request);
        if request.header("transfer-encoding") == Some("chunked") {
            // Cut without regard to letters, as a socket does.
            for piece in request.body.as_bytes().chunks(1000) {
                bytes.extend(chunk(piece));
            }
            bytes.extend(b"0\r\n\r\n");
        } else {
            bytes.extend(request.body.as_bytes());
        }
        self.write(&bytes).await;
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) {
        let wrote = timeout(PATIENCE, self.0.write_all(bytes)).await;
        wrote.expect("the request is taken").unwrap();
    }

    /// Reads one answer with a Content-Length.
    pub(super) async fn answer(&mut self) -> Answer {
        timeout(PATIENCE, self.read()).await.expect("an answer")
    }

    async fn read(&mut self) -> Answer {
        let mut bytes = Vec::new();
        let head = loop {
            if let Some(end) = position(&bytes, b"\r\n\r\n") {
                break end;
            }
            self.more(&mut bytes).await;
        };
        let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
        let mut lines = text.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let mut answer = Answer {
            status: status.parse().unwrap(),
            headers: lines
                .map(|line| line.split_once(": ").unwrap())
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: String::new(),
        };
        let length = answer.header("content-length").map(str::parse::<usize>);
        let length = length.expect("a Content-Length").unwrap();
        let mut body = bytes.split_off(head + 4);
        while body.len() < length {
            self.more(&mut body).await;
        }
        assert_eq!(body.len(), length, "more than one answer");
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    async fn more(&mut self, bytes: &mut Vec<u8>) {
        let count = self.0.read_buf(bytes).await.unwrap();
        assert!(count > 0, "the connection ended within an answer");
    }
}

/// The request line and the headers.
pub(super) fn head_of(request: &Recorded) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// One chunk of a body.
pub(super) fn chunk(bytes: &[u8]) -> Vec<u8> {
    let size = format!("{:x}\r\n", bytes.len());
    [size.as_bytes(), bytes, b"\r\n"].concat()
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// Sends one request on a connection of its own.
pub(super) async fn ask(address: SocketAddr, request: &Recorded) -> Answer {
    let mut connection = Connection::to(address).await;
    connection.send(request).await;
    connection.answer().await
}
