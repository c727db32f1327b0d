//! A service with a configuration of its own, and ways to it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity};

use super::pki::Pair;
use super::tokens::{AUDIENCE, ISSUER, Signer, set};
use crate::support::command::Place;

/// How long to wait for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running service; killed when dropped.
pub(crate) struct Running {
    child: Child,
    /// Host and port.
    pub(crate) address: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Running {
    /// Starts with a configuration on a free port of loopback, and waits until it is ready.
    pub(crate) fn start(place: &Place, config: &str) -> Self {
        let command = Command::new(crate::support::command::binary());
        Self::launch(command, place, config)
    }

    /// As [`Running::start`], with a limit of open files that cannot be raised.
    pub(crate) fn start_with_files(place: &Place, config: &str, files: u32) -> Self {
        Self::launch(with_files(files), place, config)
    }

    pub(crate) fn launch(command: Command, place: &Place, config: &str) -> Self {
        let mut child = serve(command, place, config)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        let reading = std::thread::Builder::new().spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().expect("whole").push(line);
            }
        });
        reading.expect("a thread");
        let mut running = Self {
            child,
            address: String::new(),
            log,
        };
        let ready = running.wait_for("\"ready\"");
        let line: serde_json::Value = serde_json::from_str(&ready).expect("JSON");
        let address = line["fields"]["address"].as_str().expect("an address");
        address.clone_into(&mut running.address);
        running
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The first line of the log that holds a text, as soon as there is one.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let found = self.logged(text);
            if let Some(line) = found.into_iter().next() {
                return line;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("nothing about {text:?} in {:#?}", self.log.lock());
    }

    /// Where metrics or probes are served, by the field of the line that says so.
    pub(crate) fn port(&self, field: &str) -> String {
        let line = self.wait_for(&format!("\"{field}\":"));
        let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        line["fields"][field]
            .as_str()
            .expect("an address")
            .to_owned()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn logged(&self, text: &str) -> Vec<String> {
        let log = self.log.lock().expect("whole");
        log.iter()
            .filter(|line| line.contains(text))
            .cloned()
            .collect()
    }

    pub(crate) async fn plain(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.address));
        endpoint
            .expect("an address")
            .connect()
            .await
            .expect("connected")
    }

    /// Over TLS, trusting one authority, with a certificate or without.
    pub(crate) async fn secure(
        &self,
        authority: &str,
        client: Option<&Pair>,
    ) -> Result<Channel, tonic::transport::Error> {
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority));
        if let Some(client) = client {
            tls = tls.identity(Identity::from_pem(&client.certificate, &client.key));
        }
        let endpoint = Channel::from_shared(format!("https://{}", self.address));
        let endpoint = endpoint.expect("an address").tls_config(tls)?;
        endpoint.connect().await
    }

    pub(crate) fn hang_up(&self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-HUP", &pid]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command that serves with a configuration on a free port of loopback.
pub(crate) fn serve(mut command: Command, place: &Place, config: &str) -> Command {
    let file = place.file("config.toml", config);
    command
        .args(["--log-format", "json", "serve", "--with-parent"])
        .args(["--config", &file])
        .args(["--listen", "127.0.0.1:0", "--data", &place.text("data")])
        .env("GOODSTANDING_LOG", "warn,goodstanding=debug");
    command
}

/// The binary with a limit of open files, hard and soft.
pub(crate) fn with_files(files: u32) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
    command
        .args(["-c", &script])
        .arg(crate::support::command::binary());
    command
}

/// Authentication by tokens of these keys, from a file.
pub(crate) fn with_tokens(place: &Place, keys: &[&Signer]) -> String {
    let file = place.file("keys.json", set(keys));
    format!("[auth.tokens]\nissuer = '{ISSUER}'\naudience = '{AUDIENCE}'\nkeys_file = '{file}'\n")
}
