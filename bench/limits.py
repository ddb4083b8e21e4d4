"""What a rate limit costs: decisions of a token bucket beside the same EVALSHA by valkey-benchmark, and refusals from
memory.
"""

import re
import shlex
import socket
import statistics

import programs
from programs import Server, run

DEPTHS = (64, 500)
SUBJECT = re.compile(r"\{\d{12}\}")


def ours(server: Server, decisions: int, depth: int) -> dict[str, float]:
    out = run([programs.bench_program("limits"), server.url, str(decisions), str(depth)])
    return {what: float(rate) for what, rate in re.findall(r"^(.+): ([\d.]+)$", out, re.M)}


def command_of(server: Server) -> list[str]:
    """What our program sends for a decision, with a random subject. MONITOR shows it."""
    with socket.create_connection(("127.0.0.1", server.port)) as monitor, monitor.makefile("rw") as lines:
        lines.write("MONITOR\n")
        lines.flush()
        ours(server, 1, 1)
        for line in lines:
            if '"EVALSHA"' in line and ":bench:" in line:
                words = shlex.split(line[line.index('"'):])
                return [SUBJECT.sub("{__rand_int__}", word) for word in words]
    raise SystemExit("no decision was seen")


def theirs(server: Server, command: list[str], decisions: int, depth: int) -> float:
    out = run(["valkey-benchmark", "-p", str(server.port), "-n", str(decisions), "-c", "1", "-P", str(depth),
               "-r", "10000", *command])
    rate = float(re.search(r"throughput summary: ([\d.]+|inf) requests per second", out)[1])
    return min(rate, decisions * 1000)


def measured(server: Server, rounds: int, decisions: int) -> dict:
    """Each takes its turn at being the first; medians over the rounds."""
    command = command_of(server)
    ratios: dict[str, list[float]] = {}
    memory: dict[str, list[float]] = {}
    for depth in DEPTHS:
        for number in range(rounds):
            before = theirs(server, command, decisions, depth) if number % 2 else None
            mine = ours(server, decisions, depth)
            rate = before or theirs(server, command, decisions, depth)
            ratios.setdefault(str(depth), []).append(mine.pop("decisions") / rate)
            for what, each in mine.items():
                memory.setdefault(what, []).append(each)
    return {"by_depth": {depth: statistics.median(each) for depth, each in ratios.items()},
            "from_memory": {what: statistics.median(each) for what, each in memory.items()}}
