//! Bodies of requests: the frames of gRPC are read here, within bounds of size, time and memory,
//! before the codec sees them.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use hyper::body::{Body as _, Frame};
use tokio::time::{Instant, Sleep, sleep};
use tonic::Status;
use tonic::body::Body;

use super::Admission;
use super::charges::{Charge, Charges};
use super::holder::Holder;
use super::inflate::inflate;
use super::stream::Ended;
use crate::instruments::Cause;
use crate::server::access::costs::{Plan, Shape};
use crate::server::status;

/// Bytes before each message: whether it is compressed, and its length.
const HEAD: usize = 5;

/// Where the reading stands.
enum State {
    /// Within the head of a message, or between two.
    Head(BytesMut),
    /// Within a message that is passed on as it comes.
    Plain { left: usize },
    /// Within a compressed message.
    Packed { left: usize, packed: BytesMut },
}

/// The body of a request.
pub(super) struct Inbound {
    body: Body,
    frames: Frames,
    admission: Arc<Admission>,
    /// Longest pause within a message of a stream.
    body_max: Duration,
    /// Longest pause between two messages of a stream.
    idle_max: Duration,
    deadline: Pin<Box<Sleep>>,
    /// Ends a stream whose credential has ended.
    ended: Option<Ended>,
    failed: bool,
}

/// Reads frames.
struct Frames {
    state: State,
    input: Bytes,
    plan: Plan,
    /// Whether compressed messages may come.
    gzip: bool,
    messages: usize,
    holder: Arc<Holder>,
    charge: Charge,
    charges: Charges,
}

impl Inbound {
    pub(super) fn new(
        body: Body,
        (plan, gzip): (Plan, bool),
        holder: &Arc<Holder>,
        charges: Charges,
        ended: Option<Ended>,
    ) -> Self {
        let admission = &holder.admission;
        let body_max = admission.body_max;
        Self {
            body,
            frames: Frames {
                state: State::Head(BytesMut::new()),
                input: Bytes::new(),
                plan,
                gzip,
                messages: 0,
                holder: Arc::clone(holder),
                charge: Charge::new(holder),
                charges,
            },
            admission: Arc::clone(admission),
            body_max,
            idle_max: admission.limits.stream_idle_max.0,
            deadline: Box::pin(sleep(body_max)),
            ended,
            failed: false,
        }
    }

    fn fail(&mut self, status: Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.failed = true;
        self.frames.input = Bytes::new();
        Poll::Ready(Some(Err(status)))
    }

    /// Sets the deadline of a stream anew, as bytes have come. A whole message may have to wait for
    /// this service, so that its time says nothing of the client.
    fn set_deadline(&mut self) {
        if self.frames.plan.is_stream() {
            let time = if self.frames.is_between() {
                self.idle_max
            } else {
                self.body_max
            };
            self.deadline.as_mut().reset(Instant::now() + time);
        }
    }

