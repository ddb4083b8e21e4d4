"""The results as a document: medians over the rounds, and medians of ratios, since machines are noisy.

`results` is what `run` writes as results.json: a dict of "taken" (where and when), "rows" (one for each point, with all
rounds of all clients) and "beside" (what else was measured).
"""

import statistics
from collections.abc import Iterable

from points import BATCH, Point

ENOUGH = 10_000  # requests of a round; with fewer, p99.9 is an accident
OURS = "redstart"
BASE = Point("")


def point_of(row: dict) -> Point:
    return Point(**row["point"])


def median(row: dict, client: str, field: str) -> float:
    values = [each[field] for each in row["rounds"][client]]
    return max(values) if field == "max_us" else statistics.median(values)


def spread(row: dict, client: str) -> float:
    """Half of the way from the slowest to the fastest round, as a share of the median."""
    rates = [each["ops_per_s"] for each in row["rounds"][client]]
    return (max(rates) - min(rates)) / 2 / statistics.median(rates)


def ratio(row: dict, client: str, field: str) -> float:
    """Ours by theirs, round by round."""
    ours, theirs = row["rounds"][OURS], row["rounds"][client]
    return statistics.median(mine[field] / max(other[field], 1e-9) for mine, other in zip(ours, theirs, strict=True))


def shown(value: float | None) -> str:
    """About three digits."""
    if value is None:
        return "-"
    if value >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}" if value >= 0.1 or value == 0 else f"{value:.2g}"


def row_lines(row: dict) -> Iterable[str]:
    for client in row["rounds"]:
        against = ("", "") if client == OURS else tuple(
            f"{ratio(row, client, field):.2f} x" for field in ("ops_per_s", "cpu_us_per_op"))
        latencies = [shown(median(row, client, field)) if field != "p999_us" or row["requests"] >= ENOUGH else "-"
                     for field in ("p50_us", "p90_us", "p99_us", "p999_us", "max_us")]
        yield "| " + " | ".join((
            str(point_of(row)) if client == OURS else "", client, shown(median(row, client, "ops_per_s")),
            f"{spread(row, client):.0%}", against[0], shown(median(row, client, "cpu_us_per_op")), against[1],
            shown(row["system_calls"].get(client)), *latencies)) + " |"


def table(rows: list[dict]) -> list[str]:
    return ["| point | client | commands/s | ± | Redstart's by it | CPU us | Redstart's by it | system calls | p50 us "
            "| p90 | p99 | p99.9 | max |", "|---|---|" + "--:|" * 11,
            *(line for row in rows for line in row_lines(row)), ""]


def over_depth(results: dict, added_us: int | None) -> list[dict]:
    """The rows of the base, GET of 64 bytes on one lane, that differ only in their depth."""
    found = ((row, point_of(row)) for row in results["rows"])
    return [row for row, point in found
            if (point.command, point.value_bytes, point.batch, point.lanes, point.added_us) ==
            (BASE.command, BASE.value_bytes, 1, BASE.lanes, added_us)]


def goals(results: dict) -> list[tuple[str, float, str, float]]:
    """What, how much, whether "at least" or "at most", and the goal."""
    found, beside = [], results["beside"]
    by_depth = {point_of(row).depth: row for row in over_depth(results, None)}
    if crowd := by_depth.get(500):
        found.append(("CPU per GET by that of `valkey-benchmark`, depth 500",
                      ratio(crowd, "valkey-benchmark", "cpu_us_per_op"), "at most", 1.5))
        found.append(("GETs per second by those of `valkey-benchmark`, depth 500",
                      ratio(crowd, "valkey-benchmark", "ops_per_s"), "at least", 1.1))
    if alone := by_depth.get(1):
        found.append(("GETs per second by those of `valkey-benchmark`, one caller",
                      ratio(alone, "valkey-benchmark", "ops_per_s"), "at least", 1.0))
        if calls := alone["system_calls"].get(OURS):
            found.append(("system calls per GET, one caller", calls, "at most", 4))
    found += [(f"allocations per GET of {size} bytes", count, "at most", 0 if int(size) <= 15 else 1)
              for size, count in beside["allocations"].items()]
    for what, most in (("metrics", 20), ("unsampled traces", 10)):
        found.append((f"CPU of {what} per GET, 64 callers, ns", beside["observation"][what], "at most", most))
    if "locks" in beside:
        found.append(("locks acquired and released per second by bare EVALSHA of their scripts, 64 callers",
                      beside["locks"], "at least", 0.35))
    limits = beside.get("limits", {"by_depth": {}, "from_memory": {}})
    found += [(f"decisions of a token bucket by EVALSHAs of `valkey-benchmark`, depth {depth}", by, "at least", 0.7)
              for depth, by in limits["by_depth"].items()]
    found += [(f"{what}, millions per second on one core", rate / 1e6, "at least", 10)
              for what, rate in limits["from_memory"].items()]
    found += [(f"CPU of a cache's {what} by that of the GET, 64 callers", times, "at most", 1.3)
              for what, times in beside.get("cached", {}).items()]
    for path, most in (("/ping", 9), ("/rank/{player_id}", 12)):
        if rounds := beside["http"].get(f"`{path}`, limiter off"):
            cpu = statistics.median(each["cpu_us"] for each in rounds)
            found.append((f"CPU of the service per request of `{path}`, us", cpu, "at most", most))
    return found


def goal_lines(results: dict) -> list[str]:
    lines = ["| what | measured | goal | |", "|---|--:|--:|---|"]
    for what, value, sense, goal in goals(results):
        value = round(value, 2)  # what is shown is what is judged
        met = value <= goal if sense == "at most" else value >= goal
        lines.append(f"| {what} | {value:.2f} | {sense} {goal} | {'' if met else '**not met**'} |")
    by_hand = results["beside"]["alone_by_hand"]
    return [*lines, "", f"One caller makes {by_hand:.2f} x of the GETs of a plain loop of write, wait and read "
            "(`bench/round_trip.cpp`). An observer that does nothing adds "
            f"{results['beside']['observation']['an observer']:.0f} ns to a GET.", ""]


def http_lines(results: dict) -> list[str]:
    lines = []
    for name, rounds in results["beside"]["http"].items():
        rate, cpu = (statistics.median(each[field] for each in rounds) for field in ("requests_per_s", "cpu_us"))
        lines.append(f"| {name} | {shown(rate)} | {shown(cpu)} |")
    if not lines:
        return []
    return ["## The service", "", "`redstart serve` on one loop under `wrk -t1 -c64`, all on the same cores.", "",
            "| | requests/s | CPU of the service per request, us |", "|---|--:|--:|", *lines, ""]


def taken_lines(results: dict) -> list[str]:
    return ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in results["taken"].items()), ""]


def document(results: dict, plots: list[tuple[str, str]]) -> str:
    """`plots` are file names, and what they show."""
    sections: dict[str, list[dict]] = {}
    for row in results["rows"]:
        for section in row["sections"]:
            sections.setdefault(section, []).append(row)
    lines = ["# Results", "", "Written by `make bench`; [README.md](README.md) says how it is measured and what the "
             "columns mean. All rounds are in [results.json](results.json). What the patterns cost as they grow is in "
             "[sizes.md](sizes.md).", "", *taken_lines(results), "## Goals", "", *goal_lines(results)]
    for name, what in plots:
        lines += [f"![{what}]({name})", ""]
    for section, rows in sections.items():
        lines += [f"## {section}", ""]
        if section == BATCH:
            lines += ["One caller, who awaits a batch before it sends the next.", ""]
        lines += table(rows)
    return "\n".join([*lines, *http_lines(results)]).rstrip() + "\n"
