//! Calls over a real socket, in pieces and in bulk.

use std::net::SocketAddr;

use rollcall::intake::LONGEST_LOAD;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{
    call::{By, Call},
    stage::Stage,
};

impl Stage {
    async fn listen(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }
}

/// Sends a call in chunks, as a proxy does that does not know its length; gives the whole answer.
async fn send_in_chunks(stage: &Stage, address: SocketAddr, call: &Call, chunk: usize) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n",
        call.path
    );
    for (name, value) in call.proof(stage.now()).iter().chain(&call.headers) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream
        .write_all(format!("{head}\r\n").as_bytes())
        .await
        .unwrap();
    for piece in call.body.chunks(chunk) {
        let size = format!("{:x}\r\n", piece.len());
        stream.write_all(size.as_bytes()).await.unwrap();
        stream.write_all(piece).await.unwrap();
        stream.write_all(b"\r\n").await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[tokio::test]
async fn a_load_may_come_in_chunks() {
    let stage = Stage::new().await;
    let address = stage.listen().await;
    let rows: String = (0..20_000)
        .map(|number| format!("person-{number}@acme.org,Person {number}\n"))
        .collect();
    let csv = format!("email,name\n{rows}");
    let mut call = Call::load("msg_1", &csv);
    call.path = "/API/hooks/HR/workday".to_owned();
    let answer = send_in_chunks(&stage, address, &call, 4099).await;
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    let receipt: serde_json::Value = serde_json::from_str(body(&answer)).unwrap();
    assert_eq!(receipt["rows"], 20_000);
    assert_eq!(stage.latest("workday").await, Some(csv));
}

/// Who sends too much is heard out, so that he hears why he is refused, and it is the answer that all get.
#[tokio::test]
async fn too_much_is_refused_like_everything_else() {
    let stage = Stage::new().await;
    let address = stage.listen().await;
    let forged = Call {
        by: By::Nothing,
        ..Call::load("x", "email\n")
    };
    let refused = send_in_chunks(&stage, address, &forged, 100).await;
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    let mut long = Call::load("msg_1", "email\n");
    long.body.resize(LONGEST_LOAD + 1, b'x');
    for by in [long.by.clone(), By::Nothing] {
        let call = Call { by, ..long.clone() };
        let answer = send_in_chunks(&stage, address, &call, 1 << 20).await;
        assert_eq!(body(&answer), body(&refused));
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
    // The longest that is taken in, by one byte.
    let mut longest = Call::load("msg_2", "email\n");
    longest.body.resize(LONGEST_LOAD, b'\n');
    let answer = send_in_chunks(&stage, address, &longest, 1 << 20).await;
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert_eq!(stage.blobs("deliveries/").await.len(), 1);
}

/// Nothing of a call that breaks off is kept.
#[tokio::test]
async fn a_call_that_breaks_off_leaves_nothing() {
    let stage = Stage::new().await;
    let address = stage.listen().await;
    let call = Call::load("msg_1", "email\nada@acme.org\n");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut head = format!("POST {} HTTP/1.1\r\nhost: x\r\n", call.path);
    for (name, value) in call.proof(stage.now()).iter().chain(&call.headers) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = call.body.len();
    head.push_str(&format!("content-length: {length}\r\n\r\n"));
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&call.body[..length - 1]).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    // Whether there is an answer to a call without an end is the server's own choice.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 2"));
    assert_eq!(stage.watched.writes(), 0);
    stage.send(call).await.is(202);
}
