"""What the patterns cost against their size, beside what their headers say that they grow by."""

import math

import programs
from programs import Server, run

TOLERATED = 2  # times as much


def measured(server: Server, rounds: int, milliseconds: float, largest: int) -> list[dict]:
    """A row for each operation: its costs in microseconds by size, whose keys are text, as in JSON."""
    out = run([programs.bench_program("sizes"), server.url, str(rounds), str(milliseconds), str(largest)])
    rows: dict[tuple[str, ...], dict] = {}
    for line in out.splitlines():
        pattern, of, operation, promise, size, cost = line.split("\t")
        row = rows.setdefault((pattern, of, operation), {"pattern": pattern, "of": of, "operation": operation,
                                                         "promise": promise, "costs": {}})
        row["costs"][size] = float(cost)
    return list(rows.values())


def promised(row: dict) -> float:
    """How many times as much the largest may cost as the smallest, by the header."""
    least, most = min(map(int, row["costs"])), max(map(int, row["costs"]))
    if row["promise"].startswith("O(log n)"):
        return math.log(most) / math.log(least)
    return most / least if row["promise"].startswith("O(n)") else 1


def grown(row: dict) -> float:
    """How many times as much the largest does cost."""
    sizes = sorted(row["costs"], key=int)
    return row["costs"][sizes[-1]] / row["costs"][sizes[0]]


def beyond(rows: list[dict]) -> list[dict]:
    """What grew by much more than its header says, and by much more than the bare GET, which comes first."""
    return [row for row in rows if grown(row) > TOLERATED * max(promised(row), grown(rows[0]))]


def row_line(row: dict, columns: list[str], marked: bool) -> str:
    costs = (f"{row['costs'][size]:.1f}" if size in row["costs"] else "" for size in columns)
    growth = f"**{grown(row):.1f} x**" if marked else f"{grown(row):.1f} x"
    return f"| {' | '.join((row['pattern'], row['operation'], row['of'], *costs, growth, row['promise']))} |"


def document(rows: list[dict], taken: dict[str, str]) -> str:
    columns = sorted({size for row in rows for size in row["costs"]}, key=int)
    faster = beyond(rows)
    names = "; ".join(f"{row['pattern']}, {row['operation']}, by {row['of']}" for row in faster) or "nothing"
    return "\n".join([
        "# Cost against size", "",
        "Written by `make bench`; [README.md](README.md) says how it is measured. Microseconds for each operation, 64",
        "of them at once on one loop; n counts what the third column says. Growth is how many times as",
        "much the largest costs as the smallest, promise what the header says of that.", "",
        f"Grows faster than its header says, which would be in bold: {names}.", "",
        "| | |", "|---|---|", *(f"| {name} | {taken[name]} |" for name in (
            "date", "processor", "load before", "server", "Redstart", "compiler")), "",
        "| pattern | operation | n | " + " | ".join(f"{int(size):,}" for size in columns) + " | growth | promise |",
        "|---|---|---|" + "--:|" * (len(columns) + 1) + "---|",
        *(row_line(row, columns, row in faster) for row in rows), ""])
