//! Encryption, client certificates, and their exchange under a running service.

use goodstanding::proto::v1::GetStatusRequest;
use goodstanding::proto::v1::admin_service_client::AdminServiceClient;
use tonic::Code;
use tonic::transport::Channel;

use super::pki::{Authority, Pair};
use super::raw::{call, code};
use super::server::{Running, with_tokens};
use super::tokens::Signer;
use crate::support::command::Place;

const STATUS: &str = "/goodstanding.v1.AdminService/GetStatus";
const SCREEN: &str = "/goodstanding.v1.IntegrityService/ScreenReviews";

fn put(place: &Place, pair: &Pair) {
    place.file("tls.key", &pair.key);
    place.file("tls.crt", &pair.certificate);
}

/// Clients of one authority: a backend by DNS name, an operator by URI.
fn config(place: &Place, server: &Pair, clients: &Authority, presence: &str) -> String {
    put(place, server);
    let ca = place.file("clients.crt", &clients.pem);
    format!(
        "[tls]\ncertificate = '{}'\nkey = '{}'\nclient_ca = '{ca}'\n\
         client_certificates = '{presence}'\nreload_every = '50ms'\n\
         [[auth.clients]]\nname = 'backend.example'\nrole = 'platform'\n\
         [[auth.clients]]\nname = 'spiffe://example/operator'\nrole = 'operator'\n\
         [[auth.clients]]\nname = 'portal.example'\nrole = 'seller'\nsellers = ['s1']\n",
        place.text("tls.crt"),
        place.text("tls.key"),
    )
}

async fn status(channel: &Channel) -> Code {
    let mut client = AdminServiceClient::new(channel.clone());
    code(&client.get_status(GetStatusRequest {}).await)
}

