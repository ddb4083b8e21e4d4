"""A server of a few commands that answers in the right form, and not always with the truth."""

import contextlib
import socketserver
import threading


class Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            while command := self.read_command():
                self.wfile.write(self.server.answer(*command))

    def read_command(self) -> list[bytes]:
        count = self.rfile.readline()
        words = []
        for _ in range(int(count[1:] or 0)):
            size = int(self.rfile.readline()[1:])
            words.append(self.rfile.read(size + 2)[:size])
        return words


class LyingServer(socketserver.ThreadingTCPServer):
    """`reader` says which key a GET reads instead of its own; of `lost` increments each, one is only acknowledged."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, reader=lambda key: key, lost: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.url = f"redis://127.0.0.1:{self.server_address[1]}?protocol=2"
        self.reader, self.lost = reader, lost
        self.values: dict[bytes, bytes] = {}
        self.increments = 0
        self.counts: dict[str, int] = {}
        self.lock = threading.Lock()  # of all above

    def answer(self, name: bytes, *arguments: bytes) -> bytes:
        with self.lock:
            self.counts[name.decode()] = self.counts.get(name.decode(), 0) + 1
            return getattr(self, name.decode().lower())(*arguments)

    def ping(self) -> bytes:
        return b"+PONG\r\n"

    def client(self, *_: bytes) -> bytes:
        return b"-ERR no such subcommand\r\n"

    def set(self, key: bytes, value: bytes) -> bytes:
        self.values[key] = value
        return b"+OK\r\n"

    def get(self, key: bytes) -> bytes:
        value = self.values[self.reader(key)]
        return b"$%d\r\n%b\r\n" % (len(value), value)

    def incr(self, key: bytes) -> bytes:
        self.increments += 1
        if self.lost and self.increments % self.lost == 0:
            return b":%d\r\n" % (int(self.values[key]) + 1)
        return self.incrby(key, b"1")

    def incrby(self, key: bytes, amount: bytes) -> bytes:
        self.values[key] = b"%d" % (int(self.values.get(key, 0)) + int(amount))
        return b":%b\r\n" % self.values[key]


@contextlib.contextmanager
def lying(**how):
    with LyingServer(**how) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield server
        finally:
            server.shutdown()
            serving.join()
