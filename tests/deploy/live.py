"""Runs the service with traffic, a real Prometheus and a collector, and asks what every dashboard and
every rule asks: each expression must have an answer, and no alert may fire. Queries of traces are
held against the spans that arrived."""

import json
import math
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

from traces import Traces

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
# Panels whose expression has no answer in a run as it should be, and why.
WITHOUT_ANSWER = {}
SECONDS_OF_TRAFFIC = 20
# The packaged grpcurl knows only an older reflection than the service has.
PROTO = ["-import-path", str(ROOT / "proto")]
for file in sorted((ROOT / "proto/goodstanding/v1").glob("*_service.proto")):
    PROTO += ["-proto", f"goodstanding/v1/{file.name}"]


def main():
    binary, grpcurl, prometheus = sys.argv[1:4]
    with tempfile.TemporaryDirectory(prefix="goodstanding-live-") as folder:
        folder = pathlib.Path(folder)
        running = []
        try:
            check(folder, binary, grpcurl, prometheus, running)
        finally:
            for process in reversed(running):
                process.send_signal(signal.SIGTERM)
            for process in running:
                process.wait(timeout=60)


def check(folder, binary, grpcurl, prometheus, running):
    subprocess.run(
        [binary, "simulate", "--reviews", "3000", "--out", folder / "market"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    traces = Traces()
    service, metrics = start_service(folder, binary, traces.address, running)
    base = start_prometheus(folder, prometheus, metrics, running)
    server = f"http://{service}"
    events = (folder / "market/events.jsonl").read_text().splitlines(keepends=True)
    ends = time.monotonic() + SECONDS_OF_TRAFFIC
    part = 0
    size = max(1, len(events) // 12)
    while time.monotonic() < ends:
        lot = events[part * size : (part + 1) * size] or events[:size]
        (folder / "part.jsonl").write_text("".join(lot))
        part += 1
        run([binary, "import", "--server", server, "--format", "events", folder / "part.jsonl"])
        calls(service, grpcurl, part)
    found, asked = ask_all(base)
    wrong, queries = traces.ask_all()
    found += wrong
    for said in found:
        print(said)
    print(f"live: {asked} expressions and {queries} queries of traces asked, {len(found)} faults")
    # Without the buffers of the parent, which a test runner may have closed.
    sys.stdout.flush()
    if found:
        sys.exit(1)


def start_service(folder, binary, collector, running):
    log = (folder / "service.log").open("w")
    flags = ["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"]
    flags += ["--otlp-endpoint", collector, "--sample-ratio", "0.5"]
    command = [binary, "--log-format", "json", "serve", "--data", folder / "store", *flags]
    running.append(subprocess.Popen(command, stderr=log))
    service = metrics = None
    for _ in range(300):
        for line in (folder / "service.log").read_text().splitlines():
            fields = json.loads(line)["fields"]
            service = fields.get("address", service)
            metrics = fields.get("metrics", metrics)
        if service and metrics:
            return service, metrics
        time.sleep(0.1)
    sys.exit("the service did not start: " + (folder / "service.log").read_text())


def start_prometheus(folder, prometheus, metrics, running):
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(DEPLOY / "prometheus/recording.yml"), str(DEPLOY / "prometheus/alerts.yml")],
        "scrape_configs": [
            {"job_name": "goodstanding", "static_configs": [{"targets": [metrics]}]}
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    log = (folder / "prometheus.log").open("w")
    command = [
        prometheus,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    running.append(subprocess.Popen(command, stderr=log, stdout=log))
    base = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{base}/-/ready", timeout=5):
                return base
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit("Prometheus did not start: " + (folder / "prometheus.log").read_text())


def free_port():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def run(command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def calls(service, grpcurl, number):
    """As a platform and a portal call, with some mistakes among them."""
    review = {
        "review_id": f"screened-{number}",
        "marketplace": "sim.us",
        "listing_id": "L000001",
        "reviewer_id": f"new-{number}",
        "rating": 5,
        "title": "Great",
        "body": "Great great product, best I ever had, buy it now!!!",
        "time": "2024-05-01T09:00:00Z",
    }
    verdict = {
        "verdict_id": f"verdict-{number}",
        "subject": {"kind": "SUBJECT_KIND_LISTING", "marketplace": "sim.us", "id": "L000001"},
        "label": "VERDICT_LABEL_GENUINE",
        "time": "2024-05-01T09:00:00Z",
    }
    listing = {"kind": "SUBJECT_KIND_LISTING", "marketplace": "sim.us", "id": "L000001"}
    nobody = {"kind": "SUBJECT_KIND_SELLER", "id": "nobody"}
    asked = [
        ("IntegrityService/ScreenReviews", {"reviews": [review]}),
        ("IngestService/IngestBatch", {"events": [{"verdict": verdict}, {"review": {}}]}),
        ("IntegrityService/GetAssessment", {"subject": listing}),
        ("IntegrityService/GetAssessment", {"subject": nobody}),
        ("HistoryService/ListHistory", {"subject": listing}),
        ("BrandService/GetBrandProgress", {"seller_id": "S000001"}),
        ("AdminService/GetStatus", {}),
    ]
    for method, message in asked:
        command = [grpcurl, "-plaintext", *PROTO, "-d", json.dumps(message), service]
        out = subprocess.run([*command, f"goodstanding.v1.{method}"], capture_output=True)
        # Before the first pass nothing is known of brands.
        refusal = b"NotFound" in out.stderr or b"Unavailable" in out.stderr
        if out.returncode != 0 and not refusal:
            sys.exit(f"{method}: {out.stderr.decode()}")


def query(base, expression):
    text = urllib.parse.urlencode({"query": expression})
    try:
        with urllib.request.urlopen(f"{base}/api/v1/query?{text}", timeout=30) as answer:
            return json.load(answer)["data"]["result"], None
    except urllib.error.HTTPError as error:
        return [], json.load(error)["error"]


def answers(result):
    return any(not math.isnan(float(sample["value"][1])) for sample in result)


def ask_all(base):
    found, asked = [], 0
    for path in sorted((DEPLOY / "grafana/dashboards").glob("*.json")):
        board = json.loads(path.read_text())
        for panel in board["panels"]:
            if panel["datasource"]["type"] != "prometheus":
                continue
            for target in panel["targets"]:
                expression = target["expr"].replace("$__rate_interval", "1m")
                expression = expression.replace("$instance", ".+")
                asked += 1
                result, error = query(base, expression)
                place = f"{path.stem}: {panel['title']}"
                excused = place in WITHOUT_ANSWER
                if error or answers(result) == excused:
                    found.append(f"{place}: {error or 'no data'}: {expression}")
    rules = yaml.safe_load((DEPLOY / "prometheus/recording.yml").read_text())
    for rule in [rule for group in rules["groups"] for rule in group["rules"]]:
        asked += 1
        if not answers(query(base, rule["record"])[0]):
            found.append(f"no data: {rule['record']}")
    # What an alert looks at must be there; that it fires at the right time is for promtool.
    alerts = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())
    for rule in [rule for group in alerts["groups"] for rule in group["rules"]]:
        names = re.findall(r"[a-z][a-z0-9_:]*(?=[\[{ ])", rule["expr"])
        known = r"^(up|goodstanding_|grpc_|process_|instance:)"
        for name in {name for name in names if re.match(known, name)}:
            asked += 1
            if not query(base, name)[0]:
                found.append(f"{rule['alert']}: nothing is called {name}")
    firing, _ = query(base, 'ALERTS{alertstate="firing"}')
    found += [f"fires: {sample['metric']}" for sample in firing]
    return found, asked


if __name__ == "__main__":
    os.environ["NO_PROXY"] = "127.0.0.1"
    main()
