"""What our exporter sends arrives whole at receivers that are not ours: arrival_test.py <send_spans>.

Over HTTP and gRPC, plain and compressed, at a receiver in Python, and at one in JavaScript.
"""

import os
import pathlib
import subprocess
import sys
import unittest

import receivers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import outcome  # noqa: E402

SENDER = pathlib.Path()
CONVENTIONS = "https://opentelemetry.io/schemas/1.44.0"

TRACE = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
COMMON = {"trace_id": TRACE, "trace_state": "", "start_time_unix_nano": "1700000000123456789",
          "end_time_unix_nano": "1700000000124956790", "status": {"code": "STATUS_CODE_UNSET", "message": ""}}
SPANS = [
    COMMON | {
        "name": "GET /rank/{player}", "kind": "SPAN_KIND_SERVER", "span_id": "1011121314151617",
        "parent_span_id": "8081828384858687", "trace_state": "vendor=one,other=two",
        "attributes": {"http.request.method": {"string": "GET"}, "http.response.status_code": {"int": "200"}},
    },
    COMMON | {
        "name": "ZREVRANK", "kind": "SPAN_KIND_CLIENT", "span_id": "2021222324252627",
        "parent_span_id": "1011121314151617", "status": {"code": "STATUS_CODE_ERROR", "message": "WRONGTYPE"},
        "attributes": {
            "text": {"string": "café \"quoted\"\n"}, "text.empty": {"string": ""},
            "text.broken": {"string": "a\ufffd"},
            "integer.most": {"int": "9223372036854775807"}, "integer.least": {"int": "-9223372036854775808"},
            "integer.zero": {"int": "0"}, "double": {"double": 0.1}, "double.tiny": {"double": 5e-324},
            "bool.true": {"bool": True}, "bool.false": {"bool": False},
        },
    },
    COMMON | {
        "name": "work", "kind": "SPAN_KIND_INTERNAL", "span_id": "3031323334353637", "parent_span_id": "",
        "end_time_unix_nano": "1700000000123456789", "attributes": {},
    },
]


def send(endpoint: str, variables: dict[str, str]) -> subprocess.CompletedProcess:
    inherited = {name: value for name, value in os.environ.items()
                 if not name.startswith("OTEL_") and not name.lower().endswith("_proxy")}
    environment = inherited | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint} | variables
    return subprocess.run([SENDER], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=receivers.PATIENCE, check=False)


class Arrival(unittest.TestCase):
    maxDiff = None

    def check(self, running, protocol: str, variables: dict[str, str]) -> dict:
        """Sends the spans, and returns the one line about them after comparing all of it but resource and headers."""
        ports, received = running
        endpoint = f"http://127.0.0.1:{ports['grpc' if protocol == 'grpc' else 'http']}"
        sent = send(endpoint, {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol} | variables)
        self.assertEqual((sent.returncode, sent.stdout, sent.stderr), (0, "", ""))
        lines = received()
        self.assertEqual(len(lines), 1)
        line = lines[0]
        self.assertEqual(line["protocol"], protocol)
        self.assertEqual(line["schema_url"], CONVENTIONS)
        self.assertEqual(len(line["scopes"]), 1)
        scope = line["scopes"][0]
        self.assertEqual((scope["name"], scope["schema_url"]), ("redstart", CONVENTIONS))
        self.assertRegex(scope["version"], r"^\d+\.\d+\.\d+$")
        flags = [span.pop("flags") for span in scope["spans"]]
        self.assertEqual([flag & 0xff for flag in flags], [1, 1, 1])
        self.assertEqual(scope["spans"], SPANS)
        return line

    def check_all(self, start, protocol: str) -> None:
        for compression in ("none", "gzip"):
            with self.subTest(compression=compression), start() as running:
                line = self.check(running, protocol, {"OTEL_EXPORTER_OTLP_COMPRESSION": compression})
                encoding = line["headers"].get("content-encoding", "none")
                if protocol != "grpc":  # where the library takes that header away
                    self.assertEqual(encoding, compression)

    def test_http(self) -> None:
        self.check_all(receivers.python, "http/protobuf")

    def test_grpc(self) -> None:
        self.check_all(receivers.python, "grpc")

    def test_http_in_javascript(self) -> None:
        self.check_all(receivers.javascript, "http/protobuf")

    def test_resource_and_headers(self) -> None:
        for protocol in ("http/protobuf", "grpc"):
            with self.subTest(protocol=protocol), receivers.python() as running:
                line = self.check(running, protocol, {
                    "OTEL_SERVICE_NAME": "leaderboard",
                    "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=caf%C3%A9,service.version=7",
                    "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20a%2520b,x-tenant=seven",
                })
                self.assertEqual(line["headers"]["authorization"], "Bearer a%20b")
                self.assertEqual(line["headers"]["x-tenant"], "seven")
                resource = line["resource"]
                self.assertRegex(resource.pop("service.instance.id")["string"], r"^[0-9a-f-]{36}$")
                self.assertGreater(int(resource.pop("process.pid")["int"]), 1)
                self.assertEqual(resource.pop("host.name"), {"string": os.uname().nodename})
                self.assertEqual(resource.pop("telemetry.sdk.version")["string"][0], "1")
                self.assertEqual(resource, {
                    "service.name": {"string": "leaderboard"}, "service.version": {"string": "7"},
                    "deployment.environment.name": {"string": "café"},
                    "telemetry.sdk.language": {"string": "cpp"}, "telemetry.sdk.name": {"string": "opentelemetry"},
                })

    def test_a_receiver_that_refuses(self) -> None:
        with receivers.python("--answer", "400") as (ports, _received):
            endpoint = f"http://127.0.0.1:{ports['http']}"
            sent = send(endpoint, {})
            self.assertEqual(sent.returncode, 1)
            self.assertEqual((sent.stdout, sent.stderr), ("", "not all spans arrived: 3 spans did not reach "
                                                              f"{endpoint}/v1/traces (400)\n"))


def main() -> None:
    global SENDER
    if len(sys.argv) != 2:
        sys.exit("usage: arrival_test.py <send_spans>")
    SENDER = pathlib.Path(sys.argv[1]).resolve()
    result = unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(Arrival))
    sys.exit(outcome.report(result))


if __name__ == "__main__":
    main()
