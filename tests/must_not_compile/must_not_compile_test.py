"""What must not compile: must_not_compile_test.py <compiler> <folder for what is built>.

Each case is a file with a right and a wrong line. With REDSTART_RIGHT defined it must compile; without, it must be
refused, and the compiler must say what the first line of the file quotes. So no case passes for a wrong reason.
"""

import concurrent.futures
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FLAGS = ["-std=c++23", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-Wno-unused-const-variable", f"-I{ROOT}"]
QUOTED = re.compile(r"// The compiler says: (.+)")
JOBS = 2


def compile_with(compiler: str, *arguments: str) -> tuple[bool, str]:
    done = subprocess.run([compiler, *FLAGS, *arguments], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)
    return done.returncode == 0, done.stderr


def check(compiler: str, prelude: pathlib.Path, case: pathlib.Path) -> str:
    """What is wrong with a case; empty if nothing is."""
    quoted = QUOTED.match(case.read_text(encoding="utf-8"))
    if not quoted:
        return f"{case.name}: does not begin with what the compiler says"
    use = ["-fsyntax-only", "-include-pch", str(prelude), str(case)]
    compiled, said = compile_with(compiler, "-DREDSTART_RIGHT", *use)
    if not compiled:
        return f"{case.name}: the right line does not compile either:\n{said}"
    compiled, said = compile_with(compiler, *use)
    if compiled:
        return f"{case.name}: compiles"
    if quoted[1] not in said:
        return f"{case.name}: is refused, but not with \"{quoted[1]}\":\n{said}"
    return ""


def main() -> int:
    compiler, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    prelude = folder / "prelude.pch"
    compiled, said = compile_with(compiler, "-x", "c++-header", str(HERE / "prelude.hpp"), "-o", str(prelude))
    if not compiled:
        sys.exit(f"the prelude does not compile:\n{said}")
    cases = sorted(HERE.glob("*.cpp"))
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        found = list(pool.map(lambda case: check(compiler, prelude, case), cases))
    for complaint in filter(None, found):
        print(complaint)
    failed = sum(bool(complaint) for complaint in found)
    print(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
