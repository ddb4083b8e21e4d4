"""An OTLP receiver for tests: takes traces over HTTP and gRPC, and prints what arrived as JSON, one line per resource.

Decodes with Python's own implementation of protobuf and Debian's copy of the OTLP messages, so that nothing of what
encoded the bytes takes part in reading them. The first line is {"listening": {"http": port, "grpc": port}}; both are
free ports of 127.0.0.1. Ends when its parent does, or with SIGTERM.

usage: receiver.py [--answer STATUS]     the HTTP status that every request gets, 200 if nothing is said
"""

import argparse
import concurrent.futures
import ctypes
import gzip
import http.server
import json
import os
import signal
import sys
import threading

os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

import grpc  # noqa: E402
from google.protobuf.internal import api_implementation  # noqa: E402
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc  # noqa: E402
from opentelemetry.proto.trace.v1 import trace_pb2  # noqa: E402

PRINTING = threading.Lock()
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def value_of(value) -> dict:
    """An attribute's value under the name of its type; integers as text, as JSON has only doubles."""
    kind = value.WhichOneof("value")
    if kind is None:
        return {"empty": None}
    held = getattr(value, kind)
    if kind == "int_value":
        held = str(held)
    elif kind == "bytes_value":
        held = held.hex()
    elif kind == "array_value":
        held = [value_of(one) for one in held.values]
    elif kind == "kvlist_value":
        held = attributes_of(held.values)
    return {kind.removesuffix("_value"): held}


def attributes_of(attributes) -> dict:
    names = [attribute.key for attribute in attributes]
    assert len(set(names)) == len(names), f"an attribute appears twice: {names}"
    return {attribute.key: value_of(attribute.value) for attribute in attributes}


def span_of(span) -> dict:
    return {
        "name": span.name,
        "trace_id": span.trace_id.hex(),
        "span_id": span.span_id.hex(),
        "parent_span_id": span.parent_span_id.hex(),
        "trace_state": span.trace_state,
        "flags": span.flags,
        "kind": trace_pb2.Span.SpanKind.Name(span.kind),
        "start_time_unix_nano": str(span.start_time_unix_nano),
        "end_time_unix_nano": str(span.end_time_unix_nano),
        "status": {"code": trace_pb2.Status.StatusCode.Name(span.status.code), "message": span.status.message},
        "attributes": attributes_of(span.attributes),
    }


def print_line(line: dict) -> None:
    with PRINTING:
        print(json.dumps(line, sort_keys=True), flush=True)


def take(request, protocol: str, headers: dict) -> None:
    for resource in request.resource_spans:
        print_line({
            "protocol": protocol,
            "headers": headers,
            "bytes": resource.SerializeToString().hex(),  # also what is not shown below
            "resource": attributes_of(resource.resource.attributes),
            "schema_url": resource.schema_url,
            "scopes": [{
                "name": scope.scope.name,
                "version": scope.scope.version,
                "schema_url": scope.schema_url,
                "spans": [span_of(span) for span in scope.spans],
            } for scope in resource.scope_spans],
        })


class TraceService(trace_service_pb2_grpc.TraceServiceServicer):
    def Export(self, request, context):  # noqa: N802, the name is the protocol's
        headers = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
        take(request, "grpc", headers)
        return trace_service_pb2.ExportTraceServiceResponse()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    status = 200

    def do_POST(self) -> None:  # noqa: N802, the name is the module's
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/v1/traces" or self.headers["Content-Type"] != "application/x-protobuf":
            self.answer(404 if self.path != "/v1/traces" else 415, b"")
            return
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        request = trace_service_pb2.ExportTraceServiceRequest()
        request.ParseFromString(body)
        take(request, "http/protobuf", {name.lower(): value for name, value in self.headers.items()})
        self.answer(self.status, trace_service_pb2.ExportTraceServiceResponse().SerializeToString())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answer", type=int, default=200, help="the HTTP status that every request gets")
    Handler.status = parser.parse_args().answer
    ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if api_implementation.Type() != "python":
        sys.exit("this protobuf is not the one in pure Python")

    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(TraceService(), server)
    grpc_port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print_line({"listening": {"http": listener.server_port, "grpc": grpc_port}})
    listener.serve_forever()


if __name__ == "__main__":
    main()
