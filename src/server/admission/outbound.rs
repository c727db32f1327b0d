//! Bodies of answers: their bytes count until the connection has taken them. Answers that nobody
//! takes are dropped.

use std::collections::VecDeque;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Frame};
use tonic::Status;
use tonic::body::Body;

use super::account::Place;
use super::charges::Charge;
use super::holder::Holder;
use super::shedding::shed_status;
use super::stream::{Ended, Watchdog};
use crate::instruments::Cause;
use crate::server::status;

/// Bytes that the connection gets at a time: as much is held for it where the client takes none.
const PIECE: usize = 16 * 1024;
/// Bytes of memory of a piece besides its own: its owner, and its place in the connection's queue.
const PIECE_BYTES: usize = 256;

/// An answer until it is taken.
pub(super) struct Slot {
    holder: Arc<Holder>,
    held: Mutex<Held>,
}

struct Held {
    /// None once all of it was taken, or was dropped.
    body: Option<Body>,
    /// Bytes of the body that wait for the connection, each piece in memory of its own: what is taken
    /// does not stay for what is not.
    waiting: VecDeque<Bytes>,
    charge: Charge,
    place: Option<Place>,
    /// Since when there is something for the client to take.
    offered_at: Option<Instant>,
    /// Why the rest was dropped, until the client is told.
    dropped: Option<Status>,
}

/// The body of an answer.
pub(super) struct Outbound {
    slot: Arc<Slot>,
    number: u64,
    ended: Option<Ended>,
    /// Checks the credential as long as the stream is open.
    watchdog: Option<Watchdog>,
}

type Polled = Poll<Option<Result<Frame<Bytes>, Status>>>;

impl Outbound {
    /// An answer of one message. It is encoded at once, so that its bytes can be counted; an answer
    /// beyond the memory of its caller is refused.
    pub(super) async fn of_message(
        holder: &Arc<Holder>,
        mut body: Body,
        (mut charge, place): (Charge, Option<Place>),
    ) -> Result<Self, Status> {
        let waiting = match body.frame().await {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => data,
                // Trailers only, which were not known before.
                Err(frame) => {
                    let trailers = frame.into_trailers().unwrap_or_default();
                    body = Body::new(
                        http_body_util::Empty::<Bytes>::new()
                            .with_trailers(std::future::ready(Some(Ok(trailers)))),
                    );
                    Bytes::new()
                }
            },
            Some(Err(status)) => return Err(status),
            None => Bytes::new(),
        };
        charge.set(0);
        charge.grow(waiting.len())?;
        Ok(Self::new(holder, (body, pieces(waiting)), (charge, place)))
    }

    /// The answers of a stream, which end when the caller's credential does.
    pub(super) fn of_stream(
        holder: &Arc<Holder>,
        body: Body,
        counted: (Charge, Option<Place>),
        (ended, watchdog): (Option<Ended>, Option<Watchdog>),
    ) -> Self {
        let mut outbound = Self::new(holder, (body, VecDeque::new()), counted);
        outbound.ended = ended;
        outbound.watchdog = watchdog;
        outbound
    }

    fn new(
        holder: &Arc<Holder>,
        (body, waiting): (Body, VecDeque<Bytes>),
        (charge, place): (Charge, Option<Place>),
    ) -> Self {
        let slot = Arc::new(Slot {
            holder: Arc::clone(holder),
            held: Mutex::new(Held {
                body: Some(body),
                waiting,
                charge,
                place,
                offered_at: Some(Instant::now()),
                dropped: None,
            }),
        });
        Self {
            number: holder.admission.unread.add(&slot),
            slot,
            ended: None,
            watchdog: None,
        }
    }
}

impl Drop for Outbound {
    fn drop(&mut self) {
        self.slot.holder.admission.unread.remove(self.number);
    }
}

impl Slot {
    /// Drops what has waited for the client for too long; says whether it did.
    pub(super) fn drop_if_unread(&self, now: Instant, age: Duration) -> bool {
        let mut held = self.held();
        let is_late = held.body.is_some()
            && held
                .offered_at
                .is_some_and(|offered| now.saturating_duration_since(offered) >= age);
        if is_late {
            held.drop_for(status::client_too_slow(Cause::AnswerUnread.description()));
        }
        is_late
    }

    /// Drops what a call still holds whose memory is taken back.
    pub(super) fn drop_if_shed(&self) {
        let mut held = self.held();
        if self.holder.is_shed() && held.body.is_some() {
            held.drop_for(shed_status());
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn drop_for(&mut self, why: Status) {
        self.body = None;
        self.waiting = VecDeque::new();
        self.charge.set(0);
        self.place = None;
        self.dropped = Some(why);
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Polled {
        if let Some(why) = self.dropped.take() {
            return Poll::Ready(Some(Ok(Frame::trailers(trailers(&why)))));
        }
        loop {
            if let Some(bytes) = self.waiting.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(self.piece(bytes)))));
            }
            let Some(body) = &mut self.body else {
                return Poll::Ready(None);
            };
            match Pin::new(body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => {
                        // It is there already; the next call is refused, if it is too much.
                        self.charge.set(self.charge.bytes() as usize + data.len());
                        self.waiting = pieces(data);
                    }
                    Err(frame) => {
                        self.finish();
                        return Poll::Ready(Some(Ok(frame)));
                    }
                },
                Poll::Ready(end) => {
                    self.finish();
                    return Poll::Ready(end);
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Gives everything back before the client sees the end, and calls again.
    fn finish(&mut self) {
        self.body = None;
        self.charge.set(0);
        self.place = None;
    }

    /// Bytes for the connection, which count until it has sent them.
    fn piece(&mut self, bytes: Bytes) -> Bytes {
        let mut charge = self.charge.split(bytes.len());
        charge.set(bytes.len() + PIECE_BYTES);
        Bytes::from_owner(Piece {
            bytes,
            _charge: charge,
        })
    }
}

/// Cuts bytes into pieces that the connection takes at a time.
fn pieces(mut bytes: Bytes) -> VecDeque<Bytes> {
    if bytes.len() <= PIECE {
        return VecDeque::from_iter((!bytes.is_empty()).then_some(bytes));
    }
    let mut pieces = VecDeque::with_capacity(bytes.len().div_ceil(PIECE));
    while !bytes.is_empty() {
        let piece = bytes.split_to(PIECE.min(bytes.len()));
        pieces.push_back(Bytes::copy_from_slice(&piece));
    }
    pieces
}

/// Bytes with their charge.
struct Piece {
    bytes: Bytes,
    _charge: Charge,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // Fails for no status of this service: messages are short, and their bytes are encoded.
    let _ = status.add_header(&mut trailers);
    trailers
}

impl hyper::body::Body for Outbound {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled {
        let is_ended = self
            .ended
            .as_mut()
            .is_some_and(|ended| ended.as_mut().poll(context).is_ready());
        let mut held = self.slot.held();
        if is_ended {
            held.drop_for(status::credential_ended());
        }
        let polled = held.poll(context);
        held.offered_at = polled.is_ready().then(Instant::now);
        drop(held);
        if is_ended {
            self.ended = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        let held = self.slot.held();
        held.dropped.is_none() && held.waiting.is_empty() && held.body.is_none()
    }
}
