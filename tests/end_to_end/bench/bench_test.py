"""`redstart bench` as its users meet it: bench_test.py <redstart>.

What it sends is counted on a real Valkey; what it would overlook, by a server that lies.
"""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "serve"))
import lying_server
import program

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import outcome  # noqa: E402

SMALL = ("--keys", "101", "--concurrency", "5", "--requests", "1000")
ECHOED = ("concurrency", "batch", "requests", "keys", "value_bytes", "lanes", "threads")
COUNTS = (*ECHOED, "ops_per_s", "errors", "mismatches")
LATENCIES = ("p50_us", "p90_us", "p99_us", "p999_us", "max_us")
NUMBERS = ("cpu_us_per_op", *LATENCIES)


def bench(*arguments: str, **variables: str) -> tuple[int, str, str]:
    ended = subprocess.run([program.binary, "bench", *arguments], env=program.environment(**variables), text=True,
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=program.PATIENCE, check=False)
    return ended.returncode, ended.stdout, ended.stderr


def no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


class Bench(unittest.TestCase):
    def measured(self, url: str, *arguments: str, code: int = 0) -> dict:
        """The JSON of a run, whose form is checked."""
        found, out, said = bench("--redis", url, "--json", *arguments)
        self.assertEqual((found, said), (code, ""))
        self.assertEqual(len(out.splitlines()), 1)
        report = json.loads(out, parse_constant=no_constant)
        self.assertEqual({name: type(value) for name, value in report.items()},
                         {"command": str} | dict.fromkeys(COUNTS, int) | dict.fromkeys(NUMBERS, float))
        latencies = [report[name] for name in LATENCIES]
        self.assertEqual(latencies, sorted(latencies))
        self.assertGreater(latencies[0], 0)
        self.assertGreater(report["ops_per_s"], 0)
        self.assertEqual(report["errors"], 0)
        return report


