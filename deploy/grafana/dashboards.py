#!/usr/bin/env python3
"""Writes the dashboards, one JSON file each. With --check compares the files only."""

import json
import pathlib
import sys

from panels import ONE, dashboard, panel, quantile, quantiles, rate, share, stat, traces, with_labels

HERE = pathlib.Path(__file__).parent / "dashboards"
BY_METHOD = " by (grpc_service, grpc_method)"
METHOD = "{{grpc_method}}"
EVIDENCE = 'pass="evidence"'
BRAND = 'pass=~"brand_.*"'
AGE = "time() - goodstanding_pass_timestamp_seconds"
FAULTS = 'grpc_code=~"Unknown|DeadlineExceeded|Internal|Unavailable|DataLoss|Unimplemented"'
UNARY = 'grpc_type="unary"'


def health():
    handled = "grpc_server_handled_total"
    return dashboard(
        "goodstanding-health",
        "Goodstanding: service health",
        [
            stat("Instances that accept writes", f"sum(goodstanding_writable{ONE})"),
            stat("Calls a second", rate(handled), "reqps"),
            stat(
                "Calls with a server fault",
                share(f"{rate(handled, FAULTS)} or vector(0)", rate(handled)),
                "percentunit",
                "A caller's own mistakes are not counted.",
            ),
            stat("Memory", f"sum(process_resident_memory_bytes{ONE})", "bytes"),
            panel("Calls a second", [(rate(handled, by=BY_METHOD), METHOD)], "reqps"),
            panel(
                "Calls a second by status code",
                [(rate(handled, by=" by (grpc_code)"), "{{grpc_code}}")],
                "reqps",
                stack=True,
            ),
            panel(
                "Duration of unary calls, 99th percentile",
                [
                    (
                        quantile(0.99, "grpc_server_handling_seconds", UNARY, "grpc_method"),
                        METHOD,
                    )
                ],
                "s",
            ),
            panel(
                "Running calls",
                [(f"sum{BY_METHOD} (grpc_server_in_flight{ONE})", METHOD)],
                about="A stream counts until it ends.",
            ),
            panel(
                "From a batch's arrival to its acknowledgement",
                quantiles("goodstanding_acknowledge_seconds"),
                "s",
            ),
            panel(
                "Events that wait for the writer",
                [
                    (f"sum(goodstanding_queue_events{ONE})", "waiting"),
                    (f"sum(goodstanding_queue_limit_events{ONE})", "limit"),
                ],
                about="At the limit senders wait, and flow control makes their clients wait too.",
            ),
            panel(
                "Processor time",
                [(f"sum by (instance) (rate(process_cpu_seconds_total{ONE}[$__rate_interval]))", "{{instance}}")],
                "percentunit",
                about="1 is one core.",
            ),
            panel(
                "Open files and sockets",
                [(f"sum by (instance) (process_open_fds{ONE})", "{{instance}}")],
            ),
            panel(
                "Spans a second",
                [(rate("goodstanding_spans_total", by=" by (outcome)"), "{{outcome}}")],
                about="Failed spans are lost: the collector did not accept them.",
            ),
            traces(
                "Slow calls",
                '{ resource.service.name = "goodstanding" && kind = server && duration > 100ms }',
            ),
            traces(
                "Traced calls with a server fault",
                '{ resource.service.name = "goodstanding" && kind = server && status = error }',
            ),
        ],
    )


