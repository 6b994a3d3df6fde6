"""Units: functions of the two halves of an axis, or with two outputs along it, such as GLU, CReLU and OPLU."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, NoReturn

from nonlin.core import Parameter, Record, signature, trace
from nonlin.errors import DerivativeError, FormulaError, InputError
from nonlin.expression import Expression
from nonlin.tree import WORDS, Node, symbol
from nonlin.vector import AlongAxis

pair = replace(WORDS["add"], name="pair", meaning="two outputs, one after the other along the axis")
"""What the body of a unit with two outputs returns. No word of the vocabulary: no backend has it, nor has a formula."""

_WIDTHS = {Fraction(1, 2): "half as wide", Fraction(1): "as wide", Fraction(2): "twice as wide"}


class GatedUnit(AlongAxis):
    """A function of the two halves a and b of an axis, or of x itself; two outputs are joined along the axis.

    :attr:`width` is the length of the answer along the axis, as a part of the input's: GLU halves it, OPLU keeps it,
    CReLU doubles it.

    Raises InputError for an odd length where there are halves, or an axis that is not there.

    >>> import nonlin as nl
    >>> nl.reglu([1.0, -1.0, 3.0, 4.0])
    array([3., 0.])
    >>> nl.crelu([1.0, -2.0])
    array([1., 0., 0., 2.])
    >>> nl.glu.width, nl.crelu.width
    (Fraction(1, 2), Fraction(2, 1))
    """

    def __init__(
        self,
        name: str,
        inputs: tuple[str, ...],
        written: Node,
        stable: Node,
        parameters: Mapping[str, Parameter],
        record: Record,
    ) -> None:
        """``written`` is what people read, ``stable`` what computes the same; each is one output or a pair."""
        self.name, self.inputs, self.parameters, self.record = name, inputs, dict(parameters), record
        trees = zip(_parts(written), _parts(stable), strict=True)
        self.outputs = tuple(Expression(*both, inputs=inputs) for both in trees)
        self.width = Fraction(len(self.outputs), len(inputs))
        self.written, self.text = written, str(written).removeprefix(pair.name)
        self.__doc__ = record.summary

    def __call__(self, x: Any, axis: int = -1, **parameters: Any) -> Any:
        return self._along(self.outputs, x, axis, parameters)

    def partial(self, by: str, x: Any, axis: int = -1, **parameters: Any) -> Any:
        """The derivative of each element of the answer by its own element of ``"a"``, ``"b"`` or ``"x"``, or by a
        parameter; the shape of the answer.

        >>> import nonlin as nl
        >>> nl.reglu.partial("b", [1.0, -1.0, 3.0, 4.0])
        array([1., 0.])
        """
        if by not in (*self.inputs, *self.parameters):
            made_of = "made of the halves 'a' and 'b'" if len(self.inputs) == 2 else "a function of 'x'"
            raise InputError(f"{self.name} is {made_of}, got {by!r}")
        return self._along([output.partial(by) for output in self.outputs], x, axis, parameters)

    def _along(self, outputs: Iterable[Expression], x: Any, axis: int, given: Mapping[str, Any]) -> Any:
        owner, x = self._arrays(x=x)
        self.length_along(x, axis)
        parts = owner.split(x, axis, "x") if len(self.inputs) == 2 else (x,)
        inputs, values = dict(zip(self.inputs, parts, strict=True)), self.checked(given)
        made = [owner.apply(output, inputs, values) for output in outputs]
        return owner.join(made, axis) if len(made) == 2 else made[0]

    def length_along(self, x: Any, axis: int) -> int | None:
        """As for vector functions; refuses an odd length too, where there are halves."""
        length = super().length_along(x, axis)
        if length is not None and length % len(self.inputs):
            raise InputError(
                f"{self.name} splits axis {axis} in two halves, got the odd length {length}; give an even length"
            )
        return length

    @property
    def readable(self) -> Node:
        """The tree that people are shown: a unit has no sums, so no indices."""
        return self.written

    def __repr__(self) -> str:
        return f"<GatedUnit {self.name} = {self.text}, {self.wide}>"

    @property
    def wide(self) -> str:
        """The width in words.

        >>> import nonlin as nl
        >>> nl.glu.wide
        'half as wide'
        """
        return _WIDTHS[self.width]

    @property
    def derivative(self) -> NoReturn:
        has = "two inputs, the halves a and b" if len(self.inputs) == 2 else "two outputs"
        ways = " or ".join(f"nonlin.{self.name}.partial({name!r}, x)" for name in self.inputs)
        raise DerivativeError(f"{self.name} has {has}; use {ways}")


def _parts(written: Node) -> tuple[Node, ...]:
    return written.args if written.name == pair.name else (written,)


def gated_unit(*, stable: Callable[..., Any] | None = None, **record: Any) -> Callable[[Callable[..., Any]], GatedUnit]:
    """Make a GatedUnit of a body in the halves ``a`` and ``b``, or in ``x``; it returns one output, or a :data:`pair`.

    ``stable`` is a body that computes the same without losing digits; the first one stays the formula people read.
    """

    def make(body: Callable[..., Any]) -> GatedUnit:
        inputs, parameters = signature(body)
        names = {k: symbol(k) for k in (*inputs, *parameters)}
        trees = trace(body, names), trace(stable or body, names)
        if inputs != ["a", "b"] and (inputs != ["x"] or trees[0].name != pair.name):
            raise FormulaError(f"{body.__name__}: a unit takes the halves a and b, or x for two outputs, got {inputs}")
        known = Record(summary=body.__doc__ or "", **record)
        return GatedUnit(body.__name__, tuple(inputs), *trees, parameters, known)

    return make
