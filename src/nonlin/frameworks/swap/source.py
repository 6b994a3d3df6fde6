"""Which functions a body calls, read from its source: for what no tracer reaches, and what one would miss."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

UNKNOWN: Any = object()
"""What an expression means that is only known when it runs."""


FRAMEWORKS = ("torch.", "keras.")


class UnreadableError(Exception):
    """The source of a body is not there."""


@dataclass(frozen=True)
class Call:
    """A call in a body: of a known object, or of a method of something that is only known when it runs."""

    target: Any
    method: str
    line: int
    node: ast.Call

    @property
    def name(self) -> str:
        return ast.unparse(self.node.func)

    @property
    def is_open(self) -> bool:
        """Whether only running it tells what is called: not a method, but what a variable or expression gives."""
        return self.target is UNKNOWN and not self.method

    def arguments(self) -> tuple[list[Any], dict[str, Any]]:
        """The values of the arguments as far as they are literals, else UNKNOWN."""
        keywords = {k.arg: _literal(k.value) for k in self.node.keywords if k.arg}
        return [_literal(a) for a in self.node.args], keywords


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return UNKNOWN


@dataclass(frozen=True)
class Body:
    """The source of a function, and what the names in it mean. ``owner`` is what its first argument is."""

    function: FunctionType
    node: ast.FunctionDef
    owner: object

    @property
    def myself(self) -> str:
        """The name of the first argument where it is the owner: self."""
        arguments = [*self.node.args.posonlyargs, *self.node.args.args]
        return arguments[0].arg if arguments and self.owner is not None else ""

    def meaning(self, expression: ast.expr) -> Any:
        """The object that a name, a dotted name or an item of what has one stands for."""
        if isinstance(expression, ast.Name):
            return self._name(expression.id)
        if isinstance(expression, ast.Subscript):
            return self._item(expression)
        if isinstance(expression, ast.Call) and ast.unparse(expression.func) == "super":
            return self._super()
        if not isinstance(expression, ast.Attribute):
            return UNKNOWN
        base = self.meaning(expression.value)
        if base is UNKNOWN or isinstance(inspect.getattr_static(type(base), expression.attr, None), property):
            return UNKNOWN
        return getattr(base, expression.attr, UNKNOWN)

    def _item(self, expression: ast.Subscript) -> Any:
        """An item of a dictionary or list, by a literal or what an attribute of the owner is."""
        base, key = self.meaning(expression.value), _literal(expression.slice)
        key = self.meaning(expression.slice) if key is UNKNOWN else key
        if isinstance(base, dict) and isinstance(key, str | int):
            return base.get(key, UNKNOWN)
        in_list = isinstance(base, list | tuple) and isinstance(key, int) and -len(base) <= key < len(base)
        return base[key] if in_list else UNKNOWN

    def _super(self) -> Any:
        """What super() is in a method of the owner."""
        home = _closure(self.function).get("__class__")
        return super(home, self.owner) if home and isinstance(self.owner, home) else UNKNOWN

    def _name(self, name: str) -> Any:
        if name == self.myself:
            return self.owner
        if name in self.function.__code__.co_varnames or name in self.function.__code__.co_cellvars:
            return UNKNOWN
        return {**self.function.__globals__, **_closure(self.function)}.get(name, UNKNOWN)

    def calls(self) -> Iterator[Call]:
        """All calls in their order but those of what the owner holds, such as ``self.activation(x)``."""
        found = [node for node in ast.walk(self.node) if isinstance(node, ast.Call)]
        for node in sorted(found, key=lambda node: (node.end_lineno or 0, node.end_col_offset or 0)):
            if not self._is_held(node.func):
                method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                yield Call(self.meaning(node.func), method, self.line(node), node)

    def _is_held(self, function: ast.expr) -> bool:
        own = isinstance(function, ast.Attribute) and self.myself and ast.unparse(function.value) == self.myself
        return bool(own) and hasattr(function, "attr") and function.attr in vars(self.owner)

    def line(self, node: ast.AST) -> int:
        """The line of the file that a part of the body begins in."""
        return self.function.__code__.co_firstlineno + getattr(node, "lineno", 1) - 1

    def reads_local(self, node: ast.AST) -> bool:
        """Whether an expression depends on anything but the owner and globals."""
        local = {*self.function.__code__.co_varnames, *self.function.__code__.co_cellvars} - {self.myself}
        return any(isinstance(n, ast.Name) and n.id in local for n in ast.walk(node))


def _closure(function: FunctionType) -> dict[str, Any]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {name: cell.cell_contents for name, cell in cells if cell != type(cell)()}


def body(function: FunctionType, owner: object) -> Body:
    """Raises UnreadableError where there is no source, as for what was typed at a prompt."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError) as error:
        raise UnreadableError from error
    if not isinstance(tree, ast.FunctionDef):  # a lambda
        raise UnreadableError
    return Body(function, tree, owner)


def bodies(function: FunctionType, owner: object) -> list[Body]:
    """The body of a method and of the functions that it calls, as far as they are of the same package.

    Methods that it inherits are too, but for those of PyTorch and Keras.
    """
    package, waiting, found = (function.__module__ or "").partition(".")[0], [(function, owner)], {}
    while waiting:
        function, owner = waiting.pop()
        if function in found:
            continue
        found[function] = body(function, owner)
        for call in found[function].calls():
            target = call.target.__func__ if isinstance(call.target, MethodType) else call.target
            self = getattr(call.target, "__self__", None)
            home = getattr(target, "__module__", None) or ""
            near = home.partition(".")[0] == package or (self is owner is not None and not home.startswith(FRAMEWORKS))
            if isinstance(target, FunctionType) and near:
                waiting.append((target, self))
    return list(found.values())