class Measurements(Bench):
    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="redstart-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.unix = self.enterContext(program.data_server(self.folder, "--port", str(self.port)))
        self.tcp = f"redis://127.0.0.1:{self.port}"

    def ask(self, line: str) -> str:
        """The server's answer to one command, as text."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.unix.removeprefix("unix://"))
            connection.sendall(line.encode() + b"\r\nQUIT\r\n")
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            return received.decode()

    def calls(self, command: str) -> int:
        """How often the server was sent it; INFO itself resets nothing."""
        found = re.search(rf"cmdstat_{command}:calls=(\d+)", self.ask("INFO commandstats"))
        return int(found[1]) if found else 0

    def test_each_command(self) -> None:
        for command, sent in (("get", {"get": 1000, "set": 101}), ("set", {"get": 0, "set": 1101}),
                              ("incr", {"incr": 1000, "incrby": 202, "set": 0})):
            with self.subTest(command):
                self.ask("CONFIG RESETSTAT")
                report = self.measured(self.tcp, *SMALL, "--command", command)
                self.assertEqual((report["command"], report["mismatches"]), (command, 0))
                self.assertEqual({name: self.calls(name) for name in sent}, sent)

    def test_mixed(self) -> None:
        self.ask("CONFIG RESETSTAT")
        self.assertEqual(self.measured(self.unix, *SMALL, "--command", "mixed")["mismatches"], 0)
        self.assertEqual(self.calls("get") + self.calls("set"), 1000 + 101)
        self.assertGreater(self.calls("get"), 700)
        self.assertGreater(self.calls("set"), 101 + 20)

    def test_batches_of_each_command(self) -> None:
        for command, names in (("get", ("get",)), ("set", ("set",)), ("incr", ("incr",)), ("mixed", ("get", "set"))):
            for batch, requests in (("1000", "3000"), ("7", "210")):
                with self.subTest(command, batch=batch):
                    loads = 0 if command == "incr" else 101
                    self.ask("CONFIG RESETSTAT")
                    report = self.measured(self.tcp, "--keys", "101", "--concurrency", "3", "--batch", batch,
                                           "--requests", requests, "--command", command)
                    self.assertEqual(report["mismatches"], 0)
                    found = sum(self.calls(name) for name in names)
                    self.assertEqual(found, int(requests) + (loads if "set" in names else 0))

    def test_counters_may_hold_something_already(self) -> None:
        for _ in range(2):
            self.assertEqual(self.measured(self.unix, *SMALL, "--command", "incr")["mismatches"], 0)

    def test_every_parameter_is_kept_and_shown(self) -> None:
        for given in ({"concurrency": 7, "batch": 10, "requests": 1230, "keys": 11, "value_bytes": 1, "lanes": 3,
                       "threads": 2},
                      {"concurrency": 3, "batch": 100, "requests": 1000, "keys": 5000, "value_bytes": 7, "lanes": 2,
                       "threads": 3},
                      {"concurrency": 3, "batch": 1, "requests": 1001, "keys": 1, "value_bytes": 100000, "lanes": 1,
                       "threads": 2},
                      {"concurrency": 1, "batch": 1, "requests": 1, "keys": 2, "value_bytes": 8, "lanes": 1,
                       "threads": 4}):
            with self.subTest(**given):
                self.ask("CONFIG RESETSTAT")
                self.ask("FLUSHALL")
                flags = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", str(value))]
                report = self.measured(self.unix, *flags)
                self.assertEqual({name: report[name] for name in ECHOED}, given)
                self.assertEqual(report["mismatches"], 0)
                self.assertEqual(self.calls("get"), given["requests"])
                self.assertEqual(self.ask("DBSIZE").splitlines()[0], f":{given['keys']}")
                self.assertEqual(self.ask("STRLEN bench:" + "0" * 12).splitlines()[0], f":{given['value_bytes']}")

    def test_text(self) -> None:
        code, out, said = bench("--redis", self.unix, *SMALL)
        self.assertEqual((code, said), (0, ""))
        self.assertRegex(out, r"\Aget: 5 callers, batches of 1, 1000 requests over 101 keys of 64 bytes, 1 lane")
        self.assertIn("0 errors, 0 mismatches", out)

    def test_the_variable(self) -> None:
        code, out, said = bench("--json", *SMALL, REDIS_URL=self.unix)
        self.assertEqual((code, json.loads(out)["mismatches"], said), (0, 0, ""))
        self.assertEqual(self.calls("get"), 1000)

    def test_failed_commands(self) -> None:
        """A counter that is none fails where it is added up; a refused GET, while it is measured."""
        self.ask("SET count:000000000042 text")
        self.refused_by(self.unix, "INCRBY", "--command", "incr", *SMALL)
        self.ask("ACL SETUSER default -get")
        for batch in ("1", "10"):
            code, out, said = bench("--redis", self.unix, "--json", *SMALL, "--batch", batch)
            self.assertEqual((code, json.loads(out)["errors"], len(said.splitlines())), (1, 1000, 1), said)
            self.assertIn("first error: GET", said)
        self.ask("ACL SETUSER default -set")
        self.refused_by(self.unix, "SET", *SMALL)

    def refused_by(self, url: str, words: str, *arguments: str) -> None:
        code, out, said = bench("--redis", url, *arguments)
        self.assertEqual((code, out, len(said.splitlines())), (1, "", 1), said)
        self.assertIn(words, said)

    def test_nobody_there(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.refused_by(f"redis://127.0.0.1:{port}", f"127.0.0.1:{port}", "--threads", "2")
        self.refused_by(f"unix://{self.folder}/nothing.sock", "nothing.sock")

    def test_a_wrong_password(self) -> None:
        self.ask("CONFIG SET requirepass right")
        self.refused_by(self.tcp.replace("//", "//:hush-hush@"), "WRONGPASS")
        self.refused_by(self.tcp, "NOAUTH")
        self.assertNotIn("hush-hush", bench("--redis", self.tcp.replace("//", "//:hush-hush@"))[2])


class OwnServer(Bench):
    def test_it_is_started_and_leaves_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            code, out, said = bench(*SMALL, "--json", TMPDIR=folder)
            self.assertEqual((code, json.loads(out)["mismatches"], said), (0, 0, ""))
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])

    def test_without_a_binary(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            code, out, said = bench(*SMALL, PATH="/nowhere", TMPDIR=folder)
            self.assertEqual((code, out, len(said.splitlines())), (1, "", 1), said)
            self.assertIn("valkey-server", said)
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])


class WrongReplies(Bench):
    def test_values_of_another_key(self) -> None:
        """Two of ten keys answer with each other's values: a fifth of what is read."""
        swapped = {b"bench:000000000003": b"bench:000000000007", b"bench:000000000007": b"bench:000000000003"}
        few = ("--keys", "10", "--concurrency", "5", "--requests", "1000")
        with lying_server.lying(reader=lambda key: swapped.get(key, key)) as server:
            for size in ("1", "8", "64"):
                report = self.measured(server.url, *few, "--value-bytes", size, code=1)
                self.assertTrue(100 < report["mismatches"] < 300, report)
            # The keys of a batch are 7919 apart, which ten does not divide: it reads all of them equally often.
            self.assertEqual(self.measured(server.url, *few, "--batch", "10", code=1)["mismatches"], 200)
            self.assertEqual(self.measured(server.url, *few, "--batch", "100", code=1)["mismatches"], 200)
            mixed = self.measured(server.url, *few, "--batch", "100", "--command", "mixed", code=1)
            self.assertEqual(mixed["mismatches"], 200)

    def test_an_honest_server_of_that_kind(self) -> None:
        with lying_server.lying() as server:
            self.assertEqual(self.measured(server.url, *SMALL)["mismatches"], 0)
            self.assertEqual(self.measured(server.url, *SMALL, "--command", "incr")["mismatches"], 0)

    def test_increments_that_are_lost(self) -> None:
        with lying_server.lying(lost=100) as server:
            for batch in ("1", "10"):
                report = self.measured(server.url, *SMALL, "--command", "incr", "--batch", batch, code=1)
                self.assertEqual(report["mismatches"], 10)


class BadFlags(Bench):
    def test_one_line_each(self) -> None:
        for words, *arguments in (("--colour", "--colour", "red"), ("--command", "--command", "fly"),
                                  ("--batch", "--batch", "0"), ("--concurrency", "--concurrency", "0"),
                                  ("--keys", "--keys", "0"), ("--value-bytes", "--value-bytes", "0"),
                                  ("--lanes", "--lanes", "65"), ("--threads", "--threads", "0"),
                                  ("--requests", "--requests", "0"), ("--requests", "--requests", "many"),
                                  ("--requests 1005", "--batch", "10", "--requests", "1005"),
                                  ("--requests 499", "--requests", "499"),
                                  ("--requests 4990", "--requests", "4990", "--batch", "10"),
                                  ("--redis", "--redis", "http://localhost")):
            with self.subTest(arguments):
                code, out, said = bench(*arguments)
                self.assertEqual((code, out, len(said.splitlines())), (2, "", 1), said)
                self.assertIn(words, said)


def main() -> int:
    program.binary = pathlib.Path(sys.argv[1]).resolve()
    ended = unittest.main(argv=sys.argv[:1] + sys.argv[2:], exit=False, verbosity=2)
    return outcome.report(ended.result)


if __name__ == "__main__":
    sys.exit(main())
