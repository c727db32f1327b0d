//! Decompression of one message, within bounds of its size and of its growth.

use std::io::Read as _;

use flate2::read::GzDecoder;
use tonic::Status;

use super::charges::Charge;
use crate::server::status;

/// Most bytes of a decompressed message for each byte of it on the wire. Batches of reviews have 3 to
/// 30, and the format allows 1032.
const GROWTH_MAX: usize = 200;
/// Bytes that a message may have in any case.
const ALWAYS_ALLOWED: usize = 64 * 1024;
/// Bytes that are decompressed, and charged, at a time.
const STEP: usize = 16 * 1024;

/// Decompresses a message behind `head` bytes that stay free.
pub(super) fn inflate(
    packed: &[u8],
    head: usize,
    message_max: usize,
    charge: &mut Charge,
) -> Result<Vec<u8>, Status> {
    let growth_max = packed.len().saturating_mul(GROWTH_MAX).max(ALWAYS_ALLOWED);
    let most = message_max.min(growth_max);
    let mut decoder = GzDecoder::new(packed);
    let mut message = vec![0; head];
    let mut step = [0; STEP];
    loop {
        let read = decoder
            .read(&mut step)
            .map_err(|error| status::malformed(&format!("its gzip is broken: {error}")))?;
        if read == 0 {
            return Ok(message);
        }
        if message.len() - head + read > most {
            return Err(if most == message_max {
                status::too_large(message_max)
            } else {
                status::malformed(&format!(
                    "it would grow to more than {GROWTH_MAX} times its size by decompression"
                ))
            });
        }
        charge.grow(read)?;
        message.extend_from_slice(step.get(..read).unwrap_or_default());
    }
}