def protection():
    resident = "process_resident_memory_bytes"
    return dashboard(
        "goodstanding-protection",
        "Goodstanding: protection",
        [
            stat("Open connections", f"sum(goodstanding_connections{ONE})"),
            stat("Refused or ended calls a second", rate("goodstanding_refusals_total"), "reqps"),
            stat(
                "Instances whose own memory is at the limit",
                f"sum(goodstanding_memory_outgrown{ONE})",
                about="State and passes leave calls no more than a quarter of limits.memory.",
            ),
            stat(
                "Clock ahead of what is believed",
                f"max(goodstanding_clock_ahead_seconds{ONE})",
                "s",
                "Above 0 newer events are refused.",
            ),
            panel(
                "Memory of the process",
                [
                    (f"max by (instance) ({resident}{ONE})", "in memory {{instance}}"),
                    (f"max by (instance) (goodstanding_memory_limit_bytes{ONE})", "limit {{instance}}"),
                ],
                "bytes",
                about="The program's own pages count here, and not for the limit.",
            ),
            panel(
                "Memory of calls",
                [
                    (f"max by (instance) (goodstanding_memory_calls_bytes{ONE})", "held {{instance}}"),
                    (
                        f"max by (instance) (goodstanding_memory_calls_limit_bytes{ONE})",
                        "allowed {{instance}}",
                    ),
                ],
                "bytes",
                about="Allowed is what the service's own memory leaves, and a quarter of the limit at least.",
            ),
            panel(
                "Calls refused or ended a second, by cause",
                [(rate("goodstanding_refusals_total", by=" by (cause)"), "{{cause}}")],
                "reqps",
                stack=True,
                about="docs/operations.md has what each cause means.",
            ),
            panel(
                "Calls refused or ended for memory a second",
                [
                    (
                        rate(
                            "goodstanding_refusals_total",
                            'cause=~"memory|memory_of_caller|resident|shed"',
                            " by (cause)",
                        ),
                        "{{cause}}",
                    )
                ],
                "reqps",
                about="resident: refused before it holds memory. shed: ended because it holds most.",
            ),
            panel(
                "Refusals of the transport a second, by reason",
                [(rate("goodstanding_transport_refusals_total", by=" by (reason)"), "{{reason}}")],
                stack=True,
            ),
            panel(
                "Connections and health watches",
                [
                    (f"sum by (instance) (goodstanding_connections{ONE})", "connections {{instance}}"),
                    (f"sum by (instance) (goodstanding_health_watches{ONE})", "watches {{instance}}"),
                ],
            ),
            panel(
                "Repeated warnings left out of the log a second",
                [(rate("goodstanding_log_lines_dropped_total"), "lines")],
            ),
            panel(
                "Threads that panicked, of a day",
                [
                    (
                        f"sum by (thread) (increase(goodstanding_thread_panics_total{ONE}[1d]))",
                        "{{thread}}",
                    )
                ],
            ),
        ],
    )


def integrity():
    scored = "goodstanding_reviews_scored_total"
    risky = 'band=~"high|critical"'
    arrival, screening = 'stage="arrival"', 'stage="screening"'

    def risky_share(stage):
        return share(rate(scored, f"{stage},{risky}"), rate(scored, stage))

    return dashboard(
        "goodstanding-integrity",
        "Goodstanding: integrity",
        [
            stat("Reviews known", f'sum(goodstanding_subjects{with_labels("kind=" + chr(34) + "review" + chr(34))})'),
            stat("Arriving reviews in high bands", risky_share(arrival), "percentunit"),
            stat("Screened reviews in high bands", risky_share(screening), "percentunit"),
            stat(
                "Abstentions among arrivals",
                share(rate(scored, f'{arrival},band="insufficient_data"'), rate(scored, arrival)),
                "percentunit",
                "Reviews with too little data for a band.",
            ),
            panel(
                "Arriving reviews a second by band",
                [(rate(scored, arrival, " by (band)"), "{{band}}")],
                stack=True,
            ),
            panel(
                "Screened reviews a second by band",
                [(rate(scored, screening, " by (band)"), "{{band}}")],
                stack=True,
            ),
            panel(
                "Events a second by kind",
                [(rate("goodstanding_events_total", 'outcome="applied"', " by (kind)"), "{{kind}}")],
            ),
            panel(
                "Duplicate, stale or refused events a second",
                [
                    (
                        rate("goodstanding_events_total", 'outcome!="applied"', " by (outcome)"),
                        "{{outcome}}",
                    )
                ],
            ),
            panel(
                "Verdicts in the last day",
                [
                    (
                        f"sum by (subject, label) (increase(goodstanding_verdicts_total{ONE}[1d]))",
                        "{{subject}} {{label}}",
                    )
                ],
                about="Labels by moderators, for the next model.",
            ),
            panel(
                "Screening, duration of a call",
                quantiles("grpc_server_handling_seconds", 'grpc_method="ScreenReviews"'),
                "s",
            ),
            panel(
                "Watermark behind the clock of arrival",
                [(f"max by (instance) (goodstanding_watermark_lag_seconds{ONE})", "{{instance}}")],
                "s",
                about="Scores use event time. Imported history lags by its age.",
            ),
            panel(
                "Subjects known",
                [(f"sum by (kind) (goodstanding_subjects{ONE})", "{{kind}}")],
            ),
            panel(
                "Campaigns found",
                [(f"sum by (attribution) (goodstanding_campaigns{ONE})", "{{attribution}}")],
                about="By the likeliest attribution; nobody made an organic burst.",
            ),
            panel(
                "Evidence behind the log, in events",
                [(f"max by (instance) (goodstanding_evidence_events_behind{ONE})", "{{instance}}")],
                about="Age of the corpus evidence in events.",
            ),
            panel(
                "Evidence pass: duration, and time since the last one",
                [
                    (f"max(goodstanding_pass_last_seconds{with_labels(EVIDENCE)})", "duration"),
                    (f"max({AGE}{with_labels(EVIDENCE)})", "age"),
                ],
                "s",
                about="On an idle service the age grows.",
            ),
            panel(
                "Passes, share of the time",
                [(rate("goodstanding_pass_seconds_total", by=" by (pass)"), "{{pass}}")],
                "percentunit",
                about="A pause of nine times its length follows each pass.",
            ),
            traces(
                "Traced screenings",
                '{ resource.service.name = "goodstanding" && name = '
                '"goodstanding.v1.IntegrityService/ScreenReviews" }',
            ),
        ],
    )


