"""Starts the real `redstart serve` for a test, and talks to it over sockets.

With REDSTART_TEST_SERVERS=without_hello the servers that are started here do not know HELLO. The service's own Valkey
always does, so cases that may run on any server ask for service_on_any_server().
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

WITHOUT_HELLO = os.environ.get("REDSTART_TEST_SERVERS") == "without_hello"
PATIENCE = 60  # seconds, only spent when something is broken
READY = re.compile(r"^redstart \S+ listens on (?:http://[\d.]+:(\d+)|unix:(\S+)), (.+), data in (.+)$")

binary = pathlib.Path()  # set by the test's main


def environment(**variables: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items()
                 if not name.startswith(("OTEL_", "REDSTART_", "REDIS_")) and not name.lower().endswith("_proxy")}
    return inherited | variables


def start(*arguments: str, first=None, **variables: str) -> subprocess.Popen:
    """Starts a serve; `first` is what its process does before."""
    return subprocess.Popen([binary, "serve", *arguments], env=environment(**variables), text=True, preexec_fn=first,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def refused(*arguments: str, **variables: str) -> tuple[int, str]:
    """Runs a serve that must not start: its exit code, and what it said."""
    process = start(*arguments, **variables)
    try:
        out, error = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert out == "", out
    return process.returncode, error


class Service:
    """A running service. `get` and its like give the status, the headers and the body, decoded if it is JSON."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.ready_line = process.stdout.readline().strip()
        found = READY.match(self.ready_line)
        if not found:
            process.kill()
            raise AssertionError(f"not ready: {self.ready_line!r} {process.communicate()[1]!r}")
        self.port, self.path = int(found[1] or 0), found[2]
        self.server_version, self.data = found[3], found[4]

    def request(self, method: str, path: str, body=None, headers: dict[str, str] | None = None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        if self.path:
            connection.sock = self.connect()
        try:
            payload = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
            sent = {"Content-Type": "application/json"} if payload is not None else {}
            connection.request(method, path, payload, sent | (headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.headers, decoded(answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **rest):
        return self.request("GET", path, **rest)

    def raw(self, sent: bytes) -> bytes:
        """Sends bytes as they are and returns all that comes until the server closes."""
        with self.connect() as connection:
            connection.sendall(sent)
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            return received

    def connect(self) -> socket.socket:
        if not self.path:
            return socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(self.path)
        return connection

    def child(self) -> int | None:
        """The process id of its own Valkey."""
        return child_of(self.process)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        error = self.process.communicate(timeout=PATIENCE)[1]
        return self.process.returncode, error


def child_of(process: subprocess.Popen) -> int | None:
    tasks = pathlib.Path(f"/proc/{process.pid}/task").iterdir()
    children = [int(pid) for task in tasks for pid in (task / "children").read_text().split()]
    return children[0] if children else None


def decoded(headers, body: bytes):
    kind = headers.get("Content-Type", "")
    return json.loads(body) if "json" in kind else body.decode()


def service(*arguments: str, first=None, **variables: str):
    listen = () if "--listen" in arguments else ("--listen", "127.0.0.1:0")
    return running(*listen, *arguments, first=first, **variables)


@contextlib.contextmanager
def running(*arguments: str, first=None, **variables: str):
    """A service that is told elsewhere where to listen."""
    process = start(*arguments, first=first, **variables)
    try:
        yield Service(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@contextlib.contextmanager
def service_on_any_server(folder: str, *arguments: str, **variables: str):
    """On its own Valkey, with data in `folder`, or else on a server without HELLO, with its socket there."""
    with contextlib.ExitStack() as running:
        where = ("--data-dir", folder)
        if WITHOUT_HELLO:
            os.makedirs(folder, exist_ok=True)
            where = ("--redis", running.enter_context(data_server(folder)))
        yield running.enter_context(service(*where, *arguments, **variables))


@contextlib.contextmanager
def data_server(folder: str, *arguments: str, program: str = "valkey-server"):
    """A Valkey or Redis that is not the service's own, on a unix socket: its URL."""
    path = os.path.join(folder, "server.sock")
    command = [program, "--port", "0", "--unixsocket", path, "--save", "", "--dir", folder, *arguments]
    if WITHOUT_HELLO:
        command += ["--rename-command", "HELLO", ""]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: answers(path), "the server does not answer")
        yield f"unix://{path}"
    finally:
        server.kill()
        server.wait()


def ask(url: str, command: str) -> str:
    """Everything that the data server at a unix socket says to one line."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(url.removeprefix("unix://"))
        connection.sendall(f"{command}\r\nQUIT\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def answers(path: str) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(path)
            probe.sendall(b"PING\r\n")
            return len(probe.recv(64)) > 0
    except OSError:
        return False


def wait_until(holds, complaint: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(complaint)
        time.sleep(0.02)


def command_of(pid: int) -> str:
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()


def is_running(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
