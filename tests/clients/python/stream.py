"""Streams generated reviews into the service and checks the acknowledgements.

grpcio-tools generates the stubs, see docs/tutorial-secured.md.
"""

import argparse
import random
import secrets
import time

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from goodstanding.v1 import (
    admin_service_pb2,
    admin_service_pb2_grpc,
    event_pb2,
    ingest_service_pb2,
    ingest_service_pb2_grpc,
)

BATCH = 1000
WORDS = "warm soft late early broken lovely sturdy cheap dear loud quiet blue red fits leaks".split()


def reviews(count):
    """Generates reviews independently of the simulator."""
    dice = random.Random(2026)
    start = 1_700_000_000
    for number in range(count):
        yield event_pb2.Event(
            review=event_pb2.Review(
                review_id=f"py-{number}",
                marketplace="shop.example",
                listing_id=f"item-{dice.randrange(2000)}",
                reviewer_id=f"buyer-{dice.randrange(30_000)}",
                rating=dice.choices((1, 2, 3, 4, 5), (8, 5, 9, 25, 53))[0],
                body=" ".join(dice.choices(WORDS, k=dice.randrange(3, 40))),
                verified_purchase=dice.random() < 0.8,
                time=Timestamp(seconds=start + number * 40),
            )
        )


def batches(count):
    batch = []
    sent = 0
    for event in reviews(count):
        batch.append(event)
        if len(batch) == BATCH:
            sent += 1
            yield ingest_service_pb2.IngestRequest(batch_number=sent, events=batch)
            batch = []
    if batch:
        yield ingest_service_pb2.IngestRequest(batch_number=sent + 1, events=batch)


def stream(channel, count, trace):
    """Sends all in one stream; returns the numbers of accepted and known events."""
    ingest = ingest_service_pb2_grpc.IngestServiceStub(channel)
    accepted = unchanged = number = 0
    # Version, trace id, the caller's span id, and the sampled flag.
    metadata = [("traceparent", f"00-{trace}-{secrets.token_hex(8)}-01")]
    answers = ingest.Ingest(batches(count), metadata=metadata, compression=grpc.Compression.Gzip)
    for answer in answers:
        number += 1
        assert answer.batch_number == number, f"batch {answer.batch_number} out of order"
        assert not answer.summary.rejections, answer.summary.rejections[0]
        accepted += answer.summary.accepted
        unchanged += answer.summary.unchanged
    return accepted, unchanged


def open_channel(arguments):
    if not arguments.ca:
        return grpc.insecure_channel(arguments.address)
    read = lambda path: open(path, "rb").read()
    credentials = grpc.ssl_channel_credentials(
        read(arguments.ca), read(arguments.key), read(arguments.cert)
    )
    return grpc.secure_channel(arguments.address, credentials)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--reviews", type=int, default=100_000)
    parser.add_argument("--ca")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    arguments = parser.parse_args()
    with open_channel(arguments) as channel:
        admin = admin_service_pb2_grpc.AdminServiceStub(channel)
        before = admin.GetStatus(admin_service_pb2.GetStatusRequest())
        started = time.monotonic()
        trace = secrets.token_hex(16)
        accepted, unchanged = stream(channel, arguments.reviews, trace)
        seconds = time.monotonic() - started
        # All events are known if this ran before.
        assert sorted((accepted, unchanged)) == [0, arguments.reviews], (accepted, unchanged)
        after = admin.GetStatus(admin_service_pb2.GetStatusRequest())
        assert after.review_count - before.review_count == accepted, after
        assert after.event_count - before.event_count == accepted, after
        # A second time nothing changes.
        again = stream(channel, BATCH, trace)
        assert again == (0, BATCH), again
    print(f"python: {arguments.reviews} reviews streamed in {seconds:.1f} s, {accepted} of them new")
    print(f"trace: {trace}")


if __name__ == "__main__":
    main()
