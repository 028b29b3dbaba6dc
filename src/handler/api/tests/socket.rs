//! Over a real socket: what a server does with connections that go away or send what they like.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

async fn served(desk: &Desk) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = desk.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Sends bytes and reads the answer to its end.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A server that refuses a body does not read the rest of it: the end may be a reset.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn request(method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_definition_goes_there_and_back() {
    let desk = Desk::furnished().await;
    let address = served(&desk).await;
    let body = json!({ "type": "csv", "folder": "x" }).to_string();
    let made = exchange(
        address,
        request("PUT", "/api/v1/connections/x", &body).as_bytes(),
    )
    .await;
    assert!(made.starts_with("HTTP/1.1 201"), "{made}");
    let got = exchange(
        address,
        request("GET", "/API/V1/Connections/x", "").as_bytes(),
    )
    .await;
    assert!(got.ends_with(&body), "{got}");
    // In pieces, as the host forwards it.
    let chunked = "PUT /api/v1/connections/y HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
        e\r\n{\"type\":\"csv\",\r\nd\r\n\"folder\":\"y\"}\r\n0\r\n\r\n";
    let made = exchange(address, chunked.as_bytes()).await;
    assert!(made.starts_with("HTTP/1.1 201"), "{made}");
}

#[tokio::test]
async fn garbage_ends_no_server() {
    let desk = Desk::furnished().await;
    let address = served(&desk).await;
    let huge = "x".repeat(1024 * 1024);
    let refused = exchange(
        address,
        request("POST", "/api/v1/syncs/everyone/runs", &huge).as_bytes(),
    )
    .await;
    assert!(
        refused.is_empty() || refused.starts_with("HTTP/1.1 413"),
        "{refused}"
    );
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET /api/v1/syncs/\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /api/v1/health HTTP/9.9\r\n\r\n",
        b"POST /api/v1/syncs/everyone/runs HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    ] {
        exchange(address, garbage).await;
    }
    let health = exchange(address, request("GET", "/api/v1/health", "").as_bytes()).await;
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
}

/// A client that goes away after it asked leaves neither a half-done change nor a hold on the catalog.
#[tokio::test]
async fn what_was_begun_is_finished_when_the_client_goes_away() {
    let desk = Desk::furnished().await;
    let address = served(&desk).await;
    let body = json!({ "type": "csv", "folder": "x" }).to_string();
    for number in 0..20 {
        let path = format!("/api/v1/connections/gone-{number}");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(request("PUT", &path, &body).as_bytes())
            .await
            .unwrap();
        if number % 2 == 0 {
            tokio::task::yield_now().await;
        }
        drop(stream);
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let made = desk
            .put(
                "/api/v1/connections/after",
                &json!({ "type": "csv", "folder": "x" }),
            )
            .await;
        if made.status == 201 {
            break;
        }
        made.problem(Code::Busy);
        assert!(
            std::time::Instant::now() < deadline,
            "the catalog stays held"
        );
        tokio::task::yield_now().await;
    }
}
