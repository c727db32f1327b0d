//! Servers in separate processes, as in operation, so that their memory is measured alone.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::clock::Clock;
use crate::cli::CliError;
use crate::cli::client::{self, Credentials, Link};
use crate::proto::v1::admin_service_client::AdminServiceClient;
use crate::proto::v1::{GetStatusRequest, GetStatusResponse};

/// A server to start.
pub(super) struct Launch {
    command: Command,
    credentials: Credentials,
}

impl Launch {
    /// Launches the service on a store.
    pub(super) fn serve(store: &Path) -> Result<Self, CliError> {
        let mut command = itself()?;
        command.args([
            "serve",
            "--with-parent",
            "--listen",
            "127.0.0.1:0",
            "--data",
        ]);
        command.arg(store);
        Ok(Self {
            command,
            credentials: Credentials::default(),
        })
    }

    /// Launches the baseline server.
    pub(super) fn baseline() -> Result<Self, CliError> {
        let mut command = itself()?;
        command.arg("bench-baseline");
        Ok(Self {
            command,
            credentials: Credentials::default(),
        })
    }

    /// Adds flags.
    pub(super) fn with(mut self, flags: &[&str]) -> Self {
        self.command.args(flags);
        self
    }

    /// Makes passes as rare as the configuration allows, because they would dominate the
    /// comparison.
    pub(super) fn with_rare_passes(mut self) -> Self {
        self.command
            .env("GOODSTANDING_PASSES__SHARE", "0.001")
            .env("GOODSTANDING_PASSES__QUIET", "1h");
        self
    }

    /// Sets the caller; with an authority it uses TLS.
    pub(super) fn called_by(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Starts the server, and waits until it is ready.
    pub(super) async fn start(self) -> Result<Server, CliError> {
        let Self {
            mut command,
            credentials,
        } = self;
        let started = Instant::now();
        // Its stdin closes when this process ends in any way, and then the server ends too.
        command.stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stderr = child.stderr.take().ok_or("the server has no stderr")?;
        let mut lines = BufReader::new(stderr).lines();
        let mut last_lines = Vec::new();
        let mut metrics = None;
        let address = loop {
            let Some(line) = lines.next() else {
                let _ = child.kill();
                return Err(format!("the server did not start: {}", last_lines.join("; ")).into());
            };
            let line = line?;
            if let Some(address) = field(&line, "address") {
                break address;
            }
            metrics = field(&line, "metrics").or(metrics);
            last_lines.push(line);
        };
        let startup_seconds = started.elapsed().as_secs_f64();
        // The thread reads on, so that the server never blocks on a full pipe.
        std::thread::Builder::new()
            .name("server-log".to_owned())
            .spawn(move || lines.for_each(drop))?;
        let scheme = if credentials.ca.is_some() {
            "https"
        } else {
            "http"
        };
        let url = format!("{scheme}://{address}");
        Ok(Server {
            clock: Clock::of(child.id()),
            link: client::connect(&url, &credentials).await?,
            url,
            child,
            metrics,
            startup_seconds,
        })
    }
}

/// A running server; killed when dropped.
pub(super) struct Server {
    child: Child,
    link: Link,
    url: String,
    metrics: Option<String>,
    startup_seconds: f64,
    clock: Clock,
}

impl Server {
    pub(super) fn link(&self) -> Link {
        self.link.clone()
    }

    /// Returns its address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Opens another connection to the server, with other credentials if needed.
    pub(super) async fn connect(&self, credentials: &Credentials) -> Result<Link, CliError> {
        client::connect(&self.url, credentials).await
    }

    /// Returns the time from the start of the process until it was ready.
    pub(super) const fn startup_seconds(&self) -> f64 {
        self.startup_seconds
    }

    pub(super) async fn status(&self) -> Result<GetStatusResponse, CliError> {
        let mut client = AdminServiceClient::new(self.link());
        Ok(client.get_status(GetStatusRequest {}).await?.into_inner())
    }

    /// Returns the resident memory, as Linux accounts it.
    pub(super) fn resident_bytes(&self) -> Result<u64, CliError> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("memory is measured on Linux only: {path}: {error}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok());
        let kib: u64 = kib.ok_or("VmRSS is not where it was expected")?;
        Ok(kib * 1024)
    }

    /// Returns the processor time used so far, without passes.
    pub(super) fn cpu_seconds(&mut self) -> Result<f64, CliError> {
        self.clock.read()
    }

    /// Returns a metric without labels, or with all of them in its name.
    pub(super) fn metric(&self, name: &str) -> Result<f64, CliError> {
        let address = self.metrics.as_ref().ok_or("metrics are not served")?;
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        let value = value.and_then(|rest| rest.strip_prefix(' ')?.parse().ok());
        value.ok_or_else(|| format!("there is no metric {name}").into())
    }

    /// Kills the server, as a power failure would.
    pub(super) fn kill(mut self) -> Result<(), CliError> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Kills the server, so that the log after the newest checkpoint is replayed, and starts it.
    /// Then it stops and starts it again in order. Returns the seconds of the first start, and the
    /// second server.
    pub(super) async fn restarted(
        self,
        launch: impl Fn() -> Result<Launch, CliError>,
    ) -> Result<(f64, Self), CliError> {
        self.kill()?;
        let after_kill = launch()?.start().await?;
        let seconds = after_kill.startup_seconds();
        after_kill.terminate().await?;
        Ok((seconds, launch()?.start().await?))
    }

    /// Stops the server as an operator does.
    pub(super) async fn terminate(mut self) -> Result<(), CliError> {
        let sent = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()?;
        // On another thread, because this one handles the end of the connection.
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
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn itself() -> Result<Command, CliError> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--log-format", "json"]);
    Ok(command)
}

fn field(line: &str, name: &str) -> Option<String> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    line["fields"][name].as_str().map(str::to_owned)
}
