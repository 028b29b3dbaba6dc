//! A stand-in for a bad network: it carries requests to Azurite, counts them, and swallows answers when told to.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Says of a request (`PUT /account/table…`) and its number whether its answer gets lost.
type Swallows = dyn Fn(&str, usize) -> bool + Send + Sync;

/// The proxy before one of Azurite's services.
pub(super) struct Proxy {
    /// Where it listens on 127.0.0.1.
    pub(super) port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Before `port`. `swallows` sees each request's method and path, and how many of the same method came before.
    pub(super) async fn before(
        port: u16,
        swallows: impl Fn(&str, usize) -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            seen: Arc::default(),
        };
        let seen = proxy.seen.clone();
        let swallows: Arc<Swallows> = Arc::new(swallows);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, port, seen.clone(), swallows.clone()));
            }
        });
        proxy
    }

    /// The requests so far: methods and paths.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// Forgets the requests so far.
    pub(super) fn forget(&self) {
        self.seen.lock().unwrap().clear();
    }
}

/// One request for each connection: then the end of the answer is the end of the connection.
async fn carry(
    mut client: TcpStream,
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    swallows: Arc<Swallows>,
) {
    let Some(request) = read_request(&mut client).await else {
        return;
    };
    let head = String::from_utf8_lossy(&request).into_owned();
    let line = head.split(" HTTP/1.1").next().unwrap().to_owned();
    let method = line.split(' ').next().unwrap().to_owned();
    let before = {
        let mut seen = seen.lock().unwrap();
        let before = seen.iter().filter(|line| line.starts_with(&method)).count();
        seen.push(line.clone());
        before
    };
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    server.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await.unwrap();
    assert!(!answer.is_empty(), "Azurite did not answer {line}");
    if !swallows(&line, before) {
        // The client may be gone; that is its own business.
        let _ = client.write_all(&answer).await;
    }
}

/// A whole request, with the server asked to close the connection behind its answer.
async fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        let read = client.read(&mut chunk).await.ok()?;
        if read == 0 {
            return None;
        }
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some(end) = text.find("\r\n\r\n") else {
            continue;
        };
        let length: usize = text[..end]
            .lines()
            .find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.trim().parse().unwrap())
            })
            .unwrap_or(0);
        if bytes.len() >= end + 4 + length {
            let line_end = text.find("\r\n").unwrap();
            let mut request = bytes[..line_end].to_vec();
            request.extend_from_slice(b"\r\nConnection: close");
            request.extend_from_slice(&bytes[line_end..]);
            return Some(request);
        }
    }
}
