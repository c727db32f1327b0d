"""Receives OTLP and prints each span on a line.

    python collector.py PORT
"""

import sys
from concurrent import futures

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc


class Traces(trace_service_pb2_grpc.TraceServiceServicer):
    def Export(self, request, context):
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    took = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
                    parent = span.parent_span_id.hex() or "-"
                    line = f"{span.trace_id.hex()} {span.span_id.hex()} {parent} {took:.2f}ms"
                    print(f"span {line} {span.name}", flush=True)
        return trace_service_pb2.ExportTraceServiceResponse()


def main():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Traces(), server)
    server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
