//! A function that needs no library to speak with Lambda: it answers every event with the event, turned round.

use std::io::{Read, Write};
use std::net::TcpStream;

use bytes::{Buf, Bytes};

/// One request on a connection of its own: the answer's head and body.
fn ask(request: &str) -> (String, Bytes) {
    let address = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("the runtime's address");
    let mut stream = TcpStream::connect(address).expect("the runtime");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("the end of the head");
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let mut body = Bytes::from(answer);
    body.advance(end + 4);
    (head, body)
}

fn main() {
    loop {
        let (head, event) = ask("GET /2018-06-01/runtime/invocation/next HTTP/1.0\r\n\r\n");
        let id = head.lines().find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: ")).expect("an id");
        let turned: String = String::from_utf8_lossy(&event).chars().rev().collect();
        let length = turned.len();
        ask(&format!(
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.0\r\ncontent-length: {length}\r\n\r\n{turned}"
        ));
    }
}
