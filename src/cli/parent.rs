//! Detects the end of the parent process.

use std::io;

use tokio::sync::oneshot;

/// Returns once stdin is at its end. The pipe of a parent closes when the parent ends in any way.
pub(crate) async fn gone() {
    let (tell, told) = oneshot::channel();
    // A separate thread, because the runtime waits for its blocking threads at its end.
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = tell.send(());
    });
    let _ = told.await;
}
