"""The tests of the toolkit with a wrong clock: clocks_test.py <toolkit_test>.

The clock of the program is five seconds ahead of the server's, and then five behind it. Patterns take their time from
the server, so nothing may change. Ends with "N passed, M failed".
"""

import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PRELOADED = "/usr/lib/{}-linux-gnu/faketime/libfaketimeMT.so.1".format(os.uname().machine)
OFFSETS = (5, -5)
PASSED = re.compile(r"^\[       OK \] ", re.M)
FAILED = re.compile(r"^\[  FAILED  \] .*\(\d+ ms\)$", re.M)


def skewed(offset: int) -> dict[str, str]:
    return os.environ | {"LD_PRELOAD": PRELOADED, "FAKETIME": f"{offset:+d}s",
                         "PATH": f"{HERE}/true_clock:{os.environ['PATH']}"}


def clock_is_wrong(offset: int) -> bool:
    """Whether programs that are started so believe it; otherwise the rest would test nothing."""
    told = subprocess.run([sys.executable, "-c", "import time; print(time.time())"], env=skewed(offset), check=True,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return abs(float(told.stdout) - time.time() - offset) < 2


def run(program: str, offset: int) -> tuple[int, int]:
    if not clock_is_wrong(offset):
        print(f"the clock cannot be set off by {offset:+d} s: {PRELOADED} does nothing")
        return 0, 1
    ended = subprocess.run([program, "--gtest_filter=*/valkey"], env=skewed(offset), check=False, capture_output=True,
                           text=True, stdin=subprocess.DEVNULL)
    passed, failed = len(PASSED.findall(ended.stdout)), len(FAILED.findall(ended.stdout))
    if ended.returncode != 0:
        print(ended.stdout[-20_000:], ended.stderr[-5_000:], sep="\n")
        failed = max(failed, 1)
    return passed, failed


def main() -> int:
    passed = failed = 0
    for offset in OFFSETS:
        counts = run(sys.argv[1], offset)
        passed, failed = passed + counts[0], failed + counts[1]
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
