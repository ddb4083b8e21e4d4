"""The limits of the house style, and what no file may contain.

A limit may be exceeded where that serves the reader: "// style(<check>): <reason>" on the line before or the same line.
"""

import itertools
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import functions  # noqa: E402
import sources  # noqa: E402

CODE_COLUMNS = 100
TEXT_COLUMNS = 120  # comments that fill a line, scripts, build files
FUNCTION_LINES, FUNCTION_LINES_HARD = 50, 70
FILE_LINES, FILE_LINES_HARD, TEST_FILE_LINES = 400, 500, 800
PARAMETERS = 4
NESTING = 3
README_LINES = 30

BANNED_NAMES = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "impl2", "misc"}
NAMED = re.compile(r"\b(?:namespace|class|struct|enum class|concept)\s+(\w+(?:::\w+)*)\s*[:;{<]")
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.M)
SLEEP = re.compile(r"\bthis_thread::sleep_|\b(?:u|nano)?sleep\(")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
# No package registry or mirror is named anywhere: what is installed comes from where the machine already looks.
REGISTRY = re.compile(r"\b(deb|apt|registry|npm|crates|proxy|mirrors?|archive|packages?|snapshot|security|ports|conan"
                      r"|vcpkg|dl|cdn|files)(\.[\w-]+)*\.(org|com|io|net|dev|sh|de)\b|\bnpm" r"js\.|\bpy" r"pi\b", re.I)
EXCEPTION = re.compile(r"(?://|#) style\((\w+)\): \S+")
CODE_SUFFIXES = {".cpp", ".hpp", ".py", ".cmake", ".js", ".lua", ".sh", ""}
TEXT_SUFFIXES = CODE_SUFFIXES | {".txt", ".md", ".json", ".toml", ".yaml", ".yml"}


def lines_of(path: pathlib.Path) -> list[str]:
    return sources.read(path).splitlines()


def text_files() -> list[pathlib.Path]:
    return [path for path in sources.all_files() if path.suffix in TEXT_SUFFIXES and "corpus" not in path.parts]


def excused(check: str, lines: list[str], number: int) -> bool:
    """Whether the line of that number (from 1), or the one before it, gives a reason for an exception."""
    return any(match[1] == check for line in lines[max(0, number - 2):number] if (match := EXCEPTION.search(line)))


def line_length() -> list[str]:
    found = []
    for path in text_files():
        if path.suffix not in CODE_SUFFIXES and path.name != "CMakeLists.txt" or path.name.startswith(".clang-"):
            continue
        lines = lines_of(path)
        for number, line in enumerate(lines, 1):
            if len(line) <= CODE_COLUMNS:
                continue
            is_code = path.suffix in (".cpp", ".hpp") and not line.lstrip().startswith("//")
            limit = CODE_COLUMNS if is_code else TEXT_COLUMNS
            if len(line) > limit and not excused("line", lines, number):
                found.append(f"{path}:{number}: {len(line)} columns, at most {limit}")
    return found


def file_length() -> list[str]:
    found = []
    for path in sources.all_files():
        if path.suffix not in (".cpp", ".hpp", ".py") and path.parts[0] not in ("tools", "cmake"):
            continue
        limit = TEST_FILE_LINES if sources.is_test(path) else FILE_LINES_HARD
        if (length := len(lines_of(path))) > limit:
            found.append(f"{path}: {length} lines, at most {limit}")
    return found