    fn late(&self) -> Status {
        self.admission.refuse(if self.frames.is_idle() {
            Cause::StreamIdle
        } else {
            Cause::BodyLate
        })
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        loop {
            match self.frames.step() {
                Ok(Some(bytes)) => {
                    self.set_deadline();
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Ok(None) => {}
                Err(status) => return self.fail(status),
            }
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => {
                        self.frames.input = data;
                        self.set_deadline();
                    }
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                Poll::Ready(Some(Err(status))) => return self.fail(status),
                Poll::Ready(None) => {
                    return match self.frames.end() {
                        Ok(()) => Poll::Ready(None),
                        Err(status) => self.fail(status),
                    };
                }
                Poll::Pending => {
                    if self.frames.plan.is_stream()
                        && self.deadline.as_mut().poll(context).is_ready()
                    {
                        let late = self.late();
                        return self.fail(late);
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}

impl hyper::body::Body for Inbound {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        if this.failed {
            return Poll::Ready(None);
        }
        if let Some(ended) = &mut this.ended
            && ended.as_mut().poll(context).is_ready()
        {
            this.ended = None;
            return this.fail(status::credential_ended());
        }
        this.poll(context)
    }
}

impl Frames {
    /// Whether no message has begun that is not complete.
    fn is_between(&self) -> bool {
        matches!(&self.state, State::Head(head) if head.is_empty()) && self.input.is_empty()
    }

    /// Whether a stream is between two messages.
    fn is_idle(&self) -> bool {
        self.plan.is_stream() && self.is_between()
    }

    /// Takes what came, and returns bytes for the codec; none where more must come.
    fn step(&mut self) -> Result<Option<Bytes>, Status> {
        while !self.input.is_empty() {
            let state = std::mem::replace(&mut self.state, State::Head(BytesMut::new()));
            let passed = match state {
                State::Head(head) => self.read_head(head)?,
                State::Plain { left } => Some(self.pass(left)?),
                State::Packed { left, packed } => self.unpack(left, packed)?,
            };
            if passed.is_some() {
                return Ok(passed);
            }
        }
        Ok(None)
    }

    fn read_head(&mut self, mut head: BytesMut) -> Result<Option<Bytes>, Status> {
        let wanted = HEAD.saturating_sub(head.len()).min(self.input.len());
        head.put(self.input.split_to(wanted));
        if head.len() < HEAD {
            self.state = State::Head(head);
            return Ok(None);
        }
        let head = head.freeze();
        let mut reader = head.clone();
        let (flag, length) = (reader.get_u8(), reader.get_u32() as usize);
        if length > self.plan.message_max {
            return Err(status::too_large(self.plan.message_max));
        }
        if self.messages > 0 && !self.plan.is_stream() {
            return Err(status::malformed("it has more than one message"));
        }
        self.messages += 1;
        match flag {
            0 => {
                self.state = State::Plain { left: length };
                if length == 0 {
                    self.complete();
                }
                Ok(Some(head))
            }
            1 if self.gzip && length > 0 => {
                self.state = State::Packed {
                    left: length,
                    packed: BytesMut::new(),
                };
                Ok(None)
            }
            1 => Err(status::malformed(
                "a message is marked as compressed, and no encoding is named",
            )),
            flag => Err(status::malformed(&format!(
                "{flag} is no mark of compression"
            ))),
        }
    }

    fn pass(&mut self, left: usize) -> Result<Bytes, Status> {
        let passed = self.input.split_to(left.min(self.input.len()));
        self.grow(passed.len())?;
        let left = left - passed.len();
        self.state = State::Plain { left };
        if left == 0 {
            self.complete();
        }
        Ok(passed)
    }

    fn unpack(&mut self, left: usize, mut packed: BytesMut) -> Result<Option<Bytes>, Status> {
        let part = self.input.split_to(left.min(self.input.len()));
        self.grow(part.len())?;
        let left = left - part.len();
        packed.put(part);
        if left > 0 {
            self.state = State::Packed { left, packed };
            return Ok(None);
        }
        let mut message = inflate(&packed, HEAD, self.plan.message_max, &mut self.charge)?;
        drop(packed);
        // The codec gets a message that is not compressed.
        let length = (message.len() - HEAD) as u32;
        message.splice(1..HEAD, length.to_be_bytes());
        self.complete();
        Ok(Some(message.into()))
    }

    fn grow(&mut self, bytes: usize) -> Result<(), Status> {
        // A probe of health must not take a busy service for a dead one.
        if self.plan.shape == Shape::Health {
            return Ok(());
        }
        self.charge.grow(bytes)
    }

    /// Ends a message: its charge goes to those who wait for its answer.
    fn complete(&mut self) {
        self.state = State::Head(BytesMut::new());
        let next = Charge::new(&self.holder);
        let charge = std::mem::replace(&mut self.charge, next);
        // Nobody takes the charges of other streams, whose messages are small.
        if matches!(self.plan.shape, Shape::Unary | Shape::Watch | Shape::Ingest) {
            self.charges.push(charge);
        }
    }

    /// Checks that a body ends where it may.
    fn end(&self) -> Result<(), Status> {
        if !self.is_between() {
            return Err(status::malformed("it ends within a message"));
        }
        if self.messages == 0 && !self.plan.is_stream() {
            return Err(status::malformed("it has no message"));
        }
        Ok(())
    }
}
