//! Whether whoever started this process is still there.

use std::io;

use tokio::sync::oneshot;

/// Returns once stdin is at its end. A parent that holds the other end need not say goodbye: the pipe
/// closes with it, however it ends.
pub(crate) async fn gone() {
    let (tell, told) = oneshot::channel();
    // A thread of its own: the runtime would wait at its end for one that it lent.
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = tell.send(());
    });
    let _ = told.await;
}