def brand():
    seller_events = 'outcome="applied",kind=~"brand_signal|order|listing_snapshot|listing|seller"'
    service = 'grpc_service=~"goodstanding.v1.(BrandService|HistoryService|IntegrityService)",grpc_type="unary"'
    signals = with_labels('kind="brand_signal",outcome="applied"')
    return dashboard(
        "goodstanding-brand",
        "Goodstanding: brand",
        [
            stat("Sellers known", f'sum(goodstanding_subjects{with_labels("kind=" + chr(34) + "seller" + chr(34))})'),
            stat("Listings known", f'sum(goodstanding_subjects{with_labels("kind=" + chr(34) + "listing" + chr(34))})'),
            stat("Orders known", f"sum(goodstanding_orders{ONE})"),
            stat(
                "Brand measures since start",
                f"sum(goodstanding_events_total{signals})",
            ),
            stat(
                "Fragile sellers",
                f"sum(goodstanding_brand_fragile_sellers{ONE})",
                about="Sellers whose index depends on reviews, orders or followers that look bought.",
            ),
            stat(
                "Sellers waiting to be computed",
                f"sum(goodstanding_brand_sellers_waiting{ONE})",
                about="Events touched them since their progress was computed.",
            ),
            stat(
                "Age of the last pass",
                f"min({AGE}{with_labels(BRAND)})",
                "s",
                "On an idle service the age grows.",
            ),
            stat(
                "Events behind, of peer groups",
                f"max(goodstanding_brand_peers_events_behind{ONE})",
                about="They are refreshed when the log has grown by a third, or when no events come.",
            ),
            panel(
                "Sellers by stage",
                [(f"sum by (stage) (goodstanding_brand_sellers{ONE})", "{{stage}}")],
                stack=True,
            ),
            panel(
                "Share of fragile sellers",
                [
                    (
                        share(
                            f"sum(goodstanding_brand_fragile_sellers{ONE})",
                            f"sum(goodstanding_brand_sellers{ONE})",
                        ),
                        "fragile",
                    )
                ],
                "percentunit",
            ),
            panel(
                "Sellers computed a second",
                [(rate("goodstanding_brand_sellers_computed_total"), "sellers")],
            ),
            panel(
                "Duration of the last pass",
                [(f"max by (pass) (goodstanding_pass_last_seconds{with_labels(BRAND)})", "{{pass}}")],
                "s",
            ),
            panel(
                "Inputs of brand progress, events a second",
                [(rate("goodstanding_events_total", seller_events, " by (kind)"), "{{kind}}")],
            ),
            panel(
                "Calls of portals a second",
                [(rate("grpc_server_handled_total", service, BY_METHOD), METHOD)],
                "reqps",
            ),
            panel(
                "Duration of portals' calls, 99th percentile",
                [(quantile(0.99, "grpc_server_handling_seconds", service, "grpc_method"), METHOD)],
                "s",
            ),
            panel(
                "Portals' calls by status code",
                [(rate("grpc_server_handled_total", service, " by (grpc_code)"), "{{grpc_code}}")],
                "reqps",
                stack=True,
            ),
            traces(
                "Traced calls for brands",
                '{ resource.service.name = "goodstanding" && span.rpc.service = '
                '"goodstanding.v1.BrandService" }',
            ),
        ],
    )


