//! The built binary with its log kept, and metrics if asked for.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use serde_json::Value;
use tempfile::TempDir;
use tonic::transport::Channel;

/// Killed when dropped, so that a failed test leaves nothing behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub struct Observed {
    child: Running,
    channel: Channel,
    lines: mpsc::Receiver<Value>,
    seen: Vec<Value>,
    pub url: String,
    pub metrics: Option<String>,
    _store: TempDir,
}

impl Observed {
    pub async fn start(flags: &[&str]) -> Self {
        Self::with_log("warn,goodstanding=info", flags).await
    }

    pub async fn with_log(filter: &str, flags: &[&str]) -> Self {
        let store = tempfile::tempdir().expect("a directory");
        let mut child = std::process::Command::new(crate::support::command::binary())
            .args(["--log-format", "json", "serve", "--with-parent"])
            .args(["--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(store.path())
            .args(flags)
            .env("GOODSTANDING_LOG", filter)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stderr = child.stderr.take().expect("piped");
        let (sender, lines) = mpsc::channel();
        let reading = std::thread::Builder::new().spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        reading.expect("a thread");
        let (mut seen, mut metrics) = (Vec::new(), None);
        let address = loop {
            let line = lines
                .recv()
                .unwrap_or_else(|_| panic!("not ready: {seen:?}"));
            let text = |key: &str| line["fields"][key].as_str().map(str::to_owned);
            metrics = metrics.or(text("metrics"));
            let address = text("address");
            seen.push(line);
            if let Some(address) = address {
                break address;
            }
        };
        let url = format!("http://{address}");
        let channel = Channel::from_shared(url.clone()).expect("an address");
        Self {
            child: Running(child),
            channel: channel.connect().await.expect("it answers"),
            lines,
            seen,
            url,
            metrics,
            _store: store,
        }
    }

    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Ends as an operator would, and gives the whole log.
    pub async fn stop(mut self) -> Vec<Value> {
        drop(self.channel);
        let id = self.child.0.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.expect("kill runs").success());
        tokio::task::spawn_blocking(move || {
            assert!(self.child.0.wait().expect("it ends").success());
            self.seen.extend(self.lines.iter());
            self.seen
        })
        .await
        .expect("joined")
    }
}
