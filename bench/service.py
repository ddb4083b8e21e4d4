"""What is measured beside the points: one caller by hand, the heap, observation, `redstart serve` under `wrk`."""

import os
import pathlib
import re
import shutil
import statistics
import subprocess
import urllib.request

import programs
from points import Point
from programs import Server, run


def alone_by_hand(server: Server, rounds: int, requests: int) -> float:
    """One caller's rate by that of the same exchange written by hand: both mostly wait for cores to wake up."""
    point = Point("", depth=1)
    return statistics.median(
        programs.CLIENTS[0].measure(server.port, point, requests)["ops_per_s"] /
        float(run([programs.bench_program("round_trip"), str(server.port), str(requests)])) for _ in range(rounds))


def allocations(server: Server) -> dict[int, float]:
    """Of one GET, by the size of its value."""
    out = run([programs.bench_program("allocations"), server.url])
    return {int(size): float(count) for size, count in re.findall(r"GET of (\d+) bytes: ([\d.]+)", out)}


def observation(server: Server, rounds: int, commands: int) -> dict[str, float]:
    """What being observed adds to a GET of 64 callers, in nanoseconds of CPU."""
    out = run([programs.bench_program("observed"), server.url, str(rounds), str(commands)])
    return {what: float(cost) for what, cost in re.findall(r"^(.+): (-?[\d.]+) ns more$", out, re.M)}


def locks(server: Server, rounds: int, pairs: int) -> float:
    """Pairs of acquiring and releasing by 64 callers, by their scripts sent as bare EVALSHA: two in a pair."""
    out = run([programs.bench_program("lock_pairs"), server.url, str(rounds), str(pairs)])
    return float(re.search(r"^ratio: ([\d.]+)$", out, re.M)[1])


def cached(server: Server, rounds: int, commands: int) -> dict[str, float]:
    """The CPU of a cache hit by that of the bare GET of the same value, decoded."""
    out = run([programs.bench_program("cached"), server.url, str(rounds), str(commands)])
    return {what: float(times) for what, times in re.findall(r"^(.+): ([\d.]+) times that$", out, re.M)}


class Service:
    """`redstart serve` on one loop, and what it used of the CPU."""

    def __init__(self, server: Server, rate_limit: str) -> None:
        command = [programs.redstart_program(), "serve", "--listen", "127.0.0.1:0", "--redis", server.url,
                   "--threads", "1", "--rate-limit", rate_limit]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.base = re.search(r"http://[^,]+", self.process.stdout.readline())[0]

    def cpu_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def load(self, path: str, seconds: int) -> dict:
        before = self.cpu_seconds()
        out = run(["wrk", "-t1", "-c64", f"-d{seconds}s", self.base + path])
        requests = int(re.search(r"(\d+) requests in", out)[1])
        used = self.cpu_seconds() - before
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
        return {"requests_per_s": rate, "cpu_us": used * 1e6 / max(1, requests)}

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def http_rounds(server: Server, rounds: int, seconds: int) -> dict[str, list[dict]]:
    results: dict[str, list[dict]] = {}
    if not shutil.which("wrk"):
        return results
    for _ in range(rounds):
        for limit in ("off", "10000/1ms"):
            service = Service(server, limit)
            try:
                post = urllib.request.Request(service.base + "/score", b'{"player_id": "p1", "score": 1}',
                                              {"Content-Type": "application/json"})
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(post).close()
                for path in ("/ping", "/rank/p1"):
                    name = f"`{path.replace('p1', '{player_id}')}`, limiter {'off' if limit == 'off' else 'on'}"
                    results.setdefault(name, []).append(service.load(path, seconds))
            finally:
                service.stop()
    return results
