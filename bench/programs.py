"""The programs that are measured, and the server and the proxy that they are measured on.

Each gives the same numbers for a point: commands per second, CPU of its own process, latencies.
"""

import json
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import time

from points import Point

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATIENCE = 600  # seconds, only spent when something is broken
QUANTILES = {"p50_us": 0.5, "p90_us": 0.9, "p99_us": 0.99, "p999_us": 0.999, "max_us": 1.0}
NUMBERS = ("ops_per_s", "cpu_us_per_op", *QUANTILES)

build = ROOT / "build/release"  # set by main


def redstart_program() -> str:
    return str(build / "app/redstart")


def bench_program(name: str) -> str:
    return str(build / f"bench/bench_{name}")


def run(command: list[str], given: bytes = b"") -> str:
    """What a program printed. One that fails ends everything, with what it said."""
    ended = subprocess.run(command, input=given, capture_output=True, timeout=PATIENCE, check=False)
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(command)[:300]}: exit code {ended.returncode}\n{ended.stdout.decode()[-2000:]}\n"
                         f"{ended.stderr.decode()[-2000:]}")
    return ended.stdout.decode()


class Server:
    """A Valkey without persistence, on a TCP port of loopback."""

    def __init__(self, folder: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(["valkey-server", "--port", str(self.port), "--save", "", "--dir", folder],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                return socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the server does not answer")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class Proxy:
    """Adds to each round trip."""

    def __init__(self, server: Server, added_us: int) -> None:
        self.process = subprocess.Popen([bench_program("delay_proxy"), str(server.port), str(added_us)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.communicate()


def redstart_command(port: int, point: Point, requests: int, keys: int) -> list[str]:
    return [redstart_program(), "bench", "--redis", f"redis://127.0.0.1:{port}", "--command", point.command,
            "--concurrency", str(point.callers), "--batch", str(point.batch), "--requests", str(requests),
            "--keys", str(keys), "--value-bytes", str(point.value_bytes), "--lanes", str(point.lanes), "--json"]


def hiredis_command(port: int, point: Point, requests: int, keys: int) -> list[str]:
    return [bench_program("hiredis_peer"), "--port", str(port), "--command", point.command, "--depth", str(point.depth),
            "--requests", str(requests), "--keys", str(keys), "--value-bytes", str(point.value_bytes),
            "--connections", str(point.lanes)]


def valkey_command(port: int, point: Point, requests: int, keys: int) -> list[str]:
    """The value of a SET is read from the standard input: 256 KiB are no argument."""
    words = {"get": ["GET", "bench:__rand_int__"], "set": ["-x", "SET", "bench:__rand_int__"],
             "incr": ["INCR", "count:__rand_int__"]}[point.command]
    return ["valkey-benchmark", "-p", str(port), "-n", str(requests), "-c", str(point.lanes),
            "-P", str(point.depth // point.lanes), "-r", str(keys), *words]


class OwnReport:
    """A program that measures itself and prints JSON."""

    def __init__(self, name: str, command) -> None:
        self.name, self.command = name, command

    def takes(self, _point: Point) -> bool:
        return True

    def measure(self, port: int, point: Point, requests: int) -> dict:
        report = json.loads(run(self.command(port, point, requests, point.keys)))
        return {name: report[name] for name in NUMBERS}

    def given(self, _point: Point) -> bytes:
        return b""


class ValkeyBenchmark:
    """valkey-benchmark: the CPU is that of its whole run. It has no mixed load."""

    name = "valkey-benchmark"
    command = staticmethod(valkey_command)

    def takes(self, point: Point) -> bool:
        return point.command != "mixed"

    def given(self, point: Point) -> bytes:
        return b"v" * point.value_bytes if point.command == "set" else b""

    def measure(self, port: int, point: Point, requests: int) -> dict:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        out = run(valkey_command(port, point, requests, point.keys), self.given(point))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        rate = float(re.search(r"throughput summary: ([\d.]+|inf) requests per second", out)[1])
        # A run that is too short for its clock, which counts milliseconds, is as long as one of them.
        return {"ops_per_s": min(rate, requests * 1000), "cpu_us_per_op": cpu * 1e6 / requests, **self.latencies(out)}

    @staticmethod
    def latencies(out: str) -> dict:
        """From the distribution that it prints, whose steps are coarse: the first step that holds so many."""
        steps = [(int(count), float(ms) * 1000) for ms, count in re.findall(
            r"^[\d.]+% <= ([\d.]+) milliseconds \(cumulative count (\d+)\)$", out.split("Cumulative distribution")[0],
            re.M)]
        named = re.search(r"avg +min +p50 +p95 +p99 +max\n +([\d. ]+)", out)[1].split()
        exact = {"p50_us": float(named[2]) * 1000, "p99_us": float(named[4]) * 1000, "max_us": float(named[5]) * 1000}
        return {name: next(us for count, us in steps if count >= share * steps[-1][0])
                for name, share in QUANTILES.items()} | exact


CLIENTS = (OwnReport("redstart", redstart_command), ValkeyBenchmark(), OwnReport("hiredis", hiredis_command))


def system_calls(client, port: int, point: Point, requests: int) -> float | None:
    """System calls per command: those of a long run less those of a short one, which start and load keys alike."""
    if not shutil.which("strace"):
        return None
    keys = min(1000, point.keys)
    counts = []
    for number in (requests, 2 * requests):
        with tempfile.NamedTemporaryFile("r") as table:
            run(["strace", "-f", "-c", "-o", table.name, *client.command(port, point, number, keys)],
                client.given(point))
            total = re.search(r"^100\.00\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total$", table.read(), re.M)
        if not total:
            return None
        counts.append(int(total[1]))
    return max(0, counts[1] - counts[0]) / requests
