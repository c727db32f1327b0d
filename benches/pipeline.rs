//! Micro-benchmarks of the way of an event: decode, fold, compress, and of scoring: screen, assess.
//!
//! Figures of one machine compare with those of the same run only: `cargo bench -- --save-baseline
//! before`, then `cargo bench -- --baseline before`.

#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot go on has failed"
)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use goodstanding::codec::parse_event;
use goodstanding::domain::{Event, Payload, Time};
use goodstanding::integrity::CorpusEvidence;
use goodstanding::journal::BatchBuilder;
use goodstanding::lab::simulate::{Config, Market};
use goodstanding::proto::v1;
use goodstanding::query;
use goodstanding::state::{LogRef, State, SubjectIx};
use prost::Message as _;

/// Reviews of the simulated market.
const REVIEWS: u64 = 5000;
/// Events of one batch.
const BATCH: usize = 500;

fn messages() -> Vec<v1::Event> {
    Market::new(Config::sized(11, REVIEWS)).collect()
}

fn parse(message: v1::Event) -> Event {
    parse_event(message, Time::from_seconds(u32::MAX)).expect("simulated events are valid")
}

fn fold(state: &mut State, events: &[Event]) {
    for (event, number) in events.iter().zip(0_u32..) {
        let log = LogRef {
            sequence: number >> 16,
            index: number as u16,
        };
        state.apply(event, log).expect("there is room");
    }
}

fn intake(criterion: &mut Criterion) {
    let messages = messages();
    let encoded: Vec<Vec<u8>> = messages.iter().map(v1::Event::encode_to_vec).collect();
    let batch = &encoded[..BATCH];
    let mut group = criterion.benchmark_group("intake");
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function("decode", |bencher| {
        bencher.iter(|| {
            let decode = |bytes: &Vec<u8>| v1::Event::decode(bytes.as_slice()).expect("encoded");
            batch
                .iter()
                .map(|bytes| parse(decode(bytes)))
                .for_each(drop);
        });
    });
    group.bench_function("compress", |bencher| {
        bencher.iter(|| {
            let mut builder = BatchBuilder::new(0, 0);
            for bytes in batch {
                builder.push(bytes).expect("there is room");
            }
            builder.finish()
        });
    });
    let events: Vec<Event> = messages.into_iter().map(parse).collect();
    let (before, last) = events.split_at(events.len() - BATCH);
    let mut state = State::default();
    fold(&mut state, before);
    group.bench_function("fold", |bencher| {
        bencher.iter_batched_ref(
            || state.clone(),
            |state| fold(state, last),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn scoring(criterion: &mut Criterion) {
    let events: Vec<Event> = messages().into_iter().map(parse).collect();
    let mut state = State::default();
    fold(&mut state, &events);
    let evidence = CorpusEvidence::gather(&state);
    let review = events.iter().find_map(|event| match &event.payload {
        Payload::Review(review) => Some(review),
        _ => None,
    });
    let review = review.expect("a market has reviews");
    criterion.bench_function("screen", |bencher| {
        bencher.iter(|| query::screen(&state, &evidence, review));
    });
    let listings: Vec<SubjectIx> = state
        .listings()
        .numbers()
        .map(SubjectIx::Listing)
        .take(100)
        .collect();
    let mut group = criterion.benchmark_group("listings");
    group.throughput(Throughput::Elements(listings.len() as u64));
    group.bench_function("assess", |bencher| {
        bencher.iter(|| {
            let assessments = listings.iter();
            assessments
                .filter_map(|row| query::assess(&state, &evidence, *row))
                .count()
        });
    });
    group.finish();
}

criterion_group!(benches, intake, scoring);
criterion_main!(benches);
