"""Where, when and with what a measurement was taken."""

import datetime
import os
import pathlib
import platform
import re
import subprocess

import programs


def said(*command: str) -> str:
    """The first line that a program prints; a dash where there is no such program."""
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=programs.ROOT)
    except OSError:
        return "-"
    return (ended.stdout.splitlines() or ["-"])[0]


def processor() -> str:
    info = pathlib.Path("/proc/cpuinfo").read_text()
    name = re.search(r"^model name\s*: (.+)$", info, re.M)
    virtual = ", virtual" if re.search(r"^flags\s*:.*\bhypervisor\b", info, re.M) else ""
    return f"{name[1] if name else platform.machine()}, {os.cpu_count()} cores{virtual}"


def commit() -> str:
    changed = said("git", "status", "--porcelain", "--", "redstart", "app", "bench")
    return said("git", "rev-parse", "--short", "HEAD") + ("" if changed == "-" else ", with changes")


def compiler() -> str:
    cache = (programs.build / "CMakeCache.txt").read_text()
    entries = dict(re.findall(r"^(\w+):\w+=(.*)$", cache, re.M))
    flags = entries.get(f"CMAKE_CXX_FLAGS_{entries['CMAKE_BUILD_TYPE'].upper()}", "")
    return f"{said(entries['CMAKE_CXX_COMPILER'], '--version')}, `{flags}`"


def package(name: str) -> str:
    return said("dpkg-query", "--show", "--showformat=${Version}", name)


def description(rounds: int, seconds: float) -> dict[str, str]:
    """The load is that before anything was measured: a busy machine shows."""
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "measured": f"{rounds} alternating rounds of about {seconds:g} s of each program",
        "processor": processor(),
        "kernel": f"{platform.system()} {platform.release()}",
        "load before": " ".join(f"{value:.2f}" for value in os.getloadavg()),
        "server": said("valkey-server", "--version"),
        "Redstart": commit(),
        "compiler": compiler(),
        "allocator": f"jemalloc {package('libjemalloc2')}, in all programs",
        "`valkey-benchmark`": package("valkey-tools"),
        "hiredis": package("libhiredis-dev"),
    }
