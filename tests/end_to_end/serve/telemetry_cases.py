"""One request is one trace: an HTTP server span, and the spans of its Redis commands below it."""

import json
import pathlib
import sys
import tempfile
import unittest

import program

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "otlp_receiver"))
import receivers  # noqa: E402

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
PLAYER, KEY, VALUE = "hush-player", "hush-key", "hush-value"
SECRET = "hush"  # is in each of them


class Telemetry(unittest.TestCase):
    def spans(self, receiver, protocol: str, requests, **variables: str) -> list[dict]:
        return [span for line in self.arrivals(receiver, protocol, requests, **variables)
                for scope in line["scopes"] for span in scope["spans"]]

    def arrivals(self, receiver, protocol: str, requests, **variables: str) -> list[dict]:
        """What arrives at a receiver when a service has answered `requests` and stopped."""
        with receiver() as (ports, received), tempfile.TemporaryDirectory() as folder:
            endpoint = f"http://127.0.0.1:{ports['grpc' if protocol == 'grpc' else 'http']}"
            with program.service_on_any_server(folder, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
                                               OTEL_EXPORTER_OTLP_PROTOCOL=protocol, **variables) as served:
                requests(served)
                self.assertEqual(served.stop(), (0, ""))
            return received()

    @staticmethod
    def requests(served: program.Service) -> None:
        served.request("POST", "/score", {"player_id": PLAYER, "score": 1},
                       {"traceparent": f"00-{TRACE}-{PARENT}-01"})
        served.get(f"/rank/{PLAYER}", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})

    def test_one_trace(self) -> None:
        for protocol in ("http/protobuf", "grpc"):
            with self.subTest(protocol=protocol):
                self.check(self.spans(receivers.python, protocol, self.requests))

    def test_one_trace_as_javascript_reads_it(self) -> None:
        self.check(self.spans(receivers.javascript, "http/protobuf", self.requests))

    def check(self, spans: list[dict]) -> None:
        self.assertEqual({span["trace_id"] for span in spans}, {TRACE})
        servers = {span["name"]: span for span in spans if span["kind"] == "SPAN_KIND_SERVER"}
        self.assertEqual(set(servers), {"POST /score", "GET /rank/{player_id}"})
        clients = [span for span in spans if span["kind"] == "SPAN_KIND_CLIENT"]
        self.assertEqual(len(clients), len(spans) - 2)
        for name, server in servers.items():
            with self.subTest(server=name):
                self.assertEqual(server["parent_span_id"], PARENT)
                self.check_server(server)
                below = [span for span in clients if span["parent_span_id"] == server["span_id"]]
                self.assertEqual(len(below), 2)  # the limiter and the board
                for span in below:
                    self.check_client(span, server)
        self.assertNotIn(SECRET, json.dumps(spans))

    def test_nothing_of_the_data_leaves(self) -> None:
        def requests(served: program.Service) -> None:
            answers = [served.request("POST", "/score", {"player_id": PLAYER, "score": 1}),
                       served.get(f"/rank/{PLAYER}"), served.get("/leaderboard?limit=7&around=" + PLAYER),
                       served.request("PUT", f"/cache/{KEY}", {"value": VALUE}),
                       served.get(f"/cache/{KEY}?{VALUE}"), served.request("DELETE", f"/cache/{KEY}"),
                       served.get(f"/cache/{KEY}"), served.request("PUT", f"/cache/{KEY}", VALUE),
                       served.get(f"/nothing/{KEY}?value={VALUE}"), served.request("POST", f"/rank/{PLAYER}")]
            self.assertEqual([answer[0] for answer in answers], [200, 200, 200, 204, 200, 204, 404, 400, 404, 405])

        for protocol in ("http/protobuf", "grpc"):
            with self.subTest(protocol=protocol):
                lines = self.arrivals(receivers.python, protocol, requests)
                shown = [span["attributes"]["url.path"]["string"] for line in lines for scope in line["scopes"]
                         for span in scope["spans"] if span["kind"] == "SPAN_KIND_SERVER"]
                self.assertEqual(sorted(shown), ["/cache/REDACTED"] * 5 + ["/leaderboard", "/rank/REDACTED", "/score"]
                                 + ["REDACTED"] * 2)
                self.assertNotIn(SECRET, json.dumps(lines))
                exported = b"".join(bytes.fromhex(line["bytes"]) for line in lines)
                self.assertIn(b"/rank/{player_id}", exported)
                self.assertNotIn(SECRET.encode(), exported)

    def check_server(self, span: dict) -> None:
        method, route = span["name"].split(" ")
        attributes = span["attributes"]
        self.assertEqual(attributes["http.request.method"], {"string": method})
        self.assertEqual(attributes["http.route"], {"string": route})
        self.assertEqual(attributes["http.response.status_code"], {"int": "200"})
        self.assertEqual(attributes["url.scheme"], {"string": "http"})
        self.assertEqual(span["status"], {"code": "STATUS_CODE_UNSET", "message": ""})

    def check_client(self, span: dict, server: dict) -> None:
        attributes = span["attributes"]
        self.assertEqual(attributes["db.system.name"], {"string": "redis"})
        self.assertEqual(attributes["db.namespace"], {"string": "0"})
        operation = attributes["db.operation.name"]["string"]
        script = attributes["db.stored_procedure.name"]["string"]
        self.assertIn(operation, ("EVALSHA", "EVAL"))
        self.assertIn(script, ("sliding_window", "board_submit", "board_standing"))
        self.assertEqual(span["name"], f"{operation} {script}")
        self.assertRegex(attributes["db.query.text"]["string"], r"^[A-Z]+( \?)+( \.\.\.)?$")
        self.assertEqual(span["status"], {"code": "STATUS_CODE_UNSET", "message": ""})
        self.assertGreaterEqual(int(span["start_time_unix_nano"]), int(server["start_time_unix_nano"]) - 5_000_000)
        self.assertGreaterEqual(int(span["end_time_unix_nano"]), int(span["start_time_unix_nano"]))

    def test_what_is_not_there_is_traced(self) -> None:
        spans = self.spans(receivers.python, "http/protobuf", lambda served: served.get("/nothing"))
        servers = [span for span in spans if span["kind"] == "SPAN_KIND_SERVER"]
        self.assertEqual([span["name"] for span in servers], ["GET"])
        self.assertEqual(servers[0]["attributes"]["http.response.status_code"], {"int": "404"})
        self.assertNotIn("http.route", servers[0]["attributes"])
        self.assertEqual({span["parent_span_id"] for span in spans if span not in servers}, {servers[0]["span_id"]})

    def test_strangers_are_not_traced(self) -> None:
        sampled = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
        right = {"Authorization": "Bearer a-token-of-good-length"}

        def requests(served: program.Service) -> None:
            answers = [served.get("/ping", headers=sampled),
                       served.get("/ping", headers=sampled | {"Authorization": "Bearer wrong"}),
                       served.get("/ping", headers=sampled | right)]
            self.assertEqual([answer[0] for answer in answers], [401, 401, 200])

        with tempfile.NamedTemporaryFile("w", prefix="redstart-e2e-") as token:
            print("a-token-of-good-length", file=token, flush=True)
            spans = self.spans(receivers.python, "http/protobuf", requests, REDSTART_TOKEN_FILE=token.name,
                               OTEL_TRACES_SAMPLER="parentbased_always_off")
        servers = [span for span in spans if span["kind"] == "SPAN_KIND_SERVER"]
        self.assertEqual([span["attributes"]["http.response.status_code"] for span in servers], [{"int": "200"}])
        self.assertEqual({span["trace_id"] for span in spans}, {TRACE})

    def test_what_is_not_sampled_is_not_sent(self) -> None:
        def unsampled(served: program.Service) -> None:
            served.get("/ping", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})

        self.assertEqual(self.spans(receivers.python, "http/protobuf", unsampled), [])
        self.assertEqual(self.spans(receivers.python, "http/protobuf", lambda served: served.get("/ping"),
                                    OTEL_TRACES_SAMPLER="always_off"), [])

    def test_a_collector_that_is_not_there_costs_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as folder, \
                program.service("--data-dir", folder, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9") as served:
            self.assertEqual(served.get("/ping")[0], 200)
            self.assertEqual(served.stop()[0], 0)
