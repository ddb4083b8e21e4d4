"""A project of somebody else's that has Redstart in a subfolder: outer_project_test.py <compiler> <folder for it>.

It is configured as the README says, not built: its source must be compiled as C++23 and find our headers, though it
says nothing of either, and nothing of ours may be tested or measured with it.
"""

import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = f"""
cmake_minimum_required(VERSION 3.25)
project(outer LANGUAGES CXX)
add_subdirectory({ROOT} redstart)
add_executable(outer outer.cpp)
target_link_libraries(outer PRIVATE redstart::client redstart::toolkit redstart::http redstart::http_redis)
"""


def configured(compiler: str, folder: pathlib.Path) -> list[dict[str, str]]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "CMakeLists.txt").write_text(PROJECT, encoding="utf-8")
    (folder / "outer.cpp").write_text("int main() {}\n", encoding="utf-8")
    done = subprocess.run(["cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build",
                           f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"],
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"it cannot be configured:\n{done.stdout}{done.stderr}")
    return json.loads((folder / "build" / "compile_commands.json").read_text(encoding="utf-8"))


def main() -> int:
    commands = configured(sys.argv[1], pathlib.Path(sys.argv[2]))
    own = next(each["command"] for each in commands if each["file"].endswith("/outer.cpp"))
    checks = {
        "its source is compiled as C++23": "-std=c++23" in own or "-std=c++2b" in own or "-std=gnu++2b" in own
                                           or "-std=gnu++23" in own,
        "it finds our headers": f"{ROOT}" in own,
        "our tests are left out": not any(each["file"].endswith("_test.cpp") for each in commands),
        "our warnings are no errors of its": "-Werror" not in own,
    }
    for what, holds in checks.items():
        if not holds:
            print(f"not so: {what}\n{own}")
    failed = sum(not holds for holds in checks.values())
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
