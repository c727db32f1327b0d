//! The built binary as a user runs it, on a port of its own.

pub mod command;
pub mod pages;
pub mod scores;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use goodstanding::lab::simulate::{Config, Market};
use goodstanding::proto::v1::admin_service_client::AdminServiceClient;
use goodstanding::proto::v1::ingest_service_client::IngestServiceClient;
use goodstanding::proto::v1::{
    Event, GetStatusRequest, GetStatusResponse, IngestBatchRequest, IngestSummary, Review, Subject,
    SubjectKind, event,
};
use pbjson_types::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// A running service; killed when dropped.
pub struct Service {
    child: Child,
    pub channel: Channel,
    /// Where it listens, as `--server` takes it.
    pub url: String,
    /// Where metrics are served, if they are.
    pub metrics: Option<String>,
}

impl Service {
    /// Starts on a directory and waits until it is ready.
    pub async fn start(data: &Path) -> Self {
        Self::start_with(data, &[]).await
    }

    /// As [`Service::start`], with more flags.
    pub async fn start_with(data: &Path, flags: &[&str]) -> Self {
        let mut child = Command::new(command::binary())
            .args([
                "--log-format",
                "json",
                "serve",
                "--with-parent",
                "--listen",
                "127.0.0.1:0",
                "--data",
            ])
            .arg(data)
            .args(flags)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stderr = child.stderr.take().expect("piped");
        let started = tokio::task::spawn_blocking(move || {
            let mut metrics = None;
            let mut lines = BufReader::new(stderr).lines();
            let address = lines.by_ref().find_map(|line| {
                let line: serde_json::Value = serde_json::from_str(&line.ok()?).ok()?;
                let text = |key: &str| line["fields"][key].as_str().map(str::to_owned);
                metrics = metrics.take().or(text("metrics"));
                text("address")
            });
            // Keep reading, so that the service never blocks on a full pipe.
            let draining = std::thread::Builder::new().spawn(move || lines.for_each(drop));
            draining.expect("a thread");
            (address.expect("the service says where it listens"), metrics)
        });
        let (address, metrics) = started.await.expect("joined");
        let url = format!("http://{address}");
        let channel = Channel::from_shared(url.clone()).expect("an address");
        Self {
            child,
            channel: channel.connect().await.expect("it answers"),
            url,
            metrics,
        }
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Connects once more.
    pub async fn connect(&self) -> Channel {
        let endpoint = Channel::from_shared(self.url.clone()).expect("an address");
        endpoint.connect().await.expect("it answers")
    }

    pub async fn send(&self, events: Vec<Event>) -> Result<IngestSummary, Status> {
        let mut client = IngestServiceClient::new(self.channel.clone());
        let response = client.ingest_batch(IngestBatchRequest { events }).await?;
        Ok(response.into_inner().summary.expect("a summary"))
    }

    pub async fn status(&self) -> GetStatusResponse {
        let mut client = AdminServiceClient::new(self.channel.clone());
        client
            .get_status(GetStatusRequest {})
            .await
            .expect("a status")
            .into_inner()
    }

    /// Waits until assessments rest on all that was sent.
    pub async fn settle(&self) {
        loop {
            let status = self.status().await;
            if status.evidence_event_count == status.event_count {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// As a power cut: SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("running");
        self.child.wait().expect("ended");
    }

    /// As an operator: SIGTERM; says whether it ended well.
    pub async fn terminate(self) -> bool {
        self.interrupt();
        self.ended().await
    }

    /// Sends SIGTERM.
    pub fn interrupt(&self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill runs");
        assert!(sent.success());
    }

    /// As a parent that is gone: stdin closes; says whether it ended well.
    pub async fn leave(mut self) -> bool {
        drop(self.child.stdin.take());
        self.ended().await
    }

    async fn ended(self) -> bool {
        self.exit_code().await == Some(0)
    }

    /// Waits until it ends by itself; none where a signal ended it.
    pub async fn exit_code(mut self) -> Option<i32> {
        let waited = tokio::task::spawn_blocking(move || self.child.wait().expect("ended"));
        waited.await.expect("joined").code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The events of a simulated market, in their order.
pub fn market(seed: u64, reviews: u64) -> Vec<Event> {
    Market::new(Config::sized(seed, reviews)).collect()
}

pub fn subject(kind: SubjectKind, marketplace: &str, id: &str) -> Subject {
    Subject {
        kind: kind.into(),
        marketplace: marketplace.to_owned(),
        id: id.to_owned(),
    }
}

/// The fields that a refusal is about.
pub fn refused_fields(refused: &Status) -> Vec<String> {
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    let details = refused.get_details_bad_request().expect("a BadRequest");
    let violations = details.field_violations.into_iter();
    violations.map(|violation| violation.field).collect()
}

pub fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

pub fn good_review(id: &str) -> Review {
    Review {
        review_id: id.to_owned(),
        marketplace: "shop.example".to_owned(),
        listing_id: "l1".to_owned(),
        reviewer_id: "a1".to_owned(),
        rating: 4,
        time: at(1_600_000_000),
        ..Review::default()
    }
}

pub fn review(review: Review) -> Event {
    Event {
        revision: 0,
        payload: Some(event::Payload::Review(review)),
    }
}

/// Asks over HTTP; status and body.
pub async fn http_get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    (status.expect("a status"), body.to_owned())
}
