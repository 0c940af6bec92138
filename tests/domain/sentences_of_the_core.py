"""Every sentence that the core can build, read from its source: string expressions with a hole where a value is filled in.

Conditional parts give several sentences, a name stands for what the function put into it, a fact is its name and its value.
"""

import ast
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

HOLE = "\0"
TRIMS = ("strip", "rstrip", "lstrip")
Known = dict[str, list[ast.expr]]


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Line and sentence; docstrings, what is raised, and what has no blank in it are none."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    constants = _assigned(module.body)
    for function in ast.walk(module):
        if isinstance(function, ast.FunctionDef):
            known = constants | _assigned(function.body)
            for node in _maximal(function):
                yield from ((node.lineno, one) for one in _built(node, known, 0) or () if " " in one.strip())


def _assigned(body: list[ast.stmt]) -> Known:
    known: Known = {}
    for node in (one for statement in body if not isinstance(statement, ast.FunctionDef) for one in ast.walk(statement)):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=False))
            for name, one in pairs:
                if isinstance(name, ast.Name):
                    known.setdefault(name.id, []).append(one)
    return known


def _maximal(node: ast.AST) -> Iterator[ast.expr]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.Raise) or (
            isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        ):
            continue
        if isinstance(child, ast.JoinedStr | ast.Constant | ast.BinOp | ast.IfExp | ast.BoolOp) and _built(child, {}, 0):
            yield child
        elif _is_fact(child):
            assert isinstance(child, ast.Call)
            yield ast.BinOp(
                ast.BinOp(child.args[0], ast.Add(), ast.Constant(": ")), ast.Add(), child.args[1], lineno=child.lineno
            )
        else:
            yield from _maximal(child)


def _is_fact(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Fact" and len(node.args) > 1


def _built(node: ast.expr, known: Known, depth: int) -> list[str] | None:
    """Every text that this expression can be; nothing when nobody can say that it is one."""
    if depth > 12:
        return [HOLE]
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return _joined([_part(one, known, depth) for one in node.values])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _built(node.left, known, depth + 1), _built(node.right, known, depth + 1)
        return None if left is None and right is None else _joined([left or [HOLE], right or [HOLE]])
    if isinstance(node, ast.IfExp | ast.BoolOp):
        either = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
        found = [_built(one, known, depth + 1) for one in either]
        return None if all(one is None for one in found) else [text for one in found for text in one or [HOLE]]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TRIMS:
        return _built(node.func.value, known, depth + 1)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return _built(node.value, known, depth + 1)
    if isinstance(node, ast.Name) and node.id in known:
        rest = {name: values for name, values in known.items() if name != node.id}
        return [text for value in known[node.id] for text in _built(value, rest, depth + 1) or [HOLE]]
    return None


def _part(one: ast.expr, known: Known, depth: int) -> list[str]:
    if isinstance(one, ast.FormattedValue):
        return _built(one.value, known, depth + 1) or [HOLE]
    return [str(one.value)] if isinstance(one, ast.Constant) else [HOLE]


def _joined(parts: list[list[str]]) -> list[str]:
    return ["".join(one) for one in islice(product(*parts), 256)]