/// Whether a first call over a new connection is answered: a refused certificate shows only then.
async fn connects(running: &Running, authority: &str, client: Option<&Pair>) -> Option<Code> {
    let channel = running.secure(authority, client).await.ok()?;
    match status(&channel).await {
        Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal => None,
        code => Some(code),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn client_certificate_identifies_the_caller() {
    let (authority, clients, strangers) = (
        Authority::new("servers"),
        Authority::new("clients"),
        Authority::new("strangers"),
    );
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let config = config(&place, &authority.server(), &clients, "optional");
    let running = Running::start(&place, &(config + &with_tokens(&place, &[&signer])));
    let trusted = &authority.pem;

    let backend = clients.client(&["other.example", "backend.example"]);
    let operator = clients.client(&["spiffe://example/operator"]);
    let portal = clients.client(&["portal.example"]);
    assert_eq!(
        connects(&running, trusted, Some(&backend)).await,
        Some(Code::Ok)
    );
    assert_eq!(
        connects(&running, trusted, Some(&operator)).await,
        Some(Code::Ok)
    );
    let refused = Some(Code::PermissionDenied);
    assert_eq!(connects(&running, trusted, Some(&portal)).await, refused);
    let channel = running
        .secure(trusted, Some(&operator))
        .await
        .expect("connected");
    assert_eq!(
        code(&call(&channel, SCREEN, None, &[]).await),
        Code::PermissionDenied
    );

    // A name that nothing is known of, and names of two callers. The common name does not count.
    let unknown = Some(Code::Unauthenticated);
    for names in [
        &["stranger.example"][..],
        &["sub.backend.example"],
        &["backend.example", "spiffe://example/operator"],
    ] {
        let client = clients.client(names);
        assert_eq!(
            connects(&running, trusted, Some(&client)).await,
            unknown,
            "{names:?}"
        );
    }
    // The right name from the wrong authority gets no connection.
    let forged = strangers.client(&["backend.example"]);
    assert_eq!(connects(&running, trusted, Some(&forged)).await, None);
    // Without a certificate a token is needed; with both the token decides.
    assert_eq!(connects(&running, trusted, None).await, unknown);
    let channel = running.secure(trusted, None).await.expect("connected");
    assert_eq!(
        code(&call(&channel, STATUS, Some(&signer.operator()), &[]).await),
        Code::Ok
    );
    let channel = running
        .secure(trusted, Some(&backend))
        .await
        .expect("connected");
    let seller = signer.seller(&["s1"]);
    assert_eq!(
        code(&call(&channel, STATUS, Some(&seller), &[]).await),
        Code::PermissionDenied
    );
    assert_eq!(
        code(&call(&channel, STATUS, Some("x.y.z"), &[]).await),
        Code::Unauthenticated
    );
    // The service is checked as well, and plain text gets nothing.
    assert!(running.secure(&strangers.pem, None).await.is_err());
    let plain = Channel::from_shared(format!("http://{}", running.address)).expect("an address");
    if let Ok(channel) = plain.connect().await {
        assert_ne!(status(&channel).await, Code::Ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn required_client_certificate_refuses_connections_without() {
    let (authority, clients) = (Authority::new("servers"), Authority::new("clients"));
    let place = Place::new();
    let config = config(&place, &authority.server(), &clients, "required");
    let running = Running::start(&place, &config);
    let backend = clients.client(&["backend.example"]);
    assert_eq!(
        connects(&running, &authority.pem, Some(&backend)).await,
        Some(Code::Ok)
    );
    assert_eq!(connects(&running, &authority.pem, None).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn reloaded_certificates_serve_new_connections_only() {
    let (first, second) = (Authority::new("first"), Authority::new("second"));
    let (clients, later) = (Authority::new("clients"), Authority::new("later"));
    let place = Place::new();
    let config = config(&place, &first.server(), &clients, "optional");
    let running = Running::start(&place, &config);
    let old_client = clients.client(&["backend.example"]);
    let old = running
        .secure(&first.pem, Some(&old_client))
        .await
        .expect("connected");
    assert_eq!(status(&old).await, Code::Ok);

    // Half of an exchange, and then nonsense: what was stays, and the log says so.
    let next = second.server();
    place.file("tls.crt", &next.certificate);
    running.wait_for("the ones before stay");
    assert_eq!(
        connects(&running, &first.pem, Some(&old_client)).await,
        Some(Code::Ok)
    );
    place.file("tls.crt", "no certificate");
    running.wait_for("holds no certificate in PEM");
    assert_eq!(
        connects(&running, &first.pem, Some(&old_client)).await,
        Some(Code::Ok)
    );
    assert!(running.logged("new certificates are in use").is_empty());

    put(&place, &next);
    running.wait_for("new certificates are in use");
    assert_eq!(
        connects(&running, &second.pem, Some(&old_client)).await,
        Some(Code::Ok)
    );
    assert!(running.secure(&first.pem, None).await.is_err());
    assert_eq!(status(&old).await, Code::Ok, "the old connection lives on");

    // Other clients' authority.
    place.file("clients.crt", &later.pem);
    let new_client = later.client(&["backend.example"]);
    let mut tries = 0;
    while connects(&running, &second.pem, Some(&new_client)).await != Some(Code::Ok) {
        tries += 1;
        assert!(tries < 500, "the new authority is never taken");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(
        connects(&running, &second.pem, Some(&old_client)).await,
        None
    );
    assert_eq!(status(&old).await, Code::Ok, "the old connection lives on");
}

#[tokio::test(flavor = "multi_thread")]
async fn hangup_signal_reloads_certificates() {
    let (first, second) = (Authority::new("first"), Authority::new("second"));
    let clients = Authority::new("clients");
    let place = Place::new();
    let config = config(&place, &first.server(), &clients, "optional");
    let running = Running::start(&place, &config.replace("50ms", "1h"));
    put(&place, &second.server());
    running.hang_up();
    running.wait_for("new certificates are in use");
    assert!(running.secure(&second.pem, None).await.is_ok());
}
