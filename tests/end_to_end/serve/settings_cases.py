"""Every setting of `redstart serve`, from each place where it may stand, told by what the service then does."""

import http.client
import os
import pathlib
import shutil
import socket
import tempfile
import threading
import unittest

import program

SECRET = "hush-hush"
OFF = ("--rate-limit", "off")
THREADS = len(os.sched_getaffinity(0)) + 1  # not the default


def submit(served: program.Service, *scores: int) -> float:
    """Which of these scores of one player counts."""
    for score in scores:
        assert served.request("POST", "/score", {"player_id": "ada", "score": score})[0] == 200
    return served.get("/rank/ada")[2]["score"]


def pings(served: program.Service, *clients: str) -> list[int]:
    return [served.get("/ping", headers={"X-Forwarded-For": client})[0] for client in clients]


def threads(served: program.Service) -> int:
    """Its loops: all threads but the first."""
    return len(list(pathlib.Path(f"/proc/{served.process.pid}/task").iterdir())) - 1


def command(url: str, line: str) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(url.removeprefix("unix://"))
        connection.sendall(line.encode() + b"\r\n")
        assert connection.recv(64) == b"+OK\r\n", line


class Settings(unittest.TestCase):
    """A data server for each case, and a folder of its own."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="redstart-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.url = self.enterContext(program.data_server(self.folder))

    def path(self, name: str, content: str | None = None) -> str:
        path = pathlib.Path(self.folder, name)
        if content is not None:
            path.write_text(content)
        return str(path)

    def served(self, *arguments: str, **variables: str) -> program.Service:
        """Runs until the case ends, on the data server of the case."""
        return self.enterContext(program.service("--redis", self.url, *arguments, **variables))

    def cut_by_drain(self, drained_by) -> bool:
        """Whether a request that the data server holds up is cut, not answered, when the service is told to stop.

        Its data server would be given up after two seconds, well within the default of ten for draining.
        """
        held = []

        def ask(served: program.Service) -> None:
            try:
                held.append(served.get("/leaderboard")[0])
            except http.client.RemoteDisconnected:
                held.append("cut")

        served = drained_by("--redis", self.url + "?command_timeout_ms=2000", *OFF)
        command(self.url, "CLIENT PAUSE 100000 ALL")
        asking = threading.Thread(target=ask, args=(served,))
        asking.start()
        program.wait_until(lambda: 'http_server_active_requests{http_request_method="GET",url_scheme="http"} 1'
                           in served.get("/metrics")[2], "the request does not arrive")
        self.assertEqual(served.stop()[0], 0)
        asking.join()
        self.assertIn(held, (["cut"], [503]))
        return held == ["cut"]


def asked_as(served: program.Service, *hosts: str) -> list[int]:
    return [served.get("/ping", headers={"Host": host})[0] for host in hosts]


class ConfigurationFile(Settings):
    def config(self, content: str) -> str:
        return self.path("redstart.toml", content)

    def test_it_is_applied(self) -> None:
        token = self.path("token", SECRET * 2)
        served = self.enterContext(program.running("--config", self.config(f"""
            # Each of the settings, but for data-dir, which is not for a server that is given.
            listen = "127.0.0.1:0"
            redis = "{self.url}"
            threads = {THREADS}
            rate-limit = "4/1h"
            limiter = "token-bucket"
            score-policy = "sum"
            token-file = "{token}"
            trusted-proxies = ["10.0.0.0/8", "127.0.0.1"]
            drain = "3s"
        """)))
        self.assertNotEqual(served.port, 8080)
        self.assertEqual((served.data, threads(served)), (self.url, THREADS))
        self.assertEqual(served.get("/ping")[0], 401)
        bearer = {"Authorization": f"Bearer {SECRET * 2}"}
        request = served.request
        served.request = lambda method, path, body=None, headers=None: request(method, path, body,
                                                                               bearer | (headers or {}))
        self.assertEqual(submit(served, 10, 5), 15)
        self.assertEqual(pings(served, *["192.0.2.1"] * 5, "192.0.2.2"), [200] * 4 + [429, 200])

    def test_a_token_bucket_gives_back_one_after_the_other(self) -> None:
        served = self.served("--config", self.config('rate-limit = "2/1h"\nlimiter = "fixed-window"'),
                             "--limiter", "token-bucket")
        self.assertEqual(served.get("/ping")[1]["RateLimit-Policy"], '"default";q=2;w=3600')
        self.assertEqual(served.get("/ping")[0], 200)
        refused = served.get("/ping")
        self.assertEqual(refused[0], 429)
        self.assertLessEqual(int(refused[1]["Retry-After"]), 1800)

    def test_allowed_hosts(self) -> None:
        served = self.served("--config", self.config('allowed-hosts = ["scores.example", "other.example"]'))
        self.assertEqual(asked_as(served, "scores.example", "Other.Example:80", "third.example", "localhost"),
                         [200, 200, 421, 200])

    def test_a_data_directory_and_a_drain(self) -> None:
        with program.service("--config", self.config(f'data-dir = "{self.path("data")}"')) as served:
            self.assertEqual(served.data, self.path("data"))
        config = ("--config", self.config('drain = "1ms"'))
        self.assertTrue(self.cut_by_drain(
            lambda *more: self.enterContext(program.service(*config, *more))))

    def test_flags_and_variables_go_before_it(self) -> None:
        config = self.config('score-policy = "sum"\nrate-limit = "2/1h"\ntrusted-proxies = ["192.0.2.0/24"]')
        for given, variables, counts in (((), {}, 15), ((), {"REDSTART_SCORE_POLICY": "last"}, 5),
                                         (("--score-policy", "best"), {"REDSTART_SCORE_POLICY": "last"}, 10),
                                         (("--score-policy", "best"), {}, 10)):
            with self.subTest(given=given, variables=variables), \
                    program.service("--redis", self.url, "--config", config, "--rate-limit", "100/60s", *given,
                                    **variables) as served:
                command(self.url, "FLUSHALL")
                self.assertEqual(submit(served, 10, 5), counts)
                self.assertEqual(pings(served, *["192.0.2.1"] * 3), [200] * 3)  # a flag that repeats the default

    def test_a_list_is_replaced_and_not_added_to(self) -> None:
        config = self.config('trusted-proxies = ["127.0.0.1"]')
        served = self.served("--config", config, "--rate-limit", "1/1h", "--trusted-proxies", "10.0.0.0/8")
        self.assertEqual(pings(served, "192.0.2.1", "192.0.2.2"), [200, 429])

    def refused(self, words: str, path: str) -> None:
        with self.subTest(words):
            code, said = program.refused("--listen", "127.0.0.1:0", "--config", path, "--redis", self.url)
            self.assertEqual((code, len(said.splitlines())), (2, 1), said)
            self.assertIn(words, said)
            self.assertIn(path, said)
            self.assertNotIn(SECRET, said)

    def test_what_is_refused(self) -> None:
        for content, words in (
                ('drain = "1s"\ncolour = "red"', ":2: there is no option colour"),
                ('"two\\nlines" = 1', ":1: there is no option two?lines"),
                ('config = "other.toml"', ":1: there is no option config"),
                ("[serve]\nthreads = 1", ":1: there is no option serve"),
                ('\nthreads = "2"', ":2: threads must be a whole number"),
                ("threads = 0", ":1: threads must be a whole number from 1 to 256"),
                ("threads = 257", ":1: threads must be a whole number from 1 to 256"),
                ("drain = 10", ":1: drain must be a string"),
                ('trusted-proxies = "10.0.0.0/8"', ":1: trusted-proxies must be a list"),
                ('allowed-hosts = [1]', ":1: allowed-hosts must be a list"),
                ('trusted-proxies = ["10.0.0.0/8", 1]', ":1: trusted-proxies must be a list"),
                (f'redis = ["redis://:{SECRET}@localhost"]', ":1: redis must be a string"),
                (f"redis = redis://:{SECRET}@localhost", ":1: this is not TOML"),
                (f'\n\nredis = "redis://:{SECRET}@localhost', ":3: this is not TOML"),
                ("threads = 1\nthreads = 2", ":2: this is not TOML, or a key is there twice")):
            self.refused(words, self.config(content))

    def test_a_flag_does_not_hide_a_mistake(self) -> None:
        code, said = program.refused("--redis", self.url, "--drain", "1s", "--config", self.config("drain = 10"))
        self.assertEqual((code, len(said.splitlines())), (2, 1), said)
        self.assertIn("drain must be a string", said)

    def test_a_file_that_cannot_be_read(self) -> None:
        self.refused("cannot be read", self.path("none.toml"))
        self.refused("cannot be read", self.folder)
        self.refused("at most 1048576 bytes", self.config("#" * ((1 << 20) + 1)))


class Environment(Settings):
    def test_each_variable(self) -> None:
        token = self.path("token", SECRET * 2)
        config = self.path("redstart.toml", 'score-policy = "sum"')
        redis = ("--redis", self.url)
        listen = ("--listen", "127.0.0.1:0")
        for variable, value, flags, seen, expected in (
                ("REDSTART_LISTEN", "127.0.0.1:0", redis, lambda served: served.port == 8080, False),
                ("REDIS_URL", self.url, listen, lambda served: served.data, self.url),
                ("REDSTART_DATA_DIR", self.path("data"), listen, lambda served: served.data, self.path("data")),
                ("REDSTART_THREADS", str(THREADS), redis + listen, threads, THREADS),
                ("REDSTART_RATE_LIMIT", "1/1h", redis + listen,
                 lambda served: pings(served, "192.0.2.1", "192.0.2.1"), [200, 429]),
                ("REDSTART_RATE_LIMIT", "off", redis + listen,
                 lambda served: "RateLimit" in served.get("/ping")[1], False),
                ("REDSTART_SCORE_POLICY", "last", redis + listen, lambda served: submit(served, 10, 5), 5),
                ("REDSTART_TOKEN_FILE", token, redis + listen, lambda served: served.get("/ping")[0], 401),
                ("REDSTART_TRUSTED_PROXIES", "10.0.0.0/8,127.0.0.1", (*redis, *listen, "--rate-limit", "1/1h"),
                 lambda served: pings(served, "192.0.2.1", "192.0.2.2", "192.0.2.2"), [200, 200, 429]),
                ("REDSTART_ALLOWED_HOSTS", "scores.example,other.example", redis + listen,
                 lambda served: asked_as(served, "other.example", "third.example"), [200, 421]),
                ("REDSTART_CONFIG", config, redis + listen, lambda served: submit(served, 10, 5), 15)):
            with self.subTest(variable, value=value):
                command(self.url, "FLUSHALL")
                variables = {"XDG_STATE_HOME": self.folder, variable: value}
                with program.running(*flags, **variables) as served:
                    self.assertEqual(seen(served), expected)

    def test_the_variable_for_draining(self) -> None:
        def cut(**variables: str) -> bool:
            return self.cut_by_drain(
                lambda *more: self.enterContext(program.service(*more, **variables)))

        self.assertTrue(cut(REDSTART_DRAIN="1ms"))

    def test_a_flag_goes_before_its_variable(self) -> None:
        served = self.served("--score-policy", "best", REDSTART_SCORE_POLICY="sum", REDIS_URL="redis://127.0.0.1:1")
        self.assertEqual((served.data, submit(served, 10, 5)), (self.url, 10))
