"""What is measured: points of commands, sizes, depths, lanes and distances.

One axis at a time is varied around GET of 64 bytes on one lane, without a delay: the product of all axes would take an
hour, and says little more. `full` is that product.
"""

import dataclasses
import itertools

KEYS_BYTES = 64 << 20  # what all values hold together, so that the server is not one that pages
MOST_IN_FLIGHT = 32 << 20  # bytes of values; beyond, it is the memory that is measured

DEPTHS = (1, 8, 50, 500)
BATCHES = (10, 100, 1000)
COMMANDS = ("get", "set", "incr", "mixed")
SIZES = (64, 4096, 256 << 10)


@dataclasses.dataclass(frozen=True)
class Point:
    """`depth` commands are in flight: one from each of so many callers, or `batch` from a single one."""

    section: str
    command: str = "get"
    value_bytes: int = 64
    depth: int = 50
    batch: int = 1
    lanes: int = 1
    added_us: int | None = None  # round trip that the proxy adds; None: there is no proxy
    most_keys: int = 100_000

    @property
    def keys(self) -> int:
        return min(self.most_keys, KEYS_BYTES // self.value_bytes)

    @property
    def callers(self) -> int:
        return self.depth // self.batch

    def __str__(self) -> str:
        what = self.command.upper() if self.command != "mixed" else "9 GET : 1 SET"
        size = "" if self.command == "incr" else f" {shown_bytes(self.value_bytes)}"
        how = f"batches of {self.batch}" if self.batch > 1 else f"depth {self.depth}"
        lanes = f", {self.lanes} lanes" if self.lanes > 1 else ""
        return f"{what}{size}, {how}{lanes}{self.distance}"

    @property
    def distance(self) -> str:
        return "" if self.added_us is None else f", + {self.added_us / 1000:g} ms by proxy"


def shown_bytes(size: int) -> str:
    return f"{size} B" if size < 1024 else f"{size >> 10} KiB"


DEPTH, BATCH = "Depth", "Explicit batches"


def around_the_base() -> list[Point]:
    far, near = "1 ms of added round trip", "Through the proxy, with nothing added"
    return [
        *(Point(DEPTH, depth=depth) for depth in DEPTHS),
        *(Point("Commands", command=command) for command in COMMANDS),
        *(Point("Sizes", value_bytes=size) for size in SIZES),
        *(Point("Lanes", depth=depth, lanes=lanes) for depth in (50, 500) for lanes in (1, 2)),
        *(Point(BATCH, depth=size, batch=size) for size in BATCHES),
        *(Point(far, depth=depth, added_us=1000) for depth in DEPTHS),
        *(Point(near, depth=depth, added_us=0) for depth in (1, 50, 500)),
    ]


def full() -> list[Point]:
    """Every combination that means something."""
    together = [(depth, 1) for depth in DEPTHS] + [(size, size) for size in BATCHES]
    found = []
    for added_us, command, size in itertools.product((None, 1000), COMMANDS, SIZES):
        section = str(Point("", command, size, added_us=added_us)).replace(", depth 50", "")
        found += [Point(section, command, size, depth, batch, lanes, added_us)
                  for (depth, batch), lanes in itertools.product(together, (1, 2))
                  if is_sensible(command, size, depth, batch, lanes)]
    return found


def is_sensible(command: str, size: int, depth: int, batch: int, lanes: int) -> bool:
    """A counter has no size; one caller has no use for a second lane; the values in flight must find room."""
    if command == "incr" and size != SIZES[0]:
        return False
    if lanes > 1 and depth // batch < lanes:
        return False
    return depth * size <= MOST_IN_FLIGHT


def smoke() -> list[Point]:
    """Each axis once, as small as it can be: shows that everything runs, measures nothing."""
    chosen = [*(Point(DEPTH, depth=depth) for depth in DEPTHS), Point(BATCH, depth=10, batch=10),
              Point("Commands", "incr", depth=8), Point("Commands", "mixed", depth=8),
              Point("Lanes", "set", value_bytes=4096, depth=8, lanes=2),
              Point("1 ms of added round trip", depth=8, added_us=1000)]
    return [dataclasses.replace(point, most_keys=100) for point in chosen]