def store():
    behind = f"goodstanding_log_sequence{ONE} - goodstanding_checkpoint_sequence{ONE}"
    return dashboard(
        "goodstanding-store",
        "Goodstanding: store",
        [
            stat("On disk", f"sum(goodstanding_store_bytes{ONE})", "bytes"),
            stat("Events in the log", f"sum(goodstanding_log_events{ONE})"),
            stat("Records after the checkpoint", f"max({behind})", about="A start replays them."),
            stat(
                "Age of the newest checkpoint",
                f"max(time() - (goodstanding_checkpoint_timestamp_seconds{ONE} > 0)) "
                f"or max(time() - process_start_time_seconds{ONE})",
                "s",
                "Without one, the time since the start.",
            ),
            panel("Flush", quantiles("goodstanding_flush_seconds"), "s"),
            panel("Compress and append", quantiles("goodstanding_append_seconds"), "s"),
            panel("Fold and score, a group", quantiles("goodstanding_fold_seconds"), "s"),
            panel("Publish", quantiles("goodstanding_publish_seconds"), "s"),
            panel(
                "Events that share a flush",
                [
                    (
                        share(
                            rate("goodstanding_group_events_sum"),
                            rate("goodstanding_group_events_count"),
                        ),
                        "events",
                    ),
                    (
                        share(
                            rate("goodstanding_group_submissions_sum"),
                            rate("goodstanding_group_submissions_count"),
                        ),
                        "batches",
                    ),
                ],
            ),
            panel(
                "Snapshots published a second",
                [(rate("goodstanding_snapshots_published_total"), "snapshots")],
            ),
            panel(
                "Size on disk",
                [(f"sum by (instance) (goodstanding_store_bytes{ONE})", "{{instance}}")],
                "bytes",
            ),
            panel(
                "Writing a checkpoint",
                [
                    (
                        share(
                            f"sum(increase(goodstanding_checkpoint_seconds_sum{ONE}[1d]))",
                            f"sum(increase(goodstanding_checkpoint_seconds_count{ONE}[1d]))",
                        ),
                        "mean of a day",
                    )
                ],
                "s",
            ),
            panel(
                "Checkpoints of a day",
                [
                    (
                        f"sum by (outcome) (increase(goodstanding_checkpoints_total{ONE}[1d]))",
                        "{{outcome}}",
                    )
                ],
            ),
            panel(
                "Groups refused after a failed write, of a day",
                [(f"sum(increase(goodstanding_commit_failures_total{ONE}[1d]))", "groups")],
                about="Above 0 the service refuses writes until a restart.",
            ),
            panel(
                "Writes repeated, and damaged places, of a day",
                [
                    (f"sum(increase(goodstanding_log_repeated_writes_total{ONE}[1d]))", "repeated"),
                    (f"sum(increase(goodstanding_log_damages_total{ONE}[1d]))", "damaged"),
                ],
                about="Repeated writes want room on the disk. Damage wants a backup that restores.",
            ),
            panel(
                "Log read again a second",
                [(rate("goodstanding_log_scrubbed_bytes_total"), "bytes")],
                "Bps",
            ),
            panel(
                "Time since the whole log was read again",
                [
                    (
                        "max by (instance) (time() - "
                        f"(goodstanding_log_scrubbed_whole_timestamp_seconds{ONE} > 0)) "
                        f"or max by (instance) (time() - process_start_time_seconds{ONE})",
                        "{{instance}}",
                    )
                ],
                "s",
                about="Before the first time, the time since the start.",
            ),
            panel(
                "Durable record of the log, and what the newest checkpoint covers",
                [
                    (f"max by (instance) (goodstanding_log_sequence{ONE})", "durable {{instance}}"),
                    (
                        f"max by (instance) (goodstanding_checkpoint_sequence{ONE})",
                        "covered {{instance}}",
                    ),
                ],
                about="A start replays what lies between.",
            ),
            traces(
                "Slow group commits",
                '{ resource.service.name = "goodstanding" && name = "group commit" '
                "&& duration > 50ms }",
            ),
        ],
    )


def main():
    differing = []
    for name, made in [
        ("health", health()),
        ("protection", protection()),
        ("integrity", integrity()),
        ("brand", brand()),
        ("store", store()),
    ]:
        text = json.dumps(made, indent=2) + "\n"
        path = HERE / f"{name}.json"
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text() != text:
                differing.append(str(path))
        else:
            path.write_text(text)
    if differing:
        sys.exit("not as deploy/grafana/dashboards.py writes them: " + ", ".join(differing))


main()
