//! Which tokens are taken.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use ring::hmac;
use serde_json::{Value, json};
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt as _;

use super::pki::{Authority, Pair};
use super::raw::{call, code};
use super::server::{Running, with_tokens};
use super::tokens::{AUDIENCE, ISSUER, Signer, claims, encode, now, set};
use crate::support::command::Place;

const STATUS: &str = "/goodstanding.v1.AdminService/GetStatus";
/// Failed attempts are bounded elsewhere.
const UNHURRIED: &str = "[rate]\nunknown = { per_second = 0, burst = 1 }\n";

async fn ask(channel: &Channel, token: &str) -> Code {
    code(&call(channel, STATUS, Some(token), &[]).await)
}

/// Claims of an operator with one of them changed, or left out.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims("operator", &[]);
    let held = claims.as_object_mut().expect("claims");
    if value.is_null() {
        held.remove(name);
    } else {
        held.insert(name.to_owned(), value);
    }
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn cached_token_expires() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let config = with_tokens(&place, &[&signer]) + "leeway = '0s'\n" + UNHURRIED;
    let running = Running::start(&place, &config);
    let channel = running.plain().await;
    let ends = now() + 8;
    let token = signer.sign(&with("exp", json!(ends)));
    let (mut good, mut ended) = (0, 0);
    while ended < 2 {
        let before = now();
        let answer = ask(&channel, &token).await;
        match answer {
            Code::Ok => {
                assert!(before < ends, "taken after its end");
                good += 1;
            }
            Code::Unauthenticated => {
                assert!(now() >= ends, "refused before its end");
                ended += 1;
            }
            other => panic!("{other:?}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(good >= 2, "it was never remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn valid_tokens_of_every_key_type_are_accepted() {
    let place = Place::new();
    let mut keys = vec![Signer::ed25519("ed"), Signer::p256("ec")];
    keys.extend(Signer::rsa("rsa", 2048));
    let known: Vec<&Signer> = keys.iter().collect();
    let running = Running::start(&place, &(with_tokens(&place, &known) + UNHURRIED));
    let channel = running.plain().await;
    for key in &keys {
        assert_eq!(ask(&channel, &key.operator()).await, Code::Ok, "{}", key.id);
        let good = [
            with("aud", json!(["other", AUDIENCE])),
            with("nbf", json!(now() - 5)),
            // Clocks may be half a minute apart.
            with("exp", json!(now() - 10)),
            with("nbf", json!(now() + 10)),
        ];
        for claims in good {
            let code = ask(&channel, &key.sign(&claims)).await;
            assert_eq!(code, Code::Ok, "{} {claims}", key.id);
        }
        // Several keys: a token has to say which.
        let header = json!({"alg": key.algorithm()});
        let nameless = key.sign_with(&header, &claims("operator", &[]));
        assert_eq!(ask(&channel, &nameless).await, Code::Unauthenticated);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_tokens_are_refused() {
    let place = Place::new();
    let (ed, ec, stranger) = (
        Signer::ed25519("ed"),
        Signer::p256("ec"),
        Signer::ed25519("ed"),
    );
    let running = Running::start(&place, &(with_tokens(&place, &[&ed, &ec]) + UNHURRIED));
    let channel = running.plain().await;
    let header = |alg: &str| json!({"alg": alg, "typ": "JWT", "kid": "ed"});
    let good = claims("operator", &[]);
    let mut bad: Vec<(&str, String)> = vec![
        ("expired", ed.sign(&with("exp", json!(now() - 120)))),
        (
            "expires as a text",
            ed.sign(&with("exp", json!("9999999999"))),
        ),
        ("never expires", ed.sign(&with("exp", Value::Null))),
        ("not yet", ed.sign(&with("nbf", json!(now() + 120)))),
        ("nbf as a text", ed.sign(&with("nbf", json!("soon")))),
        (
            "other issuer",
            ed.sign(&with("iss", json!("https://evil.example"))),
        ),
        ("no issuer", ed.sign(&with("iss", Value::Null))),
        ("other audience", ed.sign(&with("aud", json!("other")))),
        ("no audience", ed.sign(&with("aud", Value::Null))),
        ("no subject", ed.sign(&with("sub", Value::Null))),
        ("empty subject", ed.sign(&with("sub", json!("")))),
        ("no role", ed.sign(&with("role", Value::Null))),
        ("made-up role", ed.sign(&with("role", json!("admin")))),
        (
            "role in capitals",
            ed.sign(&with("role", json!("Operator"))),
        ),
        ("seller of nothing", ed.sign(&with("role", json!("seller")))),
        ("another key's signature", stranger.sign(&good)),
        ("unknown key", Signer::ed25519("new").sign(&good)),
        (
            "algorithm of another key",
            ed.sign_with(&header("ES256"), &good),
        ),
        ("key of another algorithm", {
            let header = json!({"alg": "EdDSA", "kid": "ec"});
            ed.sign_with(&header, &good)
        }),
        ("critical extension", {
            let header = json!({"alg": "EdDSA", "kid": "ed", "crit": ["b64"], "b64": false});
            ed.sign_with(&header, &good)
        }),
        ("key in the token", {
            let header = json!({"alg": "EdDSA", "kid": "x", "jwk": stranger.public()});
            stranger.sign_with(&header, &good)
        }),
        ("too long", ed.sign(&with("pad", json!("x".repeat(9000))))),
        ("nothing", String::new()),
        ("two parts", "a.b".to_owned()),
        ("five parts", "a.b.c.d.e".to_owned()),
        ("no base64", "!.!.!".to_owned()),
    ];
    for none in ["none", "None", "NONE", ""] {
        let message = format!(
            "{}.{}",
            encode(header(none).to_string()),
            encode(good.to_string())
        );
        bad.push(("no signature", format!("{message}.")));
        bad.push(("none with one", format!("{message}.{}", encode("x"))));
    }
    for (name, algorithm) in [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ] {
        // The public key taken for a shared secret.
        let message = format!(
            "{}.{}",
            encode(header(name).to_string()),
            encode(good.to_string())
        );
        let key = hmac::Key::new(algorithm, &ed.public_bytes());
        let tag = encode(hmac::sign(&key, message.as_bytes()));
        bad.push(("key confusion", format!("{message}.{tag}")));
    }
    let mut cut = ed.sign(&good);
    cut.pop();
    bad.push(("a letter short", cut));
    for (what, token) in bad {
        assert_eq!(ask(&channel, &token).await, Code::Unauthenticated, "{what}");
    }
    assert_eq!(ask(&channel, &ed.operator()).await, Code::Ok);
    // Nothing of a token is in the log.
    let signed = ed.operator();
    let signature = signed.rsplit('.').next().expect("three parts");
    assert!(running.logged(signature).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_authorization_headers_are_refused() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let running = Running::start(&place, &with_tokens(&place, &[&signer]));
    let channel = running.plain().await;
    let mut client =
        goodstanding::proto::v1::admin_service_client::AdminServiceClient::new(channel);
    let good = format!("Bearer {}", signer.operator());
    let cases: [(&[&str], Code); 5] = [
        (&[&good], Code::Ok),
        (&[&good, &good], Code::Unauthenticated),
        (&["Basic dTpw"], Code::Unauthenticated),
        (&[&signer.operator()], Code::Unauthenticated),
        (&[], Code::Unauthenticated),
    ];
    for (values, expected) in cases {
        let mut request = tonic::Request::new(goodstanding::proto::v1::GetStatusRequest {});
        for value in values {
            let value = value.parse().expect("ASCII");
            request.metadata_mut().append("authorization", value);
        }
        let answer = client.get_status(request).await;
        assert_eq!(code(&answer), expected, "{values:?}");
        if let Err(status) = answer {
            let info = status.get_details_error_info().expect("a reason");
            assert_eq!(info.reason, "CALLER_UNKNOWN");
        }
    }
}

#[test]
fn key_set_without_keys_refuses_start() {
    let weak = Signer::rsa("weak", 2048).map(|key| key.public());
    let mut bad = vec![
        json!({"keys": []}),
        json!({"keys": [{"kty": "oct", "kid": "a", "k": "c2VjcmV0"}]}),
        json!([]),
        json!("x"),
    ];
    if let Some(mut key) = weak {
        key["use"] = json!("enc");
        bad.push(json!({"keys": [key]}));
    }
    let twice = Signer::ed25519("a").public();
    bad.push(json!({"keys": [twice, Signer::p256("a").public()]}));
    for set in bad {
        let place = Place::new();
        let signer = Signer::ed25519("k1");
        let config = with_tokens(&place, &[&signer]);
        place.file("keys.json", set.to_string());
        let file = place.file("config.toml", config);
        let (data, listen) = (place.text("data"), "127.0.0.1:0");
        let out = crate::support::command::run(&[
            "serve", "--config", &file, "--data", &data, "--listen", listen,
        ]);
        assert_eq!(out.status.code(), Some(1), "{set}");
        let said = crate::support::command::stderr(&out);
        assert!(said.contains("auth.tokens"), "{said}");
    }
}

fn answer(stream: &mut (impl Read + Write), body: &str) {
    let mut request = [0; 2048];
    let _ = stream.read(&mut request);
    let status = if body.is_empty() {
        "500 Broken"
    } else {
        "200 OK"
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n");
    let _ = stream.write_all((head + body).as_bytes());
    let _ = stream.flush();
}

/// Publishes a key set over HTTP, as an identity provider does.
struct Publisher {
    url: String,
    body: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Publisher {
    fn start(body: String) -> Self {
        Self::serve(body, None)
    }

    /// Over https, for `localhost`.
    fn start_encrypted(body: String, pair: &Pair) -> Self {
        let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.expect("a certificate")], key)
            .expect("a pair");
        Self::serve(body, Some(Arc::new(config)))
    }

    fn serve(body: String, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let publisher = Self {
            url: format!("{scheme}://localhost:{port}/keys.json"),
            body: Arc::new(Mutex::new(body)),
            asked: Arc::default(),
        };
        let (body, asked) = (Arc::clone(&publisher.body), Arc::clone(&publisher.asked));
        let answering = std::thread::Builder::new().spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                asked.fetch_add(1, Ordering::SeqCst);
                let body = body.lock().expect("whole").clone();
                match &tls {
                    None => answer(&mut stream, &body),
                    Some(config) => {
                        let session = rustls::ServerConnection::new(Arc::clone(config));
                        let session = session.expect("a session");
                        answer(&mut rustls::StreamOwned::new(session, stream), &body);
                    }
                }
            }
        });
        answering.expect("a thread");
        publisher
    }

    fn publish(&self, body: String) {
        *self.body.lock().expect("whole") = body;
    }

    fn config(&self, every: &str, floor: &str) -> String {
        format!(
            "[auth.tokens]\nissuer = '{ISSUER}'\naudience = '{AUDIENCE}'\nkeys_url = '{}'\n\
             refresh_every = '{every}'\nrefresh_floor = '{floor}'\n{UNHURRIED}",
            self.url
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_key_id_fetches_key_set_at_a_bounded_rate() {
    let (old, new) = (Signer::ed25519("old"), Signer::p256("new"));
    let publisher = Publisher::start(set(&[&old]));
    let place = Place::new();
    let running = Running::start(&place, &publisher.config("1h", "1s"));
    let channel = running.plain().await;
    assert_eq!(ask(&channel, &old.operator()).await, Code::Ok);
    assert_eq!(publisher.asked.load(Ordering::SeqCst), 1);
    publisher.publish(set(&[&old, &new]));
    let mut tries = 0;
    while ask(&channel, &new.operator()).await != Code::Ok {
        tries += 1;
        assert!(tries < 1000, "the new key is never fetched");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let asked = publisher.asked.load(Ordering::SeqCst);
    // However many ask at once about a key that does not exist: one fetch, if any.
    let unknown = Signer::ed25519("nowhere").operator();
    let start = std::time::Instant::now();
    for _ in 0..50 {
        assert_eq!(ask(&channel, &unknown).await, Code::Unauthenticated);
    }
    let most = asked + 1 + usize::try_from(start.elapsed().as_secs()).expect("few");
    assert!(publisher.asked.load(Ordering::SeqCst) <= most);
    // A source that breaks leaves the set in use.
    publisher.publish(String::new());
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(ask(&channel, &unknown).await, Code::Unauthenticated);
    running.wait_for("cannot be renewed");
    assert_eq!(ask(&channel, &old.operator()).await, Code::Ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_key_is_refused_and_late_key_source_awaited() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let publisher = Publisher::start(String::new());
    let place = Place::new();
    let running = Running::start(&place, &publisher.config("1s", "1s"));
    let channel = running.plain().await;
    assert_eq!(ask(&channel, &old.operator()).await, Code::Unavailable);
    publisher.publish(set(&[&old]));
    running.wait_for("key set read");
    assert_eq!(ask(&channel, &old.operator()).await, Code::Ok);
    publisher.publish(set(&[&new]));
    let mut tries = 0;
    while ask(&channel, &old.operator()).await == Code::Ok {
        tries += 1;
        assert!(tries < 1000, "the old key is taken for ever");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(ask(&channel, &new.operator()).await, Code::Ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn key_set_is_fetched_over_trusted_https_only() {
    let (authority, stranger) = (Authority::new("ids"), Authority::new("stranger"));
    let signer = Signer::ed25519("k1");
    let publisher = Publisher::start_encrypted(set(&[&signer]), &authority.server());
    let trusting = |trusted: &Authority, place: &Place| {
        let ca = place.file("ids.crt", &trusted.pem);
        let config = publisher.config("1h", "1h");
        config.replace("[rate]", &format!("keys_ca = '{ca}'\n[rate]"))
    };
    for (trusted, expected) in [(&authority, Code::Ok), (&stranger, Code::Unavailable)] {
        let place = Place::new();
        let running = Running::start(&place, &trusting(trusted, &place));
        let channel = running.plain().await;
        assert_eq!(ask(&channel, &signer.operator()).await, expected);
    }
    // A set without end is not read to its end.
    publisher.publish(" ".repeat(300 * 1024) + &set(&[&signer]));
    let place = Place::new();
    let running = Running::start(&place, &trusting(&authority, &place));
    let channel = running.plain().await;
    assert_eq!(ask(&channel, &signer.operator()).await, Code::Unavailable);
}
