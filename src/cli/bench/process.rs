//! Servers as processes of their own, as in operation: their memory is theirs alone.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use tonic::transport::Channel;

use crate::cli::CliError;
use crate::proto::v1::admin_service_client::AdminServiceClient;
use crate::proto::v1::{GetStatusRequest, GetStatusResponse};

/// Linux counts processor time for processes in hundredths of a second on all usual machines.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server; killed when dropped.
pub(super) struct Server {
    child: Child,
    channel: Channel,
    startup_seconds: f64,
}

impl Server {
    /// The service on a store.
    pub(super) async fn serve(store: &Path) -> Result<Self, CliError> {
        Self::serve_with(store, &[]).await
    }

    /// The service on a store, with more flags.
    pub(super) async fn serve_with(store: &Path, flags: &[&str]) -> Result<Self, CliError> {
        let mut command = itself()?;
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(store).args(flags);
        Self::start(command).await
    }

    /// The server that does nothing.
    pub(super) async fn baseline() -> Result<Self, CliError> {
        let mut command = itself()?;
        command.arg("bench-baseline");
        Self::start(command).await
    }

    async fn start(mut command: Command) -> Result<Self, CliError> {
        let started = Instant::now();
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let stderr = child.stderr.take().ok_or("the server has no stderr")?;
        let mut lines = BufReader::new(stderr).lines();
        let mut said = Vec::new();
        let address = loop {
            let Some(line) = lines.next() else {
                let _ = child.kill();
                return Err(format!("the server did not start: {}", said.join("; ")).into());
            };
            let line = line?;
            if let Some(address) = address_in(&line) {
                break address;
            }
            said.push(line);
        };
        let startup_seconds = started.elapsed().as_secs_f64();
        // Read on, so that the server never blocks on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let channel = Channel::from_shared(format!("http://{address}"))?
            .connect()
            .await?;
        Ok(Self {
            child,
            channel,
            startup_seconds,
        })
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// From the start of the process until it was ready.
    pub(super) const fn startup_seconds(&self) -> f64 {
        self.startup_seconds
    }

    pub(super) async fn status(&self) -> Result<GetStatusResponse, CliError> {
        let mut client = AdminServiceClient::new(self.channel());
        Ok(client.get_status(GetStatusRequest {}).await?.into_inner())
    }

    /// Resident memory, as Linux accounts it.
    pub(super) fn resident_bytes(&self) -> Result<u64, CliError> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("memory is measured on Linux only: {path}: {error}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok());
        let kib: u64 = kib.ok_or("VmRSS is not where it was expected")?;
        Ok(kib * 1024)
    }

    /// Processor time used so far, as Linux accounts it: a measure that other work on the machine
    /// hardly moves.
    pub(super) fn cpu_seconds(&self) -> Result<f64, CliError> {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = std::fs::read_to_string(&path)?;
        // Fields 14 and 15 in ticks; the name, field 2, may hold spaces but ends with the last `)`.
        let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks: Vec<f64> = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse().ok())
            .collect();
        Ok(ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
    }

    /// As a power cut.
    pub(super) fn kill(mut self) -> Result<(), CliError> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// As an operator does.
    pub(super) async fn terminate(mut self) -> Result<(), CliError> {
        let sent = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()?;
        // Off this thread, which has to take the server's goodbye.
        let ended = tokio::task::spawn_blocking(move || self.child.wait()).await??;
        if sent.success() && ended.success() {
            Ok(())
        } else {
            Err(format!("the service ended with {ended}").into())
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn itself() -> Result<Command, CliError> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--log-format", "json"]);
    Ok(command)
}

fn address_in(line: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    line["fields"]["address"].as_str().map(str::to_owned)
}