def function_limits() -> tuple[list[str], list[str], list[str], list[str]]:
    """Too long, too many parameters, too deeply nested; and notes about functions over the softer limit."""
    long, wide, deep, notes = [], [], [], []
    for path in sources.cpp_files():
        lines = lines_of(path)
        for function in functions.find(sources.read(path)):
            place = f"{path}:{function.line}: {function.name}"
            if function.length > FUNCTION_LINES_HARD and not excused("function", lines, function.line):
                long.append(f"{place} has {function.length} lines, at most {FUNCTION_LINES_HARD}")
            elif function.length > FUNCTION_LINES:
                notes.append(f"{place} has {function.length} lines, better {FUNCTION_LINES}")
            if function.parameters > PARAMETERS and not excused("parameters", lines, function.line):
                wide.append(f"{place} takes {function.parameters} parameters, at most {PARAMETERS}")
            depth = functions.nesting(lines[function.body_first - 1:function.body_last])
            if depth > NESTING and not excused("nesting", lines, function.line):
                deep.append(f"{place} nests {depth} deep, at most {NESTING}")
    return long, wide, deep, notes


def names() -> list[str]:
    found = []
    for path in sources.all_files():
        words = set(itertools.chain.from_iterable(re.split(r"[._-]", part) for part in path.parts))
        found += [f"{path}: says nothing about what it holds: {word}" for word in sorted(words & BANNED_NAMES)]
    for path in sources.cpp_files():
        for name in NAMED.findall(functions.blank(sources.read(path))):
            words = set(re.split(r"_|::", name))
            found += [f"{path}: {name} says nothing about what it is" for _ in words & BANNED_NAMES]
    return found


def macros() -> list[str]:
    return [f"{path}: macro {name} does not begin with REDSTART_" for path in sources.cpp_files()
            for name in MACRO.findall(sources.read(path)) if not name.startswith("REDSTART_")]


def headers_open_well() -> list[str]:
    """First what the file is, then #pragma once."""
    found = []
    for path in sources.cpp_files():
        text = sources.read(path)
        if path.suffix != ".hpp":
            continue
        if not text.startswith("//"):
            found.append(f"{path}: does not begin by saying what it is")
        if not re.match(r"(//[^\n]*\n|\n)*#pragma once\n", text):
            found.append(f"{path}: #pragma once does not follow the opening comment")
    return found


def unfinished_work() -> list[str]:
    return matches(text_files(), UNFINISHED, "notes unfinished work")


def sleeping_tests() -> list[str]:
    return matches([path for path in sources.cpp_files() if sources.is_test(path)], SLEEP, "sleeps in a test", "sleep")


def registries() -> list[str]:
    return matches(text_files(), REGISTRY, "names a package registry or mirror")


def matches(paths: list[pathlib.Path], pattern: re.Pattern, what: str, check: str = "") -> list[str]:
    found = []
    for path in paths:
        if not pattern.search(sources.read(path)):
            continue
        lines = lines_of(path)
        found += [f"{path}:{number}: {what}: {match[0]}" for number, line in enumerate(lines, 1)
                  if (match := pattern.search(line)) and not (check and excused(check, lines, number))]
    return found


def folder_readmes() -> list[str]:
    """Every layer says in a page what belongs to it."""
    found = []
    for folder in sorted({path.parent for path in sources.headers() if len(path.parts) == 3}):
        readme = folder / "README.md"
        if readme not in sources.all_files():
            found.append(f"{readme} is missing")
        elif (length := len(lines_of(readme))) > README_LINES:
            found.append(f"{readme}: {length} lines, at most {README_LINES}")
    return found


def long_files() -> list[str]:
    return [f"{path} has {length} lines, better {FILE_LINES}" for path in sources.cpp_files()
            if not sources.is_test(path) and FILE_LINES < (length := len(lines_of(path))) <= FILE_LINES_HARD]


def main() -> int:
    if not sources.cpp_files():
        sys.exit("no sources found: this check would pass whatever they contain")
    long, wide, deep, notes = function_limits()
    checks = (line_length, file_length, names, macros, headers_open_well, unfinished_work, sleeping_tests, registries,
              folder_readmes)
    results = [(check.__name__, check()) for check in checks]
    results += [("function_length", long), ("parameters", wide), ("nesting", deep)]
    return sources.report(results, notes + long_files())


if __name__ == "__main__":
    sys.exit(main())
