"""The direction of every #include: a layer includes only itself and layers before it, and only what it lists.

Also: which third-party headers a public header may pull into its users' code, and which headers are private.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import sources  # noqa: E402

LAYER = re.compile(r"\bredstart_layer\(\s*(\w+)([^)]*)\)")
THIRD_PARTY = re.compile(r"(boost|openssl|opentelemetry|google|grpc|grpcpp|absl|spdlog|fmt|CLI|toml\+\+|gtest|gmock"
                         r"|benchmark|curl)/|(zstd|xxhash)")
# Light enough for everyone: a description of structs has to stand beside them.
LIGHT = re.compile(r"boost/(describe|mp11)\b")
# The opt-in header is the one door to Asio; tests of users include the fixtures in redstart/testing.
EXEMPT = {"redstart/net/asio.hpp": re.compile(r"boost/(asio|system)\b")}
TESTING = re.compile(r"(gtest|gmock)/")


def order(path: pathlib.Path) -> int | None:
    """How far up a file of redstart/ stands; None for files that may include everything."""
    if path.parts[0] != "redstart" or len(path.parts) < 3:
        return None
    return sources.LAYERS.index(path.parts[1]) if path.parts[1] in sources.LAYERS else -1


def ours(path: pathlib.Path) -> list[pathlib.Path]:
    return [name for kind, name in sources.includes(path) if kind == "ours"]


def folders_are_layers() -> list[str]:
    return [f"{path}: redstart/{path.parts[1]} is not a layer; tools/sources.py lists them"
            for path in sources.cpp_files() if order(path) == -1]


def includes_point_down() -> list[str]:
    found = []
    for path in sources.cpp_files():
        own = order(path)
        if own in (None, -1):
            continue
        for name in ours(path):
            theirs = order(name)
            allowed = theirs is not None and 0 <= theirs <= own
            if sources.is_test(path) and name.parts[:2] == ("redstart", "testing"):
                allowed = True
            if not allowed:
                found.append(f"{path} includes {name}, which is not below it")
    return found


def includes_are_found() -> list[str]:
    return [f'{path}: "{name}" is not a file of ours; includes are written from the root'
            for path in sources.cpp_files() for mark, name in sources.INCLUDE.findall(sources.read(path))
            if mark == '"' and not (sources.ROOT / name).is_file()]


def includes_are_listed() -> list[str]:
    """What a layer includes, it links: listed under DEPENDS, or by something that is listed there."""
    folder_of, depends, tests = {}, {}, {}
    for path in sources.all_files():
        if path.name == "CMakeLists.txt" and path.parts[0] == "redstart":
            for name, rest in LAYER.findall(sources.read(path)):
                folder_of[path.parent] = name
                depends[name] = words(rest, "DEPENDS")
                tests[name] = words(rest, "TESTS")
    reach = {name: reachable({name}, depends) for name in depends}
    found = []
    for path in sources.cpp_files():
        layer = layer_of(path, folder_of)
        if not layer:
            continue
        linked = reach[layer] | (reachable(tests[layer], depends) if sources.is_test(path) else set())
        for name in ours(path):
            theirs = layer_of(name, folder_of) or layer
            if theirs not in linked:
                found.append(f"{path} includes {name}, and {layer} does not list {theirs}")
    return found


def layer_of(path: pathlib.Path, folder_of: dict[pathlib.Path, str]) -> str | None:
    """Of the nearest folder above it that is one."""
    return next((folder_of[folder] for folder in path.parents if folder in folder_of), None)


def words(arguments: str, keyword: str) -> set[str]:
    rest = re.sub(r"#.*", "", arguments).split()
    if keyword not in rest:
        return set()
    listed = []
    for word in rest[rest.index(keyword) + 1:]:
        if word.isupper():
            break
        listed.append(word.removeprefix("redstart::").removeprefix("redstart_"))
    return set(listed)


def reachable(names: set[str], depends: dict[str, set[str]]) -> set[str]:
    seen, ahead = set(names), list(names)
    while ahead:
        new = depends.get(ahead.pop(), set()) - seen
        seen |= new
        ahead += new
    return seen


def public_headers_are_light() -> list[str]:
    """No Asio, Beast, JSON, OpenTelemetry or other heavy header, directly or through a header of ours."""
    found = []
    for header in sources.headers():
        if sources.is_private(header) or sources.is_test(header) or str(header) in EXEMPT:
            continue
        for reached in sources.closure(header):
            for kind, name in sources.includes(reached):
                if kind != "other" or not THIRD_PARTY.match(name) or LIGHT.match(name):
                    continue
                if header.parts[1] == "testing" and TESTING.match(name):
                    continue
                way = "" if reached == header else f" through {reached}"
                found.append(f"{header} is public and includes <{name}>{way}")
    return found


def opt_in_header_is_light() -> list[str]:
    return [f"{header} includes <{name}>" for header in sources.headers() if str(header) in EXEMPT
            for kind, name in sources.includes(header)
            if kind == "other" and THIRD_PARTY.match(name) and not EXEMPT[str(header)].match(name)]


def private_headers_stay_home() -> list[str]:
    """Included only by sources and private headers of the same folder."""
    found = []
    for path in sources.cpp_files():
        for name in ours(path):
            if name.suffix != ".hpp" or not sources.is_private(name):
                continue
            if path.parent != name.parent:
                found.append(f"{path} includes {name}, which is private to {name.parent}")
            elif path.suffix == ".hpp" and not sources.is_private(path):
                found.append(f"{path} is public and includes {name}, which is private")
    return found


def opentelemetry_stays_in_telemetry() -> list[str]:
    return [f"{path} includes <{name}>: only redstart/telemetry may" for path in sources.cpp_files()
            for kind, name in sources.includes(path)
            if kind == "other" and name.startswith("opentelemetry/")
            and path.parts[:2] != ("redstart", "telemetry")]


CHECKS = (folders_are_layers, includes_point_down, includes_are_found, includes_are_listed, public_headers_are_light,
          opt_in_header_is_light, private_headers_stay_home, opentelemetry_stays_in_telemetry)

if __name__ == "__main__":
    if not sources.cpp_files():
        sys.exit("no sources found: this check would pass whatever they contain")
    sys.exit(sources.report((check.__name__, check()) for check in CHECKS))
