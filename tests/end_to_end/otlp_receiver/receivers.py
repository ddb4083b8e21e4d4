"""Starts receivers of OTLP that are not our code: one in Python, and one in JavaScript.

Both run until the block is left. They give their ports, and a function that stops them and returns what they printed,
which is described in receiver.py.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 120  # seconds, only spent when something is broken


def python(*arguments: str):
    return started(sys.executable, str(HERE / "receiver.py"), *arguments)


@contextlib.contextmanager
def javascript():
    """Takes HTTP only."""
    modules = javascript_modules()
    with tempfile.TemporaryDirectory() as folder:
        descriptors = f"{folder}/otlp.descriptors"
        subprocess.run([sys.executable, HERE / "schema.py", descriptors], check=True)
        with started("node", str(HERE / "receiver.mjs"), descriptors, str(modules)) as running:
            yield running


@contextlib.contextmanager
def started(*command: str):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def received() -> list[dict]:
        process.terminate()
        return [json.loads(line) for line in process.communicate(timeout=PATIENCE)[0].splitlines()]

    try:
        yield json.loads(process.stdout.readline())["listening"], received
    finally:
        process.kill()
        process.communicate()


def javascript_modules() -> pathlib.Path:
    """A folder with protobufjs, installed into the build folder by whichever test comes first.

    A machine without a network skips the test, but not one of continuous integration: there nobody would see it.
    """
    folder = pathlib.Path(os.environ.get("REDSTART_BUILD", HERE.parents[2] / "build")) / "otlp_receiver_modules"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        complaint = install_modules(folder)
    if complaint and os.environ.get("CI"):
        raise AssertionError(complaint)
    if complaint:
        raise unittest.SkipTest(complaint)
    return folder


def install_modules(folder: pathlib.Path) -> str:
    """Returns why it could not, "" if it could."""
    locked = (HERE / "package-lock.json").read_text()
    mark = folder / "installed.json"
    if mark.is_file() and mark.read_text() == locked:
        return ""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    installed = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=False,
                               stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if installed.returncode != 0:
        return f"npm could not install protobufjs: {installed.stderr.strip()[-300:]}"
    mark.write_text(locked)
    return ""
