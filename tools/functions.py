"""Finds the functions of a C++ file by its braces: where they stand, how long, how nested, with how many parameters.

It reads formatted code without compiling it, so it knows scopes and statements, not types. That is enough for limits.
"""

import bisect
import dataclasses
import re

NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.S | re.M)
ATTRIBUTE = re.compile(r"\[\[[^\]]*\]\]")
TYPE_SCOPE = re.compile(r"\b(namespace|class|struct|union|extern)\b[^()=]*(\balignas\([^)]*\)[^()=]*)?$")
ANGLES = re.compile(r"<[^<>]*>")
CONTROL = re.compile(r"(\} )?(else if|else|if|for|while|switch|do|try|catch)\b")
LAMBDA_OPENS = re.compile(r"\[[^\]\n]*\].*\{$")
NAME_BEFORE = re.compile(r"((?:operator\s*(?:\(\)|\[\]|[^\w\s(]+|\w+))|~?\w+)\s*$")
NOT_NAMES = {"noexcept", "decltype", "requires", "alignas", "explicit", "static_assert", "sizeof", "if", "while",
             "void", "return", "throw", "and", "or", "not"}


@dataclasses.dataclass
class function:
    name: str
    line: int
    parameters: int
    body_first: int = 0  # lines between the braces; 0 and 0 for a declaration
    body_last: int = -1

    @property
    def length(self) -> int:
        return self.body_last - self.body_first + 1


def blank(text: str) -> str:
    """The same text, as long and with the same lines, without comments, literals and preprocessor lines."""
    def replace(match: re.Match) -> str:
        kept = re.sub(r"[^\n]", " ", match[0])
        return f'"{kept[1:-1]}"' if match[0][0] in "\"'R" and len(kept) > 1 else kept
    return ATTRIBUTE.sub(lambda match: " " * len(match[0]), NOT_CODE.sub(replace, text))


def find(text: str) -> list[function]:
    """All functions that are declared or defined outside of other functions."""
    code = blank(text)
    starts = [0] + [match.end() for match in re.finditer("\n", code)]
    found, at, chunk = [], 0, 0

    def line_of(position: int) -> int:
        return bisect.bisect_right(starts, position)

    while at < len(code):
        sign = code[at]
        if sign in "([":
            at = matching(code, at)
        elif sign in ";}":
            found += declared(code, chunk, at, line_of)
            chunk = at + 1
        elif sign == ":" and re.fullmatch(r"\s*(public|private|protected)\s*", code[chunk:at]):
            chunk = at + 1
        elif sign == "{":
            head = code[chunk:at]
            end = matching(code, at)
            if TYPE_SCOPE.search(without_angles(head)):
                chunk = at + 1
            elif (signature := signature_of(head)) and opens_body(head):
                first, last = line_of(at) + 1, line_of(end) - 1
                name, parameters, offset = signature
                found.append(function(name, line_of(chunk + offset), parameters, first, max(last, first - 1)))
                at, chunk = end, end + 1
            else:
                at = end  # an initialiser or an enumeration
        at += 1
    return found


def declared(code: str, first: int, last: int, line_of) -> list[function]:
    signature = signature_of(code[first:last])
    if not signature or re.match(r"\s*(using|typedef|friend class|static_assert|return)\b", code[first:last]):
        return []
    return [function(signature[0], line_of(first + signature[2]), signature[1])]


def without_angles(head: str) -> str:
    while (shorter := ANGLES.sub("", head)) != head:
        head = shorter
    return head


def matching(code: str, at: int) -> int:
    """Where the bracket that opens at `at` is closed; the end of the text if it never is."""
    depth = 0
    for match in re.compile(r"[()\[\]{}]").finditer(code, at):
        depth += 1 if match[0] in "([{" else -1
        if depth == 0:
            return match.start()
    return len(code)


def signature_of(head: str) -> tuple[str, int, int] | None:
    """Name, number of parameters and position of the first parameter list; None if this declares no function."""
    at = 0
    while (at := head.find("(", at)) >= 0:
        end = matching(head, at)
        name = NAME_BEFORE.search(head[:at])
        if head[:at].endswith("operator"):
            at = end + 1
            continue
        if "=" in re.sub(r"operator\s*\S+|<[^<>]*>|[<>!=]=", "", head[:at]):
            return None
        if name and name[1] not in NOT_NAMES and not name[1].isdigit():
            return name[1], count_parameters(head[at + 1:end]), name.start(1)
        at = end + 1
    return None


def opens_body(head: str) -> bool:
    """Whether a brace after this begins the function's body, rather than the initialiser of a member."""
    after = head[matching(head, head.find("(")) + 1:]
    if not re.search(r"(?<!:):(?!:)", after):
        return True
    return head.rstrip()[-1:] in ")}"


def count_parameters(text: str) -> int:
    """Commas outside of all brackets, plus one; angle brackets are brackets here."""
    if text.strip() in ("", "void"):
        return 0
    depth, count = 0, 1
    for sign in re.sub(r"->|<=|>=|<<|=\s*[^,<>(){}]*[<>][^,<>(){}]*$", "", text):
        depth += (sign in "([{<") - (sign in ")]}>")
        count += sign == "," and depth == 0
    return count


def nesting(lines: list[str]) -> int:
    """How deep statements like if and for stand in each other; a lambda counts from its own start."""
    open_statements: list[tuple[int, bool]] = []
    deepest = 0
    for line in lines:
        code = line.strip()
        if not code or code.startswith(("//", "case ", "default:")):
            continue
        indent = len(line) - len(line.lstrip())
        while open_statements and open_statements[-1][0] >= indent:
            open_statements.pop()
        if CONTROL.match(code):
            open_statements.append((indent, False))
            own = 0
            for _, is_lambda in reversed(open_statements):
                if is_lambda:
                    break
                own += 1
            deepest = max(deepest, own)
        if LAMBDA_OPENS.search(code):
            open_statements.append((indent, True))
    return deepest
