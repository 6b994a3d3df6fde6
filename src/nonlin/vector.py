"""Functions that mix elements along one axis: what they share, and vector functions such as softmax."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from nonlin.core import Activation, Described, Parameter, Record, signature, trace
from nonlin.errors import DerivativeError, FormulaError, InputError, NonlinWarning, ParameterError
from nonlin.ops import backend_of
from nonlin.tree import WORDS, Node, symbol

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

        return indexed(self.written, ("x", *(k for k, p in self.parameters.items() if p.drawn)))

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


class Formulas:
    """What computes a vector function: the value, the vector-Jacobian product, derivatives by parameters.

    It is apart from the function for Dynamo, which looks at that before it is told which classes are constants.
    """

    def __init__(self, name: str, tree: Node, vjp: Node, partials: tuple[tuple[str, Node], ...]) -> None:
        self.name, self.tree, self.vjp, self.partials = name, tree, vjp, partials

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Formulas) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return self.tree, self.vjp, self.partials

    def partial(self, name: str) -> Node:
        """The derivative of the value by a parameter that is the same along the axis; raises DerivativeError."""
        for known, node in self.partials:
            if known == name:
                return node
        raise DerivativeError(f"{self.name} has no derivative by {name}; detach the tensor that is given for it")


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
        partials: Mapping[str, Node] = MappingProxyType({}),
        constant_alone: bool = True,
    ) -> None:
        """``written`` is what people read; ``trees`` compute the value and the vector-Jacobian product, ``partials``
        the derivatives by parameters. ``constant_alone``: the function of one element alone is constant."""
        self.name, self.written, (self.tree, self.vjp_formula) = name, written, trees
        self.parameters, self.record, self.text = dict(parameters), record, str(written)
        self.partials, self.constant_alone = dict(partials), constant_alone
        self.formulas = Formulas(name, *trees, tuple(self.partials.items()))
        self.__doc__ = record.summary

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, VectorFunction) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        defaults = ((k, p.default) for k, p in self.parameters.items())
        return self.tree, self.vjp_formula, *self.partials.items(), *defaults

    def __call__(self, x: Any, axis: int = -1, *, generator: Any = None, **parameters: Any) -> Any:
        """The value along ``axis``. ``generator``: draws the random parameters; without one nothing is random."""
        owner, x, values = self._given(x, axis, parameters)
        if generator is not None:
            values |= self._drawn(owner, generator, x, parameters)  # type: ignore[misc]  # as that of an Activation
        length = self.length_along(x, axis)
        if length == 1 and self.constant_alone:
            message = f"{self.name} along an axis of length 1 is constant: did you mean another axis?"
            warnings.warn(message, NonlinWarning, stacklevel=2)
        return x if length == 0 else owner.apply_along(self, x, values, axis)

    def vjp(self, x: Any, g: Any, axis: int = -1, **parameters: Any) -> Any:
        """The vector-Jacobian product: the gradient by ``x`` of a loss whose gradient by the output is ``g``.

        ``g`` has the shape of ``x``.

        >>> import nonlin as nl
        >>> nl.softmax.vjp([0.0, 0.0], [1.0, 0.0])
        array([ 0.25, -0.25])
        """
        owner, x, values = self._given(x, axis, parameters, g=g)
        g = values.pop("g")
        if tuple(g.shape) != tuple(x.shape):
            raise InputError(f"{self.name}: g must have the shape of x, {tuple(x.shape)}, got {tuple(g.shape)}")
        empty = self.length_along(x, axis) == 0
        return x if empty else owner.apply_along(self, x, values, axis, g)

    def _given(self, x: Any, axis: int, parameters: Mapping[str, Any], **more: Any) -> tuple[Any, Any, dict[str, Any]]:
        """The backend, the input as an array of it, and all else: parameters that are no floats as arrays too."""
        values = self.checked(parameters)
        given = {k: v for k, v in values.items() if not isinstance(v, float)}
        owner, x, *arrays = self._arrays(x=x, **given, **more)
        made = dict(zip((*given, *more), arrays, strict=True))
        self.length_along(x, axis)
        for name in given:
            self._check_array(name, tuple(made[name].shape), tuple(x.shape), axis)
        return owner, x, values | made

    def _check_array(self, name: str, shape: tuple[int | None, ...], whole: tuple[int | None, ...], axis: int) -> None:
        """Refuses an array that is not one number for each row, or for a random parameter one for each element."""
        random = self.parameters[name].drawn is not None
        if name not in self.partials and not random:
            raise InputError(f"{self.name}: {name} must be one number, got an array")
        rows = [1 if k == axis % len(whole) and not random else n for k, n in enumerate(whole)]
        ends = zip(reversed(shape), reversed(rows), strict=False)
        if len(shape) > len(rows) or any(n not in (1, None, end) and end is not None for n, end in ends):
            wanted = "each element" if random else f"each row along axis {axis}"
            raise InputError(
                f"{self.name}: {name} of shape {shape} does not fit an input of shape {whole}; "
                f"give one number, or one for {wanted}"
            )

    _drawn = Activation._drawn

    def check_learnable(self, names: Collection[str]) -> None:
        """Raises ParameterError for a parameter that cannot be trained."""
        if fixed := [k for k in names if k not in self.partials]:
            known = ", ".join(self.partials) or "none"
            raise ParameterError(
                f"{self.name}: {fixed[0]} cannot be learned, since no derivative by it is known; learnable: {known}"
            )

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


def vector_function(
    *,
    vjp: Callable[..., Any],
    stable: Callable[..., Any] | None = None,
    partials: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
    constant_alone: bool = True,
    **record: Any,
) -> Callable[[Callable[..., Any]], VectorFunction]:
    """Make a VectorFunction of a body that uses the words along an axis; ``vjp(x, g)`` is written alike.

    ``stable`` is a body that computes the same without overflow; the first one stays the formula people read.
    ``partials`` are the derivatives by parameters, with the arguments of the body. ``constant_alone`` says that the
    function of one element alone is constant, so that an axis of length 1 is a mistake.
    """

    def make(body: Callable[..., Any]) -> VectorFunction:
        _, parameters = signature(body)
        names = {"x": symbol("x"), **{k: symbol(k) for k in parameters}}
        trees = trace(stable or body, names), _of_x(trace(vjp, names | {"g": symbol("g")}))
        known = Record(summary=body.__doc__ or "", **record)
        slopes = {k: trace(slope, names) for k, slope in partials.items()}
        return VectorFunction(body.__name__, trace(body, names), trees, parameters, known, slopes, constant_alone)

    return make


def _of_x(root: Node) -> Node:
    """``root``, if x is more than something to compare with; else a choice that has it: a second derivative is then 0
    and not an error of the framework, which finds no way from x to the first."""
    waiting, seen = [root], set[Node]()
    while waiting:
        node = waiting.pop()
        seen.add(node)
        waiting += [a for a in node.args[node.name == "where" :] if a not in seen]
    x = symbol("x")
    return root if x in seen else WORDS["where"](WORDS["equal"](x, x), root, x)
