"""`redstart serve` as its users meet it: serve_test.py <redstart> [case...].

The real program on a real Valkey, over sockets: routes, limiter, restart, shutdown, bad input of each kind, metrics.
With REDSTART_TEST_SERVERS=without_hello, the cases to which the server's protocol matters, on servers without HELLO.
"""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import program
import settings_cases
import telemetry_cases

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import outcome  # noqa: E402

OFF = ("--rate-limit", "off")
CASES_WITHOUT_HELLO = ("Routes", "Sums", "Limiter", "EachLimiter", "Telemetry",
                       "Lifecycle.test_another_server_by_url",
                       "Lifecycle.test_a_lost_server_is_a_503_and_not_ready", "Refusals.test_wrong_password")


class WithService(unittest.TestCase):
    """One service for all cases of a class."""

    arguments: tuple[str, ...] = OFF

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.mkdtemp(prefix="redstart-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.served = cls.enterClassContext(program.service_on_any_server(cls.folder + "/data", *cls.arguments))

    def problem(self, answer, status: int) -> dict:
        self.assertEqual(answer[0], status, answer[2])
        self.assertEqual(answer[1]["Content-Type"], "application/problem+json")
        self.assertEqual(answer[2]["status"], status)
        return answer[2]


class Routes(WithService):
    def test_it_says_where_it_is(self) -> None:
        self.assertRegex(self.served.server_version, r"^(Valkey|Redis) \d+\.\d+\.\d+$")
        data = self.folder + "/data"
        self.assertEqual(self.served.data, f"unix://{data}/server.sock" if program.WITHOUT_HELLO else data)

    def test_scores(self) -> None:
        for player, score in (("ada", 10), ("bob", 30), ("eve", 20), ("ada", 5)):
            status, _headers, body = self.served.request("POST", "/score", {"player_id": player, "score": score})
            self.assertEqual((status, list(body)), (200, ["message"]))
        status, _headers, body = self.served.get("/leaderboard?limit=3")
        self.assertEqual(status, 200)
        self.assertEqual(body, {"leaderboard": [{"player_id": "bob", "score": 30, "rank": 1},
                                                {"player_id": "eve", "score": 20, "rank": 2},
                                                {"player_id": "ada", "score": 10, "rank": 3}]})
        self.assertEqual(len(self.served.get("/leaderboard?limit=2")[2]["leaderboard"]), 2)
        status, _headers, body = self.served.get("/rank/eve")
        self.assertEqual(status, 200)
        self.assertGreaterEqual(body.pop("total"), 3)  # other cases add players with low scores
        body["neighbours"] = body["neighbours"][:2]
        self.assertEqual(body, {"player_id": "eve", "rank": 2, "score": 20,
                                "neighbours": [{"player_id": "bob", "score": 30, "rank": 1},
                                               {"player_id": "ada", "score": 10, "rank": 3}]})
        self.problem(self.served.get("/rank/nobody"), 404)

    def test_a_player_with_any_name(self) -> None:
        name = "a b/{c}%\u00e9"
        self.assertEqual(self.served.request("POST", "/score", {"player_id": name, "score": -1e9})[0], 200)
        path = "/rank/a%20b%2F%7Bc%7D%25%C3%A9"
        self.assertEqual(self.served.get(path)[2]["player_id"], name)

    def test_bad_scores(self) -> None:
        for body, where in (("{", ""), ("[]", ""), ('{"player_id": "p"}', "score"),
                            ('{"player_id": "p", "score": "1"}', "score"),
                            ('{"player_id": 1, "score": 1}', "player_id"),
                            ('{"player_id": "p", "score": 1e999}', "score"), ('{"player_id": "p", "score": NaN}', ""),
                            ('{"player_id": "p", "score": null}', "score")):
            with self.subTest(body=body):
                told = self.problem(self.served.request("POST", "/score", body), 400)
                self.assertIn(where, json.dumps(told))
        self.problem(self.served.request("POST", "/score", {"player_id": "", "score": 1}), 400)
        for limit in ("0", "-1", "x", "1001", "99999999999999999999"):
            with self.subTest(limit=limit):
                self.problem(self.served.get(f"/leaderboard?limit={limit}"), 400)

    def test_cache(self) -> None:
        value = {"nested": [1, 2.5, "x", None, True], "big": 9007199254740993}
        self.assertEqual(self.served.request("PUT", "/cache/k1", {"value": value})[0], 204)
        self.assertEqual(self.served.get("/cache/k1")[2], {"value": value})
        self.assertEqual(self.served.request("PUT", "/cache/k1", {"value": "new", "ttl": 100})[0], 204)
        status, _headers, body = self.served.get("/cache/k1")
        self.assertEqual((status, body["value"]), (200, "new"))
        self.assertTrue(90 < body["ttl"] <= 100)
        self.assertEqual(self.served.request("DELETE", "/cache/k1")[0], 204)
        self.problem(self.served.request("DELETE", "/cache/k1"), 404)
        self.problem(self.served.get("/cache/k1"), 404)
        self.served.request("PUT", "/cache/short", {"value": 1, "ttl": 0.01})
        program.wait_until(lambda: self.served.get("/cache/short")[0] == 404, "a value outlives its ttl")

    def test_bad_cache_entries(self) -> None:
        for body in ({"ttl": 1}, {"value": 1, "ttl": 0}, {"value": 1, "ttl": -1}, {"value": 1, "ttl": "1"},
                     {"value": 1, "ttl": 1e300}):
            with self.subTest(body=body):
                self.problem(self.served.request("PUT", "/cache/bad", body), 400)
        self.problem(self.served.get("/cache/bad"), 404)

    def test_counters(self) -> None:
        self.assertEqual(self.served.get("/counter/visits")[2], {"name": "visits", "value": 0})
        for delta, value in ((5, 5), (-7, -2), (2**62, 2**62 - 2)):
            self.assertEqual(self.served.request("POST", "/counter/visits", {"delta": delta})[2],
                             {"name": "visits", "value": value})
        self.problem(self.served.request("POST", "/counter/visits", {"delta": 2**62 + 2}), 409)
        self.assertEqual(self.served.get("/counter/visits")[2]["value"], 2**62 - 2)
        for _ in range(2):
            once = {"delta": 3, "operation_id": "payment:1"}
            self.assertEqual(self.served.request("POST", "/counter/a%2F%7Bb%7D", once)[2],
                             {"name": "a/{b}", "value": 3})

    def test_bad_counts(self) -> None:
        for body in ({}, {"delta": "1"}, {"delta": 1.5}, {"delta": 2**63}, {"delta": -2**63}, {"delta": None},
                     {"delta": 1, "operation_id": ""}, {"delta": 1, "operation_id": "x" * 257}):
            with self.subTest(body=body):
                self.problem(self.served.request("POST", "/counter/bad", body), 400)
        self.assertEqual(self.served.get("/counter/bad")[2]["value"], 0)
        self.problem(self.served.get("/counter/" + "x" * 513), 400)

    def test_one_caller_at_a_time_does_a_task(self) -> None:
        def process(task: str, seconds: float, wait: float):
            return self.served.request("POST", "/process", {"task": task, "seconds": seconds, "wait": wait})

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda _: process("nightly", 0.05, 5), range(8)))
        fences = [answer[2]["fence"] for answer in results]
        self.assertEqual([answer[0] for answer in results], [200] * 8)
        self.assertEqual(len(set(fences)), 8)

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            first = pool.submit(process, "long", 2, 5)
            program.wait_until(lambda: process("long", 0, 0)[0] == 409, "nobody is refused")
            refused = process("long", 0, 0)
            self.assertEqual(self.problem(refused, 409)["detail"], "another caller does this task")
            self.assertEqual(refused[1]["Retry-After"], "1")
            self.assertEqual(process("another", 0, 0)[0], 200)
            self.assertEqual(first.result()[2]["result"], "task completed")

    def test_bad_tasks(self) -> None:
        for body in ({"task": ""}, {"task": "x" * 513}, {"seconds": -1}, {"seconds": 21}, {"wait": 6},
                     {"seconds": "1"}):
            with self.subTest(body=body):
                self.problem(self.served.request("POST", "/process", body), 400)

    def test_what_is_not_there(self) -> None:
        self.problem(self.served.get("/nothing"), 404)
        answer = self.served.request("DELETE", "/score")
        self.problem(answer, 405)
        self.assertIn("POST", answer[1]["Allow"])
        # Refused by its declared length: the body is not waited for.
        large = self.served.raw(b"POST /score HTTP/1.1\r\nHost: h\r\nContent-Length: 2097152\r\n\r\n")
        self.assertTrue(large.startswith(b"HTTP/1.1 413"), large)
        self.problem(self.served.get("/" + "x" * 10000), 414)
        self.problem(self.served.get("/ping", headers={"X-Large": "x" * 20000}), 431)
        for status in (413, 414, 431):
            counter = f'redstart_http_server_rejected_total{{http_response_status_code="{status}"}}'
            program.wait_until(lambda: counter in self.served.get("/metrics")[2], "a refusal is not counted")

    def test_bodies_as_curl_and_browsers_send_them(self) -> None:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = {"player_id": "curl", "score": -5}
        self.assertEqual(self.served.request("POST", "/score", body, form)[0], 200)
        self.problem(self.served.request("POST", "/score", body, form | {"Origin": "https://evil.example"}), 403)

    def test_a_name_that_somebody_points_to_this_machine(self) -> None:
        page = {"Host": "attacker.example", "Origin": "http://attacker.example", "Sec-Fetch-Site": "same-origin"}
        self.problem(self.served.request("POST", "/score", {"player_id": "p", "score": 1}, page), 421)
        for path in ("/leaderboard", "/rank/p", "/cache/k", "/ping"):
            self.problem(self.served.get(path, headers=page), 421)
        self.assertEqual(self.served.get("/livez", headers=page)[0], 200)
        for host in ("localhost", f"localhost:{self.served.port}", "board.localhost", "[::1]:1"):
            self.assertEqual(self.served.get("/ping", headers={"Host": host})[0], 200)

    def test_smuggling_shapes_are_refused(self) -> None:
        for head in (b"POST /score HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
                     b"POST /score HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
                     b"POST /score HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
                     b"POST /score HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"GET /ping HTTP/1.1\r\n\r\n"):
            with self.subTest(head=head):
                answer = self.served.raw(head + b"GET /ping HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                self.assertTrue(answer.startswith(b"HTTP/1.1 400"), answer)
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1, answer)

    def test_health_and_metrics(self) -> None:
        for path in ("/livez", "/readyz"):
            self.assertEqual(self.served.get(path)[0], 200)
        before = self.counted("/ping")
        self.served.get("/ping")
        program.wait_until(lambda: self.counted("/ping") > before, "a request is not counted")
        status, headers, page = self.served.get("/metrics")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        checked = subprocess.run(["promtool", "check", "metrics"], input=page, text=True, capture_output=True,
                                 check=False)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        self.assertIn("db_client_operation_duration_seconds_count", page)

    def test_what_is_not_there_is_counted_without_a_route(self) -> None:
        for method, path, status in (("PATCH", "/nothing", 404), ("PATCH", "/ping", 405), ("OPTIONS", "/ping", 204)):
            with self.subTest(method=method, path=path):
                self.assertEqual(self.served.request(method, path)[0], status)
                wanted = (f'http_request_method="{method}"', f'http_response_status_code="{status}"')
                program.wait_until(lambda: self.counted_without_route(*wanted) == 1, "it is not counted")

    def counted(self, route: str) -> int:
        return sum(count for labels, count in self.durations() if f'"{route}"' in labels)

    def counted_without_route(self, *wanted: str) -> int:
        return sum(count for labels, count in self.durations()
                   if all(label in labels for label in wanted) and "http_route" not in labels)

    def durations(self) -> list[tuple[str, int]]:
        page = self.served.get("/metrics")[2]
        lines = [line.rsplit(" ", 1) for line in page.splitlines()
                 if line.startswith("http_server_request_duration_seconds_count")]
        return [(labels, int(float(count))) for labels, count in lines]


class Sums(WithService):
    arguments = (*OFF, "--score-policy", "sum")

    def test_scores_add_up_as_long_as_they_stay_finite(self) -> None:
        for score in (1e308, 0.5e308):
            self.assertEqual(self.served.request("POST", "/score", {"player_id": "p", "score": score})[0], 200)
        self.problem(self.served.request("POST", "/score", {"player_id": "p", "score": 1e308}), 400)
        self.assertEqual(self.served.get("/rank/p")[2]["score"], 1.5e308)


class Limiter(WithService):
    arguments = ("--rate-limit", "100/60s")

    def test_it_admits_exactly_the_limit(self) -> None:
        with concurrent.futures.ThreadPoolExecutor(50) as many:
            answers = list(many.map(lambda _: self.served.get("/ping"), range(300)))
        admitted = [answer for answer in answers if answer[0] == 200]
        refused = [answer for answer in answers if answer[0] == 429]
        self.assertEqual((len(admitted), len(refused)), (100, 200))
        for answer in refused:
            self.problem(answer, 429)
            self.assertTrue(1 <= int(answer[1]["Retry-After"]) <= 60)
            self.assertRegex(answer[1]["RateLimit-Policy"], r'^"default";q=100;w=60$')
            self.assertRegex(answer[1]["RateLimit"], r'^"default";r=0;t=\d+$')
        self.assertEqual({answer[1]["RateLimit"].split(";")[1] for answer in admitted}, {f"r={n}" for n in range(100)})
        self.problem(self.served.get("/ping", headers={"X-Forwarded-For": "203.0.113.9"}), 429)
        for path in ("/livez", "/readyz", "/metrics"):
            self.assertEqual(self.served.get(path)[0], 200)
        for method, path in (("GET", "/nothing"), ("PUT", "/ping"), ("OPTIONS", "/ping")):
            self.problem(self.served.request(method, path), 429)


class EachLimiter(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="redstart-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def test_each_admits_its_limit(self) -> None:
        for kind in ("sliding-window", "fixed-window", "sliding-counter", "token-bucket"):
            with self.subTest(limiter=kind), \
                    program.service_on_any_server(f"{self.folder}/{kind}", "--rate-limit", "20/1h", "--limiter",
                                                  kind) as served:
                with concurrent.futures.ThreadPoolExecutor(10) as many:
                    answers = list(many.map(lambda _: served.get("/ping")[0], range(50)))
                self.assertEqual((answers.count(200), answers.count(429)), (20, 30))


class Lifecycle(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="redstart-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.own = ("--data-dir", self.folder + "/data", *OFF)

    def test_data_survives_a_restart(self) -> None:
        for round_number in range(2):
            with program.service(*self.own) as served:
                self.assertEqual(served.get("/rank/ada")[0], 200 if round_number else 404)
                served.request("POST", "/score", {"player_id": "ada", "score": 1})
                child = served.child()
                self.assertEqual(served.stop((signal.SIGTERM, signal.SIGINT)[round_number]), (0, ""))
                self.assertFalse(program.is_running(child))

    def test_the_child_goes_with_its_killed_parent(self) -> None:
        with program.service(*self.own) as served:
            child = served.child()
            self.assertTrue(program.is_running(child))
            served.process.kill()
            program.wait_until(lambda: not program.is_running(child), "the child outlives its parent")

    def test_a_killed_child_ends_the_service(self) -> None:
        with program.service(*self.own) as served:
            subprocess.run(["kill", "-9", str(served.child())], check=True)
            error = served.process.communicate(timeout=program.PATIENCE)[1]
            self.assertEqual(served.process.returncode, 1)
            self.assertIn("was killed by signal 9", error)
            self.assertEqual(len(error.splitlines()), 1, error)

    def test_a_second_signal_ends_it_at_once(self) -> None:
        with program.service(*self.own, "--drain", "1h") as served:
            with socket.create_connection(("127.0.0.1", served.port)) as held:
                held.sendall(b"POST /score HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{")
                held.setblocking(False)
                served.process.send_signal(signal.SIGTERM)
                program.wait_until(lambda: not self.accepts(served.port), "it still accepts")
                self.assertIsNone(served.process.poll())
                served.process.send_signal(signal.SIGTERM)
                served.process.wait(program.PATIENCE)
                self.assertEqual(served.process.returncode, 128 + signal.SIGTERM)

    def test_it_says_that_it_leaves_before_it_does(self) -> None:
        with program.service(*self.own, "--drain-delay", "3s") as served:
            served.process.send_signal(signal.SIGTERM)
            self.still_answers_but_is_not_ready(served)
            self.assertEqual(served.process.wait(program.PATIENCE), 0)

    def test_a_second_signal_ends_the_delay_too(self) -> None:
        with program.service(*self.own, REDSTART_DRAIN_DELAY="1h") as served:
            child = served.child()
            served.process.send_signal(signal.SIGTERM)
            self.still_answers_but_is_not_ready(served)
            served.process.send_signal(signal.SIGINT)
            self.assertEqual(served.process.wait(program.PATIENCE), 128 + signal.SIGINT)
            program.wait_until(lambda: not program.is_running(child), "the child outlives its parent")

    def still_answers_but_is_not_ready(self, served: program.Service) -> None:
        program.wait_until(lambda: served.get("/readyz")[0] == 503, "it is still ready")
        self.assertIn("shutting down", served.get("/readyz")[2]["detail"])
        self.assertEqual(served.get("/livez")[0], 200)
        self.assertEqual(served.request("POST", "/score", {"player_id": "late", "score": 1})[0], 200)

    def test_a_lost_child_ends_the_delay(self) -> None:
        with program.service(*self.own, "--drain-delay", "1h") as served:
            served.process.send_signal(signal.SIGTERM)
            program.wait_until(lambda: served.get("/readyz")[0] == 503, "it is still ready")
            subprocess.run(["kill", "-9", str(served.child())], check=True)
            self.assertEqual(served.process.wait(program.PATIENCE), 0)

    @staticmethod
    def accepts(port: int) -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False

    def test_a_unix_socket(self) -> None:
        path = pathlib.Path(self.folder, "web.sock")
        for _ in range(2):  # the second one finds what the first one left
            with program.service(*self.own, "--listen", f"unix:{path}") as served:
                self.assertEqual(path.stat().st_mode & 0o777, 0o600)
                self.assertEqual(served.get("/ping")[0], 200)
                code, said = program.refused("--listen", f"unix:{path}", "--data-dir", self.folder + "/other", *OFF)
                self.assertEqual((code, "in use" in said), (1, True), said)
                served.process.kill()
                served.process.wait(program.PATIENCE)
        with program.service(*self.own, "--listen", f"unix:{path}") as served:
            self.assertEqual(served.stop(), (0, ""))
            self.assertFalse(path.exists())

    def test_another_server_by_url(self) -> None:
        for server in ("valkey-server", "redis-server"):
            with self.subTest(server=server), tempfile.TemporaryDirectory() as folder, \
                    program.data_server(folder, "--requirepass", "se cret", program=server) as url:
                with program.service(*OFF, REDIS_URL=url.replace("unix://", "unix://:se%20cret@")) as served:
                    self.assertIsNone(served.child())
                    self.assertEqual(served.request("POST", "/score", {"player_id": "p", "score": 1})[0], 200)
                    self.assertNotIn("cret", served.ready_line)
                    self.assertEqual(served.stop(), (0, ""))

    def test_a_server_that_may_evict_is_warned_of(self) -> None:
        with tempfile.TemporaryDirectory() as folder, \
                program.data_server(folder, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru") as url, \
                program.service("--redis", url, *OFF) as served:
            status, said = served.stop()
            self.assertEqual(status, 0)
            self.assertIn("the server may evict any key, so that locks", said)
            self.assertIn("its maxmemory-policy is allkeys-lru", said)

    def test_what_others_put_into_the_cache(self) -> None:
        with tempfile.TemporaryDirectory() as folder, program.data_server(folder) as url, \
                program.service("--redis", url, *OFF) as served:
            for text in ("{", "1,2", "nul", "", "[1]]", '\\"\\x01\\"', '\\"\\xff\\"'):
                with self.subTest(text=text):
                    program.ask(url, f'SET redstart:cache:serve:{{k}} "{text}"')
                    status, headers, body = served.get("/cache/k")
                    self.assertEqual((status // 100, headers["Content-Type"]), (5, "application/problem+json"), body)
            self.assertEqual(served.request("PUT", "/cache/k", {"value": [1, "A"]})[0], 204)
            self.assertEqual(served.get("/cache/k")[2], {"value": [1, "A"]})

    def test_a_lost_server_is_a_503_and_not_ready(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            with program.data_server(folder) as url:
                running = program.service("--redis", url + "?command_timeout_ms=300", *OFF)
                served = self.enterContext(running)
                self.assertEqual(served.get("/readyz")[0], 200)
            self.assertEqual(served.get("/leaderboard")[0], 503)
            program.wait_until(lambda: served.get("/readyz")[0] == 503, "it is ready without a server")
            self.assertEqual(served.get("/livez")[0], 200)
            with program.data_server(folder):  # each loop comes back by itself
                for path in ("/readyz", "/leaderboard"):
                    program.wait_until(lambda: served.get(path)[0] == 200, f"{path} does not come back")

    def test_failures_are_not_logged_without_end(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            with program.data_server(folder) as url:
                served = self.enterContext(program.service("--redis", url + "?command_timeout_ms=200", *OFF))
            begun = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(20) as many:
                answers = list(many.map(lambda _: served.get("/leaderboard")[0], range(200)))
            self.assertEqual(answers, [503] * 200)
            code, said = served.stop()
            lines = [line for line in said.splitlines() if "/leaderboard" in line or "more requests failed" in line]
            self.assertEqual((code, len(lines) > 0), (0, True), said)
            self.assertLessEqual(len(lines), time.monotonic() - begun + 3)
            shown = len([line for line in lines if "/leaderboard" in line])
            left_out = sum(int(found[1]) for line in lines if (found := re.search(r"(\d+) more ", line)))
            self.assertEqual(shown + left_out, 200, said)

    def test_a_token_is_asked_for(self) -> None:
        token = pathlib.Path(self.folder, "token")
        token.write_text("a-token-of-good-length\n")
        for mode in (0o640, 0o604, 0o600):
            token.chmod(mode)
            with self.subTest(mode=mode), program.service(*self.own, "--token-file", str(token)) as served:
                self.assertEqual(served.get("/ping")[0], 401)
                self.assertEqual(served.get("/ping", headers={"Authorization": "Bearer wrong"})[0], 401)
                for method, path in (("GET", "/nothing"), ("PUT", "/ping"), ("OPTIONS", "/ping")):
                    self.assertEqual(served.request(method, path)[0], 401)
                program.wait_until(lambda: 'status_code="401"' in served.get("/metrics")[2], "a refusal is not counted")
                right = {"Authorization": "Bearer a-token-of-good-length"}
                self.assertEqual(served.get("/ping", headers=right)[0], 200)
                self.assertEqual(served.get("/ping", headers=right | {"Host": "board.example"})[0], 200)
                self.assertEqual(served.get("/livez")[0], 200)
                said = served.stop()[1]
                self.assertEqual(said.count("others can read the token file"), int(mode != 0o600), said)


class Startup(unittest.TestCase):
    """A signal before the service listens ends it at once, and by itself."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="redstart-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen:
        process = program.start("--listen", "127.0.0.1:0", *arguments, **variables)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def ends_by(self, process: subprocess.Popen, number: int) -> None:
        process.send_signal(number)
        self.assertEqual(process.wait(program.PATIENCE), 128 + number)

    def test_a_signal_while_the_server_is_silent(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number=number), socket.create_server(("127.0.0.1", 0)) as silent:
                process = self.start("--redis", f"redis://127.0.0.1:{silent.getsockname()[1]}")
                silent.settimeout(program.PATIENCE)
                with silent.accept()[0]:
                    self.ends_by(process, number)

    def test_a_signal_while_its_own_server_starts(self) -> None:
        slow = pathlib.Path(self.folder, "slow-server")
        slow.write_text("#!/bin/sh\nexec sleep 600\n")
        slow.chmod(0o700)
        process = self.start("--data-dir", self.folder + "/data", REDSTART_VALKEY=str(slow))
        program.wait_until(lambda: (child := program.child_of(process)) and program.command_of(child) == "sleep",
                           "its server does not start")
        child = program.child_of(process)
        self.ends_by(process, signal.SIGTERM)
        program.wait_until(lambda: not program.is_running(child), "the child outlives its parent")


class Health(unittest.TestCase):
    """Routes that nobody limits cost little, however often they are asked for."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="redstart-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def test_the_server_is_asked_once_a_second(self) -> None:
        with program.data_server(self.folder) as url, program.service("--redis", url, "--threads", "1") as served:
            before, begun = self.pings(url), time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(20) as many:
                answers = list(many.map(lambda _: served.get("/readyz")[0], range(200)))
            self.assertEqual(answers, [200] * 200)
            self.assertLessEqual(self.pings(url) - before, time.monotonic() - begun + 2)

    @staticmethod
    def pings(url: str) -> int:
        found = re.search(r"cmdstat_ping:calls=(\d+)", program.ask(url, "INFO commandstats"))
        return int(found[1]) if found else 0

    def test_metrics_are_written_once_a_second(self) -> None:
        with program.service("--data-dir", self.folder, "--threads", "1", *OFF) as served:
            pages, begun = set(), time.monotonic()
            for _ in range(100):
                served.get("/ping")
                pages.add(served.get("/metrics")[2])
            self.assertLessEqual(len(pages), time.monotonic() - begun + 2)

    def test_other_machines_need_the_token_for_metrics(self) -> None:
        token = pathlib.Path(self.folder, "token")
        token.write_text("a-token-of-good-length")
        data = ("--data-dir", self.folder + "/data", "--token-file", str(token))
        with program.service(*data, "--listen", "0.0.0.0:0") as served:
            self.assertEqual([served.get(path)[0] for path in ("/metrics", "/livez", "/readyz")], [401, 200, 200])
            right = {"Authorization": "Bearer a-token-of-good-length"}
            self.assertEqual(served.get("/metrics", headers=right)[0], 200)
        with program.service(*data) as served:
            self.assertEqual(served.get("/metrics")[0], 200)
            self.assertEqual(served.get("/metrics", headers={"Host": "attacker.example"})[0], 421)


class Descriptors(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="redstart-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.own = ("--data-dir", self.folder + "/data", *OFF)

    def test_more_connections_than_descriptors(self) -> None:
        def poor() -> None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))

        with program.service(*self.own, "--threads", "2", first=poor) as served:
            with contextlib.ExitStack() as idle:
                for _ in range(200):
                    idle.enter_context(served.connect())
                program.wait_until(lambda: self.status(served, "/livez") in (200, 503), "nobody is answered")
                self.assertLess(len(os.listdir(f"/proc/{served.process.pid}/fd")), 128)
            for path in ("/livez", "/readyz", "/leaderboard"):
                program.wait_until(lambda: self.status(served, path) == 200, f"{path} does not come back")
            self.assertEqual(served.stop(), (0, ""))

    @staticmethod
    def status(served: program.Service, path: str) -> int | None:
        """None for a connection that is closed without an answer."""
        try:
            return served.get(path)[0]
        except (ConnectionError, http.client.HTTPException):
            return None

    def test_the_limit_is_raised(self) -> None:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

        def modest() -> None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard // 2, hard))

        with program.service(*self.own, first=modest) as served:
            self.assertEqual(resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE), (hard, hard))

    def test_all_lanes_are_connected_from_the_start(self) -> None:
        with program.data_server(self.folder) as url, \
                program.service("--redis", url + "?lanes=3&client_name=lane", "--threads", "2", *OFF):
            self.assertEqual(program.ask(url, "CLIENT LIST").count(" name=lane "), 6)


class Refusals(unittest.TestCase):
    """What cannot work is said in one line, with exit code 2 for what was asked and 1 for what was found."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="redstart-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def refused(self, code: int, words: str, *arguments: str, **variables: str) -> None:
        listen = () if "--listen" in arguments else ("--listen", "127.0.0.1:0")
        found, said = program.refused(*listen, *arguments, **variables)
        self.assertEqual((found, len(said.splitlines())), (code, 1), said)
        self.assertIn(words, said)

    def test_bad_arguments(self) -> None:
        self.refused(2, "valkeys or unix", "--redis", "http://localhost")
        self.refused(2, "not a URL", REDIS_URL="::")
        self.refused(2, "rate-limit", "--rate-limit", "100")
        self.refused(2, "score-policy", "--score-policy", "middle")
        self.refused(2, "limiter", "--limiter", "sliding_window")
        self.refused(2, "rate-limit", "--rate-limit", "97/8760h", "--limiter", "token-bucket")
        self.refused(2, "token-file", "--listen", "0.0.0.0:0")
        self.refused(2, "token file", "--token-file", self.folder + "/none")
        self.refused(2, "listen", "--listen", "nowhere")
        self.refused(2, "drain", "--drain", "soon")
        self.refused(2, "--trusted-proxies", "--trusted-proxies", "nonsense")
        self.refused(2, "--trusted-proxies", REDSTART_TRUSTED_PROXIES="127.0.0.1,10.0.0.1/8")

    def test_a_bad_flag(self) -> None:
        code, said = program.refused("--colour", "red")
        self.assertEqual((code, len(said.splitlines())), (2, 1))
        self.assertIn("--colour", said)

    def test_nobody_there(self) -> None:
        self.refused(1, "nothing.sock", "--redis", f"unix://{self.folder}/nothing.sock")
        self.refused(1, "127.0.0.1:1", "--redis", "redis://127.0.0.1:1")

    def test_wrong_password(self) -> None:
        with program.data_server(self.folder, "--requirepass", "right") as url:
            self.refused(1, "WRONGPASS", "--redis", url.replace("unix://", "unix://:wrong-one@"))
            self.refused(1, "NOAUTH", "--redis", url)

    def test_a_taken_port(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.refused(1, "in use", "--listen", f"127.0.0.1:{taken.getsockname()[1]}", "--data-dir", self.folder)

    def test_a_missing_binary(self) -> None:
        self.refused(1, "valkey-server", "--data-dir", self.folder, PATH="/nowhere")

    def test_a_taken_data_directory(self) -> None:
        with program.service("--data-dir", self.folder):
            self.refused(1, self.folder, "--data-dir", self.folder)

    def test_bad_telemetry_settings(self) -> None:
        self.refused(1, "OTEL_EXPORTER_OTLP_PROTOCOL", "--data-dir", self.folder,
                     OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1", OTEL_EXPORTER_OTLP_PROTOCOL="smoke")


ConfigurationFile = settings_cases.ConfigurationFile
Environment = settings_cases.Environment
Telemetry = telemetry_cases.Telemetry


def main() -> int:
    program.binary = pathlib.Path(sys.argv[1]).resolve()
    chosen = CASES_WITHOUT_HELLO if program.WITHOUT_HELLO else None
    ended = unittest.main(defaultTest=chosen, argv=sys.argv[:1] + sys.argv[2:], exit=False, verbosity=2)
    return outcome.report(ended.result)


if __name__ == "__main__":
    sys.exit(main())
