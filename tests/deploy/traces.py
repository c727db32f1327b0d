"""A collector that keeps spans, and the part of TraceQL that the dashboards use."""

import json
import pathlib
import re
from concurrent import futures

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1 import trace_pb2

DASHBOARDS = pathlib.Path(__file__).resolve().parents[2] / "deploy/grafana/dashboards"
KINDS = {"server": trace_pb2.Span.SPAN_KIND_SERVER}
# Whether a run has spans that are slow or failed is chance: the rest of the condition must hold.
BY_CHANCE = re.compile(r"^(duration > \d+ms|status = error)$")
CONDITION = re.compile(r'^(resource\.|span\.)?([\w.]+) = (?:"([^"]*)"|(\w+))$')


class Traces(trace_service_pb2_grpc.TraceServiceServicer):
    """Listens on a free port of loopback."""

    def __init__(self):
        self.spans = []
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self.server)
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.address = f"http://127.0.0.1:{port}"
        self.server.start()

    def Export(self, request, context):
        for resource in request.resource_spans:
            of_all = attributes(resource.resource)
            for scope in resource.scope_spans:
                self.spans += [(of_all, span) for span in scope.spans]
        return trace_service_pb2.ExportTraceServiceResponse()

    def ask_all(self):
        """What is wrong with the dashboards' queries, and how many there are."""
        found, asked = [], 0
        for path in sorted(DASHBOARDS.glob("*.json")):
            for panel in json.loads(path.read_text())["panels"]:
                for target in panel["targets"]:
                    if "query" not in target:
                        continue
                    asked += 1
                    said = self.ask(target["query"])
                    if said:
                        found.append(f"{path.stem}: {panel['title']}: {said}: {target['query']}")
        self.server.stop(None)
        return found, asked

    def ask(self, query):
        inside = re.fullmatch(r"\{ (.*) \}", query.strip())
        if not inside:
            return "is no condition in braces"
        conditions = []
        for text in inside[1].split(" && "):
            if BY_CHANCE.match(text):
                continue
            parsed = CONDITION.match(text)
            if not parsed:
                return f"{text} is not understood here"
            conditions.append(parsed.groups())
        if not any(all(holds(span, one) for one in conditions) for span in self.spans):
            return f"none of {len(self.spans)} spans"
        return None


def attributes(of):
    return {pair.key: pair.value.string_value for pair in of.attributes}


def holds(kept, condition):
    resource, span = kept
    scope, name, text, word = condition
    if scope == "resource.":
        return resource.get(name) == text
    if scope == "span.":
        return attributes(span).get(name) == text
    if name == "name":
        return span.name == text
    return name == "kind" and span.kind == KINDS.get(word)
