//! The built binary as a command that ends, and a place for its files.

use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// The binary under test: the one just built, or another that `GOODSTANDING_BINARY` names.
pub fn binary() -> PathBuf {
    let built = env!("CARGO_BIN_EXE_goodstanding");
    std::env::var_os("GOODSTANDING_BINARY").map_or_else(|| built.into(), PathBuf::from)
}

pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments);
    command
}

pub fn run(arguments: &[&str]) -> Output {
    let out = program(arguments).output().expect("the binary runs");
    assert!(!stderr(&out).contains("panicked"), "{}", stderr(&out));
    out
}

pub fn stderr(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

pub fn stdout(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// A directory with room for a store, rejects and files.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).expect("written");
        self.text(name)
    }

    pub fn pipe(&self, name: &str) -> String {
        let path = self.text(name);
        let made = Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo runs").success());
        path
    }
}
