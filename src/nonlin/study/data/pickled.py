"""CIFAR-10's Python files without Python's unpickler, which would run whatever a file asks for.

A pickle is a program for a small stack machine. This machine knows the steps that build dictionaries, lists, text,
bytes, whole numbers and arrays of unsigned bytes, calls nothing else and refuses every other step.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from pickletools import genops
from typing import Any

import numpy as np
import numpy.typing as npt

from nonlin.errors import DataError


class Refused(Exception):
    """A step that no file of plain data needs."""


class Mark:
    """The beginning of a group on the stack."""


@dataclass
class Array:
    """An array on its way: made empty, filled by the step BUILD."""

    value: npt.NDArray[np.uint8] | None = None

    def build(self, state: Any) -> None:
        _, shape, kind, by_column, content = state
        if not isinstance(kind, UnsignedByte):
            raise Refused("an array of something else than unsigned bytes")
        values = np.frombuffer(_as_bytes(content), np.uint8)
        self.value = values.reshape(shape, order="F" if by_column else "C")


class UnsignedByte:
    """NumPy's dtype uint8, the only one known here."""

    def build(self, state: Any) -> None:
        """Byte order and alignment, which a byte has not."""


def _dtype(name: Any, *_: Any) -> UnsignedByte:
    if _as_bytes(name) not in (b"u1", b"|u1"):
        raise Refused(f"an array of {name!r}")
    return UnsignedByte()


def _encode(text: str, encoding: str) -> bytes:
    """How Python 3 writes bytes in the old protocol."""
    if encoding not in ("latin1", "latin-1"):
        raise Refused(f"the encoding {encoding!r}")
    return text.encode("latin-1")


def _as_bytes(content: Any) -> bytes:
    """A text of Python 2, which was bytes, as such."""
    return content.encode("latin-1") if isinstance(content, str) else bytes(content)


CALLS: dict[str, Callable[..., Any]] = {
    "numpy.core.multiarray _reconstruct": lambda *_: Array(),
    "numpy._core.multiarray _reconstruct": lambda *_: Array(),
    "numpy dtype": _dtype,
    "_codecs encode": _encode,
}
"""Every name a file may call, with what stands for it."""
NAMES = {*CALLS, "numpy ndarray"}


@dataclass
class Machine:
    """The stack, and what was put aside under a number."""

    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def group(self) -> list[Any]:
        """What lies above the last mark; both are taken off."""
        begin = max(i for i, value in enumerate(self.stack) if isinstance(value, Mark))
        above = self.stack[begin + 1 :]
        del self.stack[begin:]
        return above

    def several(self, count: int) -> tuple[Any, ...]:
        return tuple([self.stack.pop() for _ in range(count)][::-1])

    def extend(self, values: list[Any]) -> None:
        _plain(self.stack[-1], list).extend(values)

    def update(self, values: list[Any]) -> None:
        _plain(self.stack[-1], dict).update(zip(values[::2], values[1::2], strict=True))

    def name(self, name: str) -> None:
        if name not in NAMES:
            raise Refused(f"the Python object {name.replace(' ', '.')}")
        self.stack.append(name)

    def call(self) -> None:
        name, arguments = self.several(2)
        self.stack.append(CALLS[name](*arguments))

    def build(self) -> None:
        (state,) = self.several(1)
        if not isinstance(self.stack[-1], Array | UnsignedByte):
            raise Refused("to change an object")
        self.stack[-1].build(state)


def _plain(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Refused("to change an object")
    return value


Step = Callable[[Machine, Any], Any]
STEPS: dict[str, Step] = {
    "PROTO": lambda m, _: None,
    "FRAME": lambda m, _: None,
    "STOP": lambda m, _: None,
    "MARK": lambda m, _: m.stack.append(Mark()),
    "EMPTY_DICT": lambda m, _: m.stack.append({}),
    "EMPTY_LIST": lambda m, _: m.stack.append([]),
    "EMPTY_TUPLE": lambda m, _: m.stack.append(()),
    "NONE": lambda m, _: m.stack.append(None),
    "NEWTRUE": lambda m, _: m.stack.append(True),
    "NEWFALSE": lambda m, _: m.stack.append(False),
    "TUPLE": lambda m, _: m.stack.append(tuple(m.group())),
    "TUPLE1": lambda m, _: m.stack.append(m.several(1)),
    "TUPLE2": lambda m, _: m.stack.append(m.several(2)),
    "TUPLE3": lambda m, _: m.stack.append(m.several(3)),
    "APPEND": lambda m, _: m.extend([*m.several(1)]),
    "APPENDS": lambda m, _: m.extend(m.group()),
    "SETITEM": lambda m, _: m.update([*m.several(2)]),
    "SETITEMS": lambda m, _: m.update(m.group()),
    "MEMOIZE": lambda m, _: m.memo.__setitem__(len(m.memo), m.stack[-1]),
    "GLOBAL": lambda m, name: m.name(name),
    "STACK_GLOBAL": lambda m, _: m.name(" ".join(m.several(2))),
    "REDUCE": lambda m, _: m.call(),
    "BUILD": lambda m, _: m.build(),
}
for _name in ("BINPUT", "LONG_BINPUT"):
    STEPS[_name] = lambda m, number: m.memo.__setitem__(number, m.stack[-1])
for _name in ("BINGET", "LONG_BINGET"):
    STEPS[_name] = lambda m, number: m.stack.append(m.memo[number])
for _name in ("BININT", "BININT1", "BININT2", "LONG1", "BINSTRING", "SHORT_BINSTRING", "BINUNICODE",
              "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES"):  # fmt: skip
    STEPS[_name] = lambda m, value: m.stack.append(value)


def read_pickled(path: Path) -> dict[str, Any]:
    """The dictionary in a pickle of plain data, its keys as text, its arrays as arrays of uint8.

    Raises DataError for a file that is damaged or holds anything else; nothing in it is run.
    """
    machine = Machine()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of Python's, for odd escapes in damaged text
            for opcode, argument, _ in genops(path.read_bytes()):
                _step(opcode.name)(machine, argument)
        (content,) = machine.stack
        return {_as_bytes(k).decode(): v.value if isinstance(v, Array) else v for k, v in content.items()}
    except Refused as refused:
        raise DataError(
            f"{path} asks for {refused}, which CIFAR-10's files do not; nothing was run; use the binary version or "
            "download it again"
        ) from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} is not a whole CIFAR-10 batch in Python's format ({error}); download it again"
        ) from error


def _step(name: str) -> Step:
    if name not in STEPS:
        raise Refused(f"the step {name}")
    return STEPS[name]
