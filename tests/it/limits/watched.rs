//! An honest caller and the process, watched during an attack.

use std::time::{Duration, Instant};

use goodstanding::proto::v1::GetStatusRequest;
use goodstanding::proto::v1::admin_service_client::AdminServiceClient;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// Time between two honest calls.
const PAUSE: Duration = Duration::from_millis(5);
/// Honest calls of one window. The median of the windows' 99th percentiles is judged: work of others
/// on the machine must not fail a test.
const WINDOW: usize = 20;
/// Honest calls before the attack, which show how busy the machine is with other work.
const CALLS_BEFORE: usize = 50;
/// The 99th percentile of honest calls that must hold on a machine that has nothing else to do. A
/// build without optimisation takes some ten times as long for everything.
const P99_MAX: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1500 } else { 250 });

/// Bytes in MiB.
pub const MIB: u64 = 1024 * 1024;

/// The figures of an attack.
#[derive(Debug)]
pub struct Figures {
    /// Honest calls.
    pub calls: usize,
    /// The 99th percentile of their time, by windows.
    pub p99: Duration,
    /// The same before the attack.
    pub p99_before: Duration,
    /// Refusals of honest calls.
    pub refused: Vec<Status>,
    /// The most memory of the process, above that before the attack, in bytes.
    pub grown: u64,
    /// The most memory of the process that no file has, in bytes: `limits.memory` bounds it.
    pub anonymous: u64,
    /// The most threads of the process.
    pub threads: u64,
}

impl Figures {
    /// Asserts that honest callers were served and that memory was bounded. The printed line has
    /// the figures.
    pub fn assert(&self, attack: &str, grown_max: u64) {
        println!(
            "{attack}: {} honest calls, p99 {:?} ({:?} before), {} refused, memory +{} MiB to {} MiB without files, {} threads",
            self.calls,
            self.p99,
            self.p99_before,
            self.refused.len(),
            self.grown / MIB,
            self.anonymous / MIB,
            self.threads
        );
        assert!(self.refused.is_empty(), "{attack}: {:?}", self.refused[0]);
        assert!(self.calls >= 20, "{attack}: {self:?}");
        let p99_max = P99_MAX.max(self.p99_before * 10);
        assert!(self.p99 < p99_max, "{attack}: {self:?}");
        assert!(self.grown < grown_max, "{attack}: {self:?}");
    }
}

/// Calls of an honest caller and looks at the process, until they are asked for.
pub struct Watch {
    stop: oneshot::Sender<()>,
    running: JoinHandle<Figures>,
}

impl Watch {
    /// Begins, over a connection of its own; returns once the calls before the attack are made.
    pub async fn begin(pid: u32, channel: Channel, token: Option<String>) -> Self {
        let mut honest = Honest {
            client: AdminServiceClient::new(channel),
            token,
            took: Vec::new(),
            refused: Vec::new(),
        };
        for _ in 0..CALLS_BEFORE {
            honest.call().await;
        }
        let p99_before = p99(&mut std::mem::take(&mut honest.took));
        let (stop, stopped) = oneshot::channel();
        Self {
            stop,
            running: tokio::spawn(watch(pid, honest, p99_before, stopped)),
        }
    }

    pub async fn end(self) -> Figures {
        let _ = self.stop.send(());
        self.running.await.expect("watched to the end")
    }
}

/// An honest caller.
struct Honest {
    client: AdminServiceClient<Channel>,
    token: Option<String>,
    took: Vec<Duration>,
    refused: Vec<Status>,
}

impl Honest {
    async fn call(&mut self) {
        let mut request = Request::new(GetStatusRequest {});
        if let Some(token) = &self.token {
            let value = format!("Bearer {token}").parse().expect("ASCII");
            request.metadata_mut().insert("authorization", value);
        }
        let start = Instant::now();
        if let Err(status) = self.client.get_status(request).await {
            self.refused.push(status);
        }
        self.took.push(start.elapsed());
    }
}

fn p99(took: &mut [Duration]) -> Duration {
    let mut windows: Vec<Duration> = took
        .chunks_mut(WINDOW)
        .map(|window| {
            window.sort_unstable();
            window[window.len() * 99 / 100]
        })
        .collect();
    windows.sort_unstable();
    windows[windows.len() / 2]
}

async fn watch(
    pid: u32,
    mut honest: Honest,
    p99_before: Duration,
    mut stopped: oneshot::Receiver<()>,
) -> Figures {
    let before = of_process(pid, "VmRSS") * 1024;
    let (mut most, mut anonymous, mut threads) = (before, 0, 0);
    while stopped.try_recv().is_err() {
        honest.call().await;
        most = most.max(of_process(pid, "VmRSS") * 1024);
        anonymous = anonymous.max(of_process(pid, "RssAnon") * 1024);
        threads = threads.max(of_process(pid, "Threads"));
        tokio::time::sleep(PAUSE).await;
    }
    Figures {
        calls: honest.took.len(),
        p99: p99(&mut honest.took),
        p99_before,
        refused: honest.refused,
        grown: most - before,
        anonymous,
        threads,
    }
}

/// A number of `/proc/PID/status`.
pub fn of_process(pid: u32, key: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find(|line| line.starts_with(key));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    number.expect("a number")
}
