"""Functions that mix elements along one axis: vector functions (softmax) and gated units (GLU)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from nonlin.core import Described, Parameter, Record, signature, trace
from nonlin.errors import DerivativeError, FormulaError, InputError, NonlinWarning
from nonlin.expression import Expression
from nonlin.ops import backend_of
from nonlin.tree import Node, symbol

if TYPE_CHECKING:
    from nonlin.frameworks.keras import ActivationLayer
    from nonlin.frameworks.torch import ActivationModule


class AlongAxis(Described):
    """What vector functions and gated units share: an axis, and no elementwise derivative. Not made directly."""

    text: str
    """The formula as text."""
    written: Node
    """The formula as its author wrote it."""

    @property
    def readable(self) -> Node:
        """The tree that people are shown: element i of a vector, the sums over j."""
        from nonlin.calculus.formulas.indexed import indexed

        return indexed(self.written)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} = {self.text}>"

    @property
    def formula(self) -> Any:
        """The formula as a SymPy expression: of x[i] for a vector function of n elements, of the halves a and b.

        >>> import nonlin as nl
        >>> nl.softmax.formula
        exp(x[i])/Sum(exp(x[j]), (j, 1, n))
        """
        from nonlin.calculus.formulas.symbolic import standard

        return standard(self.readable)

    @property
    def latex(self) -> str:
        """The formula in LaTeX, element i of the answer.

        >>> import nonlin as nl
        >>> print(nl.softmax.latex)
        \\frac{e^{x_i}}{\\sum_j e^{x_j}}
        """
        from nonlin.calculus.formulas.typeset import latex

        return latex(self.readable)

    @property
    def mathml(self) -> str:
        """The formula as a presentation MathML element, for web pages."""
        from nonlin.calculus.formulas.typeset import mathml

        return mathml(self.readable)

    def _repr_latex_(self) -> str:
        """What a notebook shows."""
        return rf"$\displaystyle {self.latex}$"

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        from nonlin.catalogue import get  # these are made in the catalogue only

        return get, (self.name,)

    def torch(
        self, axis: int = -1, learnable: bool | str | Collection[str] = False, *, native: bool = False
    ) -> ActivationModule:
        """As a PyTorch module along one axis: :class:`nonlin.frameworks.torch.ActivationModule`.

        >>> import nonlin as nl
        >>> nl.softmax.torch(axis=1)
        ActivationModule(softmax, axis=1)

        Raises ParameterError for a parameter that is not there, MissingDependency where PyTorch is missing or too old.
        """
        from nonlin.frameworks import framework

        module: type[ActivationModule] = framework("torch").ActivationModule
        return module(self, learnable, axis=axis, native=native)

    def keras(self, axis: int = -1, learnable: bool | str | Collection[str] = False, **layer: Any) -> ActivationLayer:
        """As a Keras layer along one axis: :class:`nonlin.frameworks.keras.ActivationLayer`.

        >>> import nonlin as nl
        >>> nl.softmax.keras(axis=1)
        <ActivationLayer softmax, axis=1>

        Raises ParameterError for a parameter that is not there, MissingDependency where Keras is missing or too old.
        """
        from nonlin.frameworks import framework

        made: type[ActivationLayer] = framework("keras").ActivationLayer
        return made(self, learnable, axis=axis, **layer)

    @property
    def derivative(self) -> NoReturn:
        raise DerivativeError(
            f"{self.name} has a Jacobian, not a derivative: each output depends on several inputs; "
            f"use nonlin.{self.name}.jacobian(x) or nonlin.{self.name}.vjp(x, g)"
        )

    @property
    def facts(self) -> Any:
        """Refused: the facts are those of a curve."""
        from nonlin.calculus.facts.facts import facts

        return facts(self)

    def _floats(self, given: Mapping[str, Any]) -> dict[str, float]:
        values = self.checked(given)
        for name, value in values.items():
            if not isinstance(value, float):
                raise InputError(f"{self.name}: {name} must be one number, got an array")
        return values

    def length_along(self, x: Any, axis: int) -> int | None:
        """The length of ``x`` along ``axis``, None while it is not known (tf.function); refuses an axis not there."""
        if type(axis) is not int:
            raise InputError(f"{self.name}: axis must be one whole number, got {axis!r}")
        shape = tuple(x.shape)
        if not -len(shape) <= axis < len(shape):
            have = f"{len(shape)} dimension{'s' if len(shape) != 1 else ''}"
            advice = f"use {-len(shape)} to {len(shape) - 1}" if shape else "pass an array, not one number"
            raise InputError(f"{self.name}: axis {axis} is out of range for an input of {have}; {advice}")
        length: int | None = shape[axis]
        return length

    def _arrays(self, **given: Any) -> tuple[Any, ...]:
        """The backend that owns the arguments, and each of them as an array of it."""
        if any(isinstance(v, Node) for v in given.values()):
            raise FormulaError(f"{self.name} mixes elements, so it cannot be part of an elementwise formula")
        owner = backend_of(given)
        return owner, *(owner.as_input(v, k) for k, v in given.items())


class VectorFunction(AlongAxis):
    """A function of all elements along one axis, such as softmax; the answer has the input's kind, shape and dtype.

    Raises InputError for an axis that is not there; warns where the axis has length 1.

    >>> import nonlin as nl
    >>> nl.softmax([0.0, 0.0, 0.0, 0.0])
    array([0.25, 0.25, 0.25, 0.25])
    """

    def __init__(
        self,
        name: str,
        written: Node,
        trees: tuple[Node, Node],
        parameters: Mapping[str, Parameter],
        record: Record,
    ) -> None:
        """``written`` is what people read; ``trees`` compute the value and the vector-Jacobian product."""
        self.name, self.written, (self.tree, self.vjp_formula) = name, written, trees
        self.parameters, self.record, self.text = dict(parameters), record, str(written)
        self.__doc__ = record.summary

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, VectorFunction) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return self.tree, self.vjp_formula, *((k, p.default) for k, p in self.parameters.items())

    def __call__(self, x: Any, axis: int = -1, **parameters: float) -> Any:
        owner, x = self._arrays(x=x)
        length = self.length_along(x, axis)
        if length == 1:
            message = f"{self.name} along an axis of length 1 is constant: did you mean another axis?"
            warnings.warn(message, NonlinWarning, stacklevel=2)
        return x if length == 0 else owner.apply_along(self, x, self._floats(parameters), axis)

    def vjp(self, x: Any, g: Any, axis: int = -1, **parameters: float) -> Any:
        """The vector-Jacobian product: the gradient by ``x`` of a loss whose gradient by the output is ``g``.

        ``g`` has the shape of ``x``.

        >>> import nonlin as nl
        >>> nl.softmax.vjp([0.0, 0.0], [1.0, 0.0])
        array([ 0.25, -0.25])
        """
        owner, x, g = self._arrays(x=x, g=g)
        if tuple(g.shape) != tuple(x.shape):
            raise InputError(f"{self.name}: g must have the shape of x, {tuple(x.shape)}, got {tuple(g.shape)}")
        empty = self.length_along(x, axis) == 0
        return x if empty else owner.apply_along(self, x, self._floats(parameters), axis, g)

    def jacobian(self, x: Any, axis: int = -1, **parameters: float) -> Any:
        """All partial derivatives along ``axis``, which moves to the end: element [..., i, j] is dy_i/dx_j.

        For ``x`` of shape (..., n) the answer has shape (..., n, n).

        >>> import nonlin as nl
        >>> nl.softmax.jacobian([0.0, 0.0])
        array([[ 0.25, -0.25],
               [-0.25,  0.25]])
        """
        owner, x = self._arrays(x=x)
        n = self.length_along(x, axis)
        if n is None:
            raise InputError(f"{self.name}: the Jacobian needs the length of axis {axis}, which is not known here")
        rows = owner.moved_last(x, axis)[..., None, :]
        if n == 0:
            return rows[..., :0, :]
        return owner.apply_along(self, rows, self._floats(parameters), -1, tangent=owner.eye(n, x))


class GatedUnit(AlongAxis):
    """Splits an axis in two halves a and b and combines them: the answer is half as long there.

    Raises InputError for an odd length or an axis that is not there.

    >>> import nonlin as nl
    >>> nl.reglu([1.0, -1.0, 3.0, 4.0])
    array([3., 0.])
    """

    def __init__(self, name: str, expression: Expression, parameters: Mapping[str, Parameter], record: Record) -> None:
        self.name, self.expression, self.parameters, self.record = name, expression, dict(parameters), record
        self.written, self.text = expression.formula, str(expression.formula)
        self.__doc__ = record.summary

    def __call__(self, x: Any, axis: int = -1, **parameters: Any) -> Any:
        owner, (a, b) = self._halves(x, axis)
        return owner.apply(self.expression, {"a": a, "b": b}, self.checked(parameters))

    def partial(self, half: str, x: Any, axis: int = -1, **parameters: Any) -> Any:
        """The derivative by each element of the half ``"a"`` or ``"b"``; the shape of the output.

        >>> import nonlin as nl
        >>> nl.reglu.partial("b", [1.0, -1.0, 3.0, 4.0])
        array([1., 0.])
        """
        if half not in ("a", "b", *self.parameters):
            raise InputError(f"{self.name} is made of the halves 'a' and 'b', got {half!r}")
        owner, (a, b) = self._halves(x, axis)
        return owner.apply(self.expression.partial(half), {"a": a, "b": b}, self.checked(parameters))

    def _halves(self, x: Any, axis: int) -> tuple[Any, tuple[Any, Any]]:
        owner, x = self._arrays(x=x)
        self.length_along(x, axis)
        return owner, owner.split(x, axis, "x")

    def length_along(self, x: Any, axis: int) -> int | None:
        """As for vector functions; refuses an odd length too."""
        length = super().length_along(x, axis)
        if length is not None and length % 2:
            raise InputError(
                f"{self.name} splits axis {axis} in two halves, got the odd length {length}; give an even length"
            )
        return length

    @property
    def derivative(self) -> NoReturn:
        raise DerivativeError(
            f"{self.name} has two inputs, the halves a and b; "
            f"use nonlin.{self.name}.partial('a', x) or nonlin.{self.name}.partial('b', x)"
        )


def vector_function(
    *, vjp: Callable[..., Any], stable: Callable[..., Any] | None = None, **record: Any
) -> Callable[[Callable[..., Any]], VectorFunction]:
    """Make a VectorFunction of a body that uses the words along an axis; ``vjp(x, g)`` is written alike.

    ``stable`` is a body that computes the same without overflow; the first one stays the formula people read.
    """

    def make(body: Callable[..., Any]) -> VectorFunction:
        _, parameters = signature(body)
        names = {"x": symbol("x"), **{k: symbol(k) for k in parameters}}
        trees = trace(stable or body, names), trace(vjp, names | {"g": symbol("g")})
        known = Record(summary=body.__doc__ or "", **record)
        return VectorFunction(body.__name__, trace(body, names), trees, parameters, known)

    return make


def gated_unit(**record: Any) -> Callable[[Callable[..., Any]], GatedUnit]:
    """Make a GatedUnit of a body in the halves ``a`` and ``b``."""

    def make(body: Callable[..., Any]) -> GatedUnit:
        halves, parameters = signature(body)
        formula = trace(body, {k: symbol(k) for k in (*halves, *parameters)})
        expression = Expression(formula, inputs=tuple(halves))
        return GatedUnit(body.__name__, expression, parameters, Record(summary=body.__doc__ or "", **record))

    return make
