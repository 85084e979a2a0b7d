"""Every message that an error of vidkompy can carry, read from the source: texts with holes for values.

What a call is given is followed: through assignments of its function, arguments of those who call it, and what
functions return or yield.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vidkompy import errors

PACKAGE = Path(errors.__file__).parent
CLASSES = frozenset(
    name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, errors.VidkompyError)
)
WITH_PROBLEM = {"DamageError": 1, "MalformedError": 1}  # argument that is the message's part of its own
MAX_DEPTH = 6  # of calls that hand a text on
HOLE = "\0"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Message:
    """place: file and line of the call that makes the error. text: HOLE for each value."""

    place: str
    error: str
    text: str

    @property
    def phrase(self) -> str:
        """What is searched for in docs: the longest piece without values of what is wrong, else of what to do."""
        problem, _, remedy = self.text.partition(";")
        return max(_pieces(problem), key=len, default="") or max(_pieces(remedy), key=len, default="")


def _pieces(text: str) -> list[str]:
    return [piece for part in text.split(HOLE) if len(piece := part.strip(" '\":,.()[]@<>=")) >= MIN_PHRASE]


MIN_PHRASE = 5  # characters that tell a message from others


@dataclass
class _Source:
    """All modules, their functions by name, and who calls these."""

    trees: dict[str, ast.Module]
    functions: dict[str, list[Function]] = field(default_factory=dict)
    calls: dict[str, list[tuple[ast.Call, Function | None, str]]] = field(default_factory=dict)
    homes: dict[int, str] = field(default_factory=dict)


def raised_messages() -> list[Message]:
    """Of all of vidkompy, each text once a call, in order of files."""
    source = _read()
    found: dict[Message, None] = {}
    for name in sorted(CLASSES):
        for call, function, file in source.calls.get(name, []):
            at = WITH_PROBLEM.get(name, 0)
            given = call.args[at] if at < len(call.args) else None
            if given is None:
                continue
            place = f"{file}:{call.lineno}"
            for text in _texts(given, function, file, source, 0):
                found.setdefault(Message(place, name, text))
    return sorted(found, key=lambda m: (m.place.split(":")[0], int(m.place.split(":")[1])))


def _read() -> _Source:
    source = _Source({str(p.relative_to(PACKAGE)): ast.parse(p.read_text()) for p in sorted(PACKAGE.rglob("*.py"))})
    for file, tree in source.trees.items():
        if file != "errors.py":
            _index(tree, None, file, source)
    return source


def _index(node: ast.AST, function: Function | None, file: str, source: _Source) -> None:
    for child in ast.iter_child_nodes(node):
        inner = function
        if isinstance(child, Function):
            source.functions.setdefault(child.name, []).append(child)
            source.homes[id(child)] = file
            inner = child
        elif isinstance(child, ast.Call):
            source.calls.setdefault(_name(child.func), []).append((child, function, file))
        _index(child, inner, file, source)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _texts(node: ast.expr, function: Function | None, file: str, source: _Source, depth: int) -> Iterator[str]:
    """All that the expression can be, HOLE where nothing is known of it."""
    if depth > MAX_DEPTH:
        yield HOLE
    elif isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(v.value) if isinstance(v, ast.Constant) else HOLE for v in node.values)
        yield from _of_wholly_given(node, function, file, source, depth)
    elif isinstance(node, ast.BinOp):
        yield from _both(node, function, file, source, depth)
    elif isinstance(node, ast.IfExp):
        for part in (node.body, node.orelse):
            yield from _texts(part, function, file, source, depth)
    elif isinstance(node, ast.Name):
        yield from _values(node.id, function, file, source, depth) or (HOLE,)
    elif isinstance(node, ast.Call):
        yield from _results(_name(node.func), file, source, depth) or (HOLE,)
    else:
        yield HOLE


def _of_wholly_given(
    node: ast.JoinedStr, function: Function | None, file: str, source: _Source, depth: int
) -> Iterator[str]:
    """Where a text says little but what it is given (`'PATH' line N: PROBLEM`), all that it can be given."""
    last = node.values[-1] if isinstance(node.values[-1], ast.FormattedValue) else node.values[0]
    for value in {id(v): v for v in (last, *node.values)}.values():
        if isinstance(value, ast.FormattedValue) and isinstance(value.value, ast.Name) and value.value.id in PROBLEMS:
            yield from _values(value.value.id, function, file, source, depth)


PROBLEMS = frozenset(("problem", "reason", "cause", "causes", "doubt", "advice", "wanted", "damage"))  # names of texts


def _both(node: ast.BinOp, function: Function | None, file: str, source: _Source, depth: int) -> Iterator[str]:
    for left in _texts(node.left, function, file, source, depth):
        for right in _texts(node.right, function, file, source, depth):
            yield left + right


def _values(name: str, function: Function | None, file: str, source: _Source, depth: int) -> list[str]:
    """What a name is in a function: what is assigned to it, and what callers hand over."""
    scopes: Sequence[ast.AST] = [s for s in (function, source.trees[file]) if s is not None]
    for scope in scopes:
        assigned = [value for node in ast.walk(scope) if (value := _assigned(node, name)) is not None]
        if assigned:
            return [t for value in assigned for t in _texts(value, function, file, source, depth + 1) if t != HOLE]
        if isinstance(scope, Function) and (given := _given(name, scope, source, depth)):
            return given
    return []


def _assigned(node: ast.AST, name: str) -> ast.expr | None:
    if isinstance(node, ast.Assign) and any(_name(t) == name for t in node.targets if isinstance(t, ast.Name)):
        return node.value
    if isinstance(node, ast.NamedExpr) and node.target.id == name:
        return node.value
    return None


def _given(name: str, function: Function, source: _Source, depth: int) -> list[str]:
    names = [a.arg for a in function.args.args if a.arg not in ("self", "cls")]
    if name not in names:
        return []
    at = names.index(name)
    found = []
    for call, caller, file in source.calls.get(function.name, []):
        if function not in _meant(function.name, file, source):
            continue
        by_name = [k.value for k in call.keywords if k.arg == name]
        values = by_name or call.args[at : at + 1]
        for value in values:
            found += [t for t in _texts(value, caller, file, source, depth + 1) if t != HOLE]
    return found


def _results(name: str, file: str, source: _Source, depth: int) -> list[str]:
    """What the functions return or yield as text that a file calls by that name."""
    found = []
    for function in _meant(name, file, source):
        file = source.homes[id(function)]
        for node in ast.walk(function):
            if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
                found += [t for t in _texts(node.value, function, file, source, depth + 1) if t != HOLE]
    return found


def _meant(name: str, file: str, source: _Source) -> list[Function]:
    """Functions that a file can mean by a name: its own first, those of others unless the name is private."""
    named = source.functions.get(name, [])
    own = [f for f in named if source.homes[id(f)] == file]
    return own or ([] if name.startswith("_") else named)


def plain(text: str) -> str:
    """Without what Markdown adds, and with single spaces: for comparison."""
    return re.sub(r"\s+", " ", text.replace("\\|", "|").replace("`", "").replace("\\", ""))
