"""The files of the project, what they include of each other, and results remembered by content.

Read by the checks in tools/ and tests/; it reads text only and runs nothing.
"""

import concurrent.futures
import functools
import hashlib
import os
import pathlib
import re
from collections.abc import Callable, Iterable

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("redstart", "app", "examples", "tests", "bench")
LAYERS = ("base", "observe", "task", "codec", "wire", "command", "engine", "net", "client", "toolkit", "http",
          "telemetry", "diagnose", "embedded", "testing")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)
PRIVATE = re.compile(r"\bprivate to\b", re.I)
NOT_OURS = (".git", "build", "__pycache__", ".cache", "node_modules")
JOBS = 2


@functools.cache
def all_files() -> list[pathlib.Path]:
    """Every text file of the project, relative to its root; what was built is left out."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith(NOT_OURS)]
        found += [pathlib.Path(folder, name).relative_to(ROOT) for name in names if not name.endswith(".pyc")]
    return sorted(found)


@functools.cache
def cpp_files() -> list[pathlib.Path]:
    return [path for path in all_files() if path.suffix in (".cpp", ".hpp") and path.parts[0] in FOLDERS]


def headers() -> list[pathlib.Path]:
    return [path for path in cpp_files() if path.suffix == ".hpp" and path.parts[0] == "redstart"]


def is_test(path: pathlib.Path) -> bool:
    return path.stem.endswith("_test") or path.parts[0] == "tests"


def is_private(header: pathlib.Path) -> bool:
    """A header that only its own folder may include says "private to ..." in its opening comment."""
    opening = read(header).split("\n#", 1)[0]
    return PRIVATE.search(opening) is not None


@functools.cache
def read(path: pathlib.Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


@functools.cache
def includes(path: pathlib.Path) -> list[tuple[str, pathlib.Path | str]]:
    """What a file includes: ("ours", path from the root) or ("other", name between the brackets)."""
    found = []
    for mark, name in INCLUDE.findall(read(path)):
        ours = mark == '"' and resolve(path, name)
        found.append(("ours", ours) if ours else ("other", name))
    return found


def resolve(path: pathlib.Path, name: str) -> pathlib.Path | None:
    for candidate in (ROOT / name, ROOT / path.parent / name):
        if candidate.is_file() and candidate.resolve().is_relative_to(ROOT):
            return candidate.resolve().relative_to(ROOT)
    return None


@functools.cache
def closure(path: pathlib.Path) -> frozenset[pathlib.Path]:
    """The file and everything of ours that it includes, directly or not."""
    seen, ahead = {path}, [path]
    while ahead:
        for kind, name in includes(ahead.pop()):
            if kind == "ours" and name not in seen:
                seen.add(name)
                ahead.append(name)
    return frozenset(seen)


def digest(paths: Iterable[pathlib.Path], *rest: str) -> str:
    """Names the content of files, and of whatever else decides a result."""
    total = hashlib.sha256("\0".join(rest).encode())
    for path in sorted(paths):
        total.update(f"\0{path}\0".encode() + read(path).encode())
    return total.hexdigest()[:32]


def check_all(name: str, work: dict[str, Callable[[], str]]) -> tuple[int, list[str]]:
    """Runs every check that has not passed before with the same key; returns how many passed, and the findings.

    A check returns what it found, "" if nothing. Only passing is remembered, in build/lint/<name>.
    """
    memory = ROOT / "build" / "lint" / name
    memory.mkdir(parents=True, exist_ok=True)

    def run(item: tuple[str, Callable[[], str]]) -> str:
        key, check = item
        if (memory / key).exists():
            return ""
        found = check()
        if not found:
            (memory / key).touch()
        return found

    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        results = list(pool.map(run, work.items()))
    return sum(not found for found in results), [found for found in results if found]


def report(checks: Iterable[tuple[str, list[str]]], notes: Iterable[str] = ()) -> int:
    """Prints findings by check, then "N passed, M failed"; returns the exit code."""
    passed = failed = 0
    for note in notes:
        print(f"note: {note}")
    for name, findings in checks:
        passed, failed = passed + (not findings), failed + bool(findings)
        for finding in findings:
            print(f"{finding}  [{name}]")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
