//! Detects the end of the parent process.

use std::{io, thread};

use tokio::sync::oneshot;

/// Returns when stdin is at its end. The pipe of a parent closes when the parent ends, for whatever
/// reason. Without a thread to read it, returns at once.
pub(crate) async fn gone() {
    let (sender, ended) = oneshot::channel();
    let wait = move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = sender.send(());
    };
    // A thread of its own, as the runtime waits for its blocking threads when it ends.
    if let Err(error) = thread::Builder::new().name("parent".to_owned()).spawn(wait) {
        tracing::error!(%error, "no thread waits for the end of the parent");
    }
    let _ = ended.await;
}
