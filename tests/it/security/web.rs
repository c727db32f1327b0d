//! gRPC-Web as a browser speaks it, over HTTP/1.1.

use bytes::{Buf as _, Bytes};
use goodstanding::proto::v1::GetStatusResponse;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use prost::Message as _;
use tokio::net::TcpStream;

use super::server::{Running, with_tokens};
use super::tokens::Signer;
use crate::support::command::Place;

const STATUS: &str = "/goodstanding.v1.AdminService/GetStatus";
const PORTAL: &str = "https://portal.example";

async fn send(running: &Running, request: Request<Full<Bytes>>) -> Response<Bytes> {
    let stream = TcpStream::connect(&running.address)
        .await
        .expect("connected");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .expect("HTTP/1.1");
    tokio::spawn(connection);
    let response = sender.send_request(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Response::from_parts(parts, body)
}

fn call(running: &Running, origin: &str, token: Option<&str>) -> Request<Full<Bytes>> {
    let mut request = Request::post(STATUS)
        .header(header::HOST, &running.address)
        .header(header::ORIGIN, origin)
        .header(header::CONTENT_TYPE, "application/grpc-web+proto")
        .header("x-grpc-web", "1");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    // One frame with an empty message.
    request
        .body(Full::from(vec![0, 0, 0, 0, 0]))
        .expect("a request")
}

fn preflight(running: &Running, origin: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .method(Method::OPTIONS)
        .uri(STATUS)
        .header(header::HOST, &running.address)
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(
            header::ACCESS_CONTROL_REQUEST_HEADERS,
            "authorization,content-type,grpc-timeout,x-grpc-web,x-user-agent",
        )
        .body(Full::default())
        .expect("a request")
}

fn text(headers: &HeaderMap, name: &str) -> String {
    let value = headers
        .get(name)
        .map(|value| value.to_str().expect("ASCII"));
    value.unwrap_or_default().to_ascii_lowercase()
}

/// Messages and trailers of a body.
fn frames(mut body: Bytes) -> (Vec<Bytes>, String) {
    let (mut messages, mut trailers) = (Vec::new(), String::new());
    while body.has_remaining() {
        let kind = body.get_u8();
        let length = body.get_u32() as usize;
        let frame = body.split_to(length);
        if kind & 0x80 == 0 {
            messages.push(frame);
        } else {
            trailers = String::from_utf8(frame.to_vec()).expect("text");
        }
    }
    (messages, trailers)
}

fn config(place: &Place, signer: &Signer) -> String {
    with_tokens(place, &[signer]) + &format!("[web]\nallowed_origins = ['{PORTAL}']\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_of_allowed_origin_can_call() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let running = Running::start(&place, &config(&place, &signer));

    let asked = send(&running, preflight(&running, PORTAL)).await;
    assert!(asked.status().is_success(), "{asked:?}");
    let headers = asked.headers();
    assert_eq!(text(headers, "access-control-allow-origin"), PORTAL);
    assert!(text(headers, "access-control-allow-methods").contains("post"));
    let allowed = text(headers, "access-control-allow-headers");
    for name in [
        "authorization",
        "content-type",
        "x-grpc-web",
        "grpc-timeout",
        "x-user-agent",
    ] {
        assert!(allowed.contains(name), "{name} in {allowed}");
    }
    assert_eq!(text(headers, "access-control-max-age"), "3600");
    assert_eq!(text(headers, "access-control-allow-credentials"), "");

    let answer = send(&running, call(&running, PORTAL, Some(&signer.operator()))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        text(answer.headers(), "access-control-allow-origin"),
        PORTAL
    );
    assert!(text(answer.headers(), "access-control-expose-headers").contains("grpc-status"));
    assert!(text(answer.headers(), "content-type").starts_with("application/grpc-web"));
    let (messages, trailers) = frames(answer.into_body());
    assert_eq!(messages.len(), 1);
    let status = GetStatusResponse::decode(messages[0].clone()).expect("the message");
    assert!(status.writable);
    assert!(trailers.contains("grpc-status:0"), "{trailers}");

    // Refusals can be read by the page as well.
    let seller = signer.seller(&["s1"]);
    for (token, code) in [(None, "16"), (Some(seller.as_str()), "7")] {
        let answer = send(&running, call(&running, PORTAL, token)).await;
        assert_eq!(
            text(answer.headers(), "access-control-allow-origin"),
            PORTAL
        );
        let in_headers = text(answer.headers(), "grpc-status");
        let (messages, trailers) = frames(answer.into_body());
        assert!(messages.is_empty());
        let in_trailers = trailers.contains(&format!("grpc-status:{code}"));
        assert!(in_headers == code || in_trailers, "{in_headers} {trailers}");
    }
    // gRPC itself goes on beside it.
    let channel = running.plain().await;
    let answer = super::raw::call(&channel, STATUS, Some(&signer.operator()), &[]).await;
    assert!(answer.is_ok(), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_origins_get_no_cors_headers() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let running = Running::start(&place, &config(&place, &signer));
    for origin in [
        "https://evil.example",
        "https://portal.example.evil.example",
        "null",
    ] {
        let asked = send(&running, preflight(&running, origin)).await;
        let allowed = text(asked.headers(), "access-control-allow-origin");
        assert_eq!(allowed, "", "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_web_is_off_without_allowed_origins() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let running = Running::start(&place, &with_tokens(&place, &[&signer]));
    let stream = TcpStream::connect(&running.address)
        .await
        .expect("connected");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .expect("a socket");
    tokio::spawn(connection);
    let answer = sender.send_request(preflight(&running, PORTAL)).await;
    assert!(answer.is_err(), "{answer:?}");
}
