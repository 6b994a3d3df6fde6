"""What an activation function is: one traced formula with its parameters, its record and everything they give."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from types import FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from nonlin.errors import DerivativeError, FormulaError, InputError, ParameterError, did_you_mean
from nonlin.expression import Expression
from nonlin.ops import backend, backend_of
from nonlin.tree import (
    NAMED_CONSTANTS,
    WORDS,
    Node,
    as_node,
    constant,
    order,
    substitute,
    symbol,
    symbols,
)

if TYPE_CHECKING:
    import numpy

    from nonlin.calculus.facts.facts import Facts
    from nonlin.frameworks.jax import Function
    from nonlin.frameworks.keras import ActivationLayer
    from nonlin.frameworks.torch import ActivationModule
    from nonlin.plot.picture import Picture


CHECKS = {
    "paper": "the paper itself, or its abstract where that has the formula",
    "authors' code": "code that the authors published",
    "survey": "Kunc & Klema 2024, arXiv:2402.09092, or another survey",
    "framework": "the code or documentation of a framework",
    "other code": "an independent implementation",
    "derivation": "derived: a special case, limit or combination that the sources state in words",
    "definition": "a function of mathematics that needs no source for its formula",
}
"""What a source may be checked against."""


@dataclass(frozen=True)
class Source:
    """Where a function comes from, and how that was checked.

    ``authors`` are family names, ``"A, B & C"``. ``checked`` names what the formula and the citation were held against,
    one or several of :data:`CHECKS`, joined by commas.

    >>> str(Source("Misra", 2019, "Mish", arxiv="1908.08681"))
    'Misra (2019). Mish. arXiv:1908.08681'
    """

    authors: str = ""
    year: int | None = None
    title: str = ""
    arxiv: str = ""
    doi: str = ""
    venue: str = ""
    also: str = ""
    checked: str = ""

    def __str__(self) -> str:
        who = f"{self.authors} ({self.year})" if self.year else self.authors
        where = [self.venue, f"arXiv:{self.arxiv}" if self.arxiv else "", f"doi:{self.doi}" if self.doi else ""]
        return ". ".join(part for part in (who, self.title, *where) if part)


@dataclass(frozen=True)
class Parameter:
    """A number in a formula that users may choose, and the domain it must lie in.

    ``low`` and ``high`` belong to the domain, ``above`` and ``below`` do not; ``low`` may name another parameter.
    ``learnable``: meant to be trained. ``random``: in training drawn uniformly from this interval; ``normal``: from the
    normal distribution of this mean and standard deviation. The default then stands for evaluation.
    """

    default: float
    low: float | str = -math.inf
    high: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    learnable: bool = False
    random: tuple[float, float] | None = None
    normal: tuple[float, float] | None = None  # a field of its own: in JSON, and to old readers, random is an interval
    meaning: str = ""

    @property
    def domain(self) -> str:
        """The domain in words, such as ``at least 0``."""
        parts = {"at least": self.low, "greater than": self.above, "at most": self.high, "less than": self.below}
        said = [f"{w} {_short(v)}" for w, v in parts.items() if isinstance(v, str) or math.isfinite(v)]
        return " and ".join(said) or "any finite number"

    @property
    def drawn(self) -> tuple[str, float, float] | None:
        """How training draws it: the name of the backends' function, and its two numbers."""
        return ("uniform", *self.random) if self.random else ("normal", *self.normal) if self.normal else None

    def outside(self, value: Any, low: Any) -> Any:
        """Whether a float, or each of an array, lies outside the domain; ``low`` is the lower bound as a number."""
        beyond = (value < low) | (value > self.high) | (value <= self.above) | (value >= self.below)
        return beyond | (value != value) | (abs(value) == math.inf)


def _short(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float | int) else str(value)


REQUIRED = "required"
"""Stands in a record for the default of an argument that a framework's function has none for."""


@dataclass(frozen=True)
class Record:
    """What is known about an entry beside its formula."""

    title: str = ""
    summary: str = ""
    use: str = ""
    weakness: str = ""
    note: str = ""
    family: str = "user"
    aliases: tuple[str, ...] = ()
    source: Source | None = None
    equivalents: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[str, ...] = ()
    """More ways to call the same function, in any framework; each text begins with the framework's name."""
    namesakes: Mapping[str, str] = field(default_factory=dict)
    """Calls that go by this name elsewhere and are another function, with the formula of that one."""
    framework_defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Arguments of a framework's function whose default is not that of the parameter here, or :data:`REQUIRED`."""
    by: tuple[str, ...] = ()
    """For a derivative: the symbols that a function was differentiated by, in turn."""
    facts: Mapping[str, tuple[Any, str]] = field(default_factory=dict)  # stated, not computed: (value, reason)
    gain: float | None = None  # what torch.nn.init.calculate_gain gives for it
    core: bool = False
    """One of the few that people actually use."""
    exceptions: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    """Where the numeric contract is not kept: by dtype, how many times its bound is reached, and the reason."""


class Described:
    """The parts that every kind of entry shares: name, parameters and record. Not made directly."""

    name: str
    parameters: Mapping[str, Parameter]
    record: Record
    autograph_info__ = "plain Python"  # inside tf.function, TensorFlow's AutoGraph then leaves the call as it is

    @property
    def family(self) -> str:
        return self.record.family

    @property
    def aliases(self) -> tuple[str, ...]:
        return self.record.aliases

    @property
    def source(self) -> Source | None:
        return self.record.source

    @property
    def equivalents(self) -> dict[str, str]:
        """The call in each framework that gives the same function; parameters by their names here."""
        return dict(self.record.equivalents)

    def jax(self) -> Function:
        """As a pure function of JAX arrays, parameters by keyword: :class:`nonlin.frameworks.jax.Function`.

        >>> import jax, nonlin as nl
        >>> float(jax.jit(jax.grad(nl.gelu.jax()))(0.0))
        0.5

        Raises MissingDependency where JAX is missing or too old.
        """
        from nonlin.frameworks import framework

        function: type[Function] = framework("jax").Function
        return function(self)

    def with_parameters(self, **parameters: float) -> Described:
        """The same function with other defaults; elementwise activations only."""
        raise ParameterError(
            f"{self.name} has no other defaults; give parameters in the call, nonlin.{self.name}(x, ...)"
        )

    def checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All parameter values: floats, or arrays as they came. Raises ParameterError outside the domain."""
        for name in given:
            if name not in self.parameters:
                raise ParameterError(self._no_parameter(name))
        values = {
            k: _number_or_array(given[k], f"{self.name}: {k}") if k in given else p.default
            for k, p in self.parameters.items()
        }
        for name, value in values.items():
            self._check_domain(name, value, values)
        return values

    def _no_parameter(self, name: str) -> str:
        known = ", ".join(self.parameters) or "none"
        return f"{self.name} has no parameter {name!r}{did_you_mean(name, self.parameters)} its parameters: {known}"

    def _check_domain(self, name: str, value: Any, values: Mapping[str, Any]) -> None:
        """Tensors are left alone: a framework may be tracing them."""
        parameter = self.parameters[name]
        low = values[parameter.low] if isinstance(parameter.low, str) else parameter.low
        if not (_is_plain(value) and _is_plain(low)):
            return
        outside = parameter.outside(value, low)
        if outside is True or (outside is not False and outside.any()):
            wrong = value if isinstance(value, float) else (value + 0 * outside)[outside].flat[0]
            raise ParameterError(f"{self.name}: {name} must be {parameter.domain}, got {name}={_short(float(wrong))}")


Shortcuts: TypeAlias = dict[type, Callable[..., Any]]
"""For types of x the ways past all checks, of ``out`` and the inputs; NotImplemented where the checks are needed."""


def _remember(shortcuts: Shortcuts, kind: type, shortcut: Callable[..., Any] | None) -> None:
    if shortcut is not None:
        shortcuts[kind] = shortcut


def _is_plain(value: Any) -> bool:
    """A number or a NumPy array."""
    return isinstance(value, float | int) or bool(backend("numpy").owns(value))


def _number_or_array(value: Any, what: str) -> Any:
    """A float for one number; NumPy float64 for sequences; tensors and nodes as they are."""
    if isinstance(value, bool | str | bytes | complex | dict) or value is None:
        raise ParameterError(f"{what} must be a number or an array of numbers, got {value!r}")
    if isinstance(value, Node) or hasattr(value, "__array_namespace__") or hasattr(value, "device"):
        return _plain(value, what)
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return _plain(backend("numpy").as_input(value, what), what)


def _plain(value: Any, what: str) -> Any:
    """NumPy arrays as float64, those of one number as a float; other libraries' tensors untouched."""
    if not backend("numpy").owns(value):
        return value
    array = backend("numpy").as_input(value, what).astype("float64")
    return float(array) if array.ndim == 0 else array


class Activation(Described):
    """An elementwise activation function: one formula, from which everything else follows.

    Call it with a float, list, NumPy array, PyTorch tensor, JAX array or TensorFlow tensor of any shape; the answer is
    of the same kind, shape and dtype (floats and lists give NumPy; integers and bools promote to float64). Parameters
    are given by keyword: numbers or arrays, checked against their domain, or tensors, which are not (a framework may be
    tracing them). Made by :func:`activation` and :func:`nonlin.define`, never changed.

    Raises ParameterError for an unknown parameter or one outside its domain, InputError for anything but real numbers.

    >>> import nonlin as nl
    >>> nl.elu([-1.0, 0.0, 2.0], alpha=0.5)
    array([-0.31606028,  0.        ,  2.        ])
    """

    def __init__(
        self,
        name: str,
        expression: Expression,
        parameters: Mapping[str, Parameter],
        record: Record,
        from_output: Node | str | None = None,
    ) -> None:
        self.name, self.expression, self.parameters, self.record = name, expression, dict(parameters), record
        self.from_output = from_output
        self._derivatives: dict[str, Activation] = {}
        self._shortcuts: Shortcuts = {}
        self._pull_shortcuts: Shortcuts = {}
        self.__doc__ = record.summary
        for key, parameter in self.parameters.items():
            if isinstance(parameter.low, str) and parameter.low not in self.parameters:
                raise ParameterError(f"{name}: the lower bound of {key} is {parameter.low!r}, which is no parameter")

    def __call__(self, x: Any, *more: Any, out: Any = None, generator: Any = None, **parameters: Any) -> Any:
        """The value at ``x``. ``out``: a NumPy array to fill. ``generator``: draws the random parameters (rrelu)."""
        shortcut = self._shortcuts.get(type(x))
        if shortcut is not None and not (more or parameters) and generator is None:
            answer = shortcut(out, x)
            if answer is not NotImplemented:
                return answer
        if more:
            raise InputError(
                f"{self.name} takes x alone, got {1 + len(more)} arguments; "
                f"parameters are given by keyword: {', '.join(self.parameters) or 'there are none'}"
            )
        if isinstance(x, Node):
            given = {"out": out, "generator": generator}
            return self._composed(x, parameters | {k: v for k, v in given.items() if v is not None})
        values = self.checked(parameters)
        owner = backend_of({"x": x, **values})
        if generator is not None:
            values |= self._drawn(owner, generator, x, parameters)
        answer = owner.apply(self.expression, {"x": x}, values, out)
        if owner.KERNELS and not parameters and generator is None:
            _remember(self._shortcuts, type(x), owner.shortcut(self.expression, values))
        return answer

    def _composed(self, x: Node, parameters: Mapping[str, Any]) -> Node:
        """The formula with ``x`` put in: activations may be used inside other formulas, with parameters only."""
        if unknown := [k for k in parameters if k not in self.parameters]:
            raise ParameterError(self._no_parameter(unknown[0]))
        values = {k: v if isinstance(v, Node) else as_node(v) for k, v in parameters.items()}
        numbers = self.checked({k: v.value for k, v in values.items() if isinstance(v.value, float)})
        nodes = {k: values[k] if k in values else constant(v) for k, v in numbers.items()}
        root = self.expression.stable if _computing.get() else self.expression.formula
        return substitute(root, {"x": x, **nodes})

    def _drawn(self, owner: Any, generator: Any, x: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        random = {k: p.drawn for k, p in self.parameters.items() if p.drawn}
        if not random:
            raise InputError(f"{self.name} has no random parameter; leave out generator=")
        if both := [k for k in random if k in given]:
            raise InputError(f"{self.name}: {both[0]} is drawn by the generator, and given too; leave one of them out")
        return {k: getattr(owner, kind)(generator, *numbers, x) for k, (kind, *numbers) in random.items()}

    def with_parameters(self, **parameters: float) -> Activation:
        """The same function with other defaults.

        >>> import nonlin as nl
        >>> nl.elu.with_parameters(alpha=0.5).name
        'elu(alpha=0.5)'
        """
        values = self.checked(parameters)
        if arrays := [k for k, v in values.items() if not isinstance(v, float)]:
            raise ParameterError(f"{self.name}: a default must be one number, got an array for {arrays[0]}")
        fixed = {k: replace(self.parameters[k], default=values[k], random=None, normal=None) for k in parameters}
        changed = {**self.parameters, **fixed}
        shown = ", ".join(f"{k}={_short(values[k])}" for k in self.parameters if k in parameters)
        name = f"{self.name}({shown})" if shown else self.name
        record = replace(self.record, **self._still_true_with(fixed))
        return Activation(name, self.expression, changed, record, self.from_output)

    def _still_true_with(self, changed: Collection[str]) -> dict[str, Any]:
        """The fields of the record that say something of the defaults: of the calls, those that name what changed."""

        def names(text: str) -> bool:
            return all(re.search(rf"\b{k}\b", text.partition("(")[2].replace(f"{k}=", "")) for k in changed)

        record = self.record
        equivalents = {framework: text for framework, text in record.equivalents.items() if names(text)}
        kept = {"equivalents": equivalents, "calls": tuple(filter(names, record.calls))}
        return kept if not changed else {**kept, "namesakes": {}, "facts": {}, "gain": None}

    @property
    def defaults(self) -> dict[str, float]:
        return {k: p.default for k, p in self.parameters.items()}

    @property
    def derivative(self) -> Activation:
        """The derivative by x: an Activation again, exact, of any order. At a kink, what the frameworks take.

        Take it before torch.compile, ``slope = nonlin.gelu.derivative``: Dynamo cannot trace its making.
        """
        return self._derived("x", f"{self.name}.derivative", f"The derivative of {self.name}.")

    def partial(self, parameter: str) -> Activation:
        """The derivative by a parameter, as an Activation of the same x and parameters."""
        if parameter not in self.parameters:
            raise ParameterError(self._no_parameter(parameter))
        return self._derived(
            parameter, f"{self.name}.partial({parameter!r})", f"The derivative of {self.name} by {parameter}."
        )

    def _derived(self, symbol_name: str, name: str, summary: str) -> Activation:
        """Made once. Not a cached_property: its lock stops torch.compile."""
        if symbol_name not in self._derivatives:
            by = (*self.record.by, symbol_name)
            record = Record(title=name, summary=summary, family=self.family, source=self.source, by=by)
            made = Activation(name, self.expression.partial(symbol_name), self.parameters, record)
            self._derivatives[symbol_name] = made
        return self._derivatives[symbol_name]

    def derivative_from_output(self, y: Any, **parameters: Any) -> Any:
        """The derivative, computed from the output y = f(x) alone.

        >>> import nonlin as nl
        >>> float(nl.sigmoid.derivative_from_output(0.5))
        0.25

        Raises DerivativeError where the output does not determine the derivative (silu), or no formula is known.
        """
        if not isinstance(self.from_output, Node):
            reason = self.from_output or self._why_not_from_output()
            raise DerivativeError(
                f"{self.name}: the derivative cannot be had from the output: {reason}; use {self.name}.derivative(x)"
            )
        values = self.checked(parameters)
        return backend_of({"y": y, **values}).apply(Expression(self.from_output, inputs=("y",)), {"y": y}, values)

    def _why_not_from_output(self) -> str:
        import numpy as np

        steps = np.sign(np.diff(self(np.linspace(-8.0, 8.0, 1601))))
        both = bool((steps > 0).any() and (steps < 0).any())
        return "two inputs can give one output (it rises and falls)" if both else "no closed form is known"

    @property
    def ufunc(self) -> numpy.ufunc:
        """A compiled NumPy ufunc of x and then the parameters, in the order of :attr:`parameters`.

        x is float32 or float64, or what NumPy casts to one of them, and the answer has that dtype; parameters are
        float64 and are not checked. float32 results are correctly rounded, as far as docs/kernels.md says. ``out=``,
        ``where=`` and ``dtype=`` are NumPy's. Compiled at the first use and kept for later runs; calling the activation
        itself uses the same kernel for large arrays.

        >>> import numpy as np, nonlin as nl
        >>> nl.elu.ufunc(np.float32([-1, 2]), 0.5)
        array([-0.31606027,  2.        ], dtype=float32)

        Raises MissingDependency without Numba.
        """
        from nonlin.kernels import elementwise

        return elementwise(self.expression, tuple(self.parameters), self.name)

    def value_and_derivative(self, x: Any, **parameters: Any) -> tuple[Any, Any]:
        """The value and the derivative at ``x``; arguments and errors are those of a call.

        NumPy arrays of float32 and float64 are read once for both, by a kernel that is compiled at the first use.

        >>> import numpy as np, nonlin as nl
        >>> nl.tanh.value_and_derivative(np.array([0.0, 1.0]))
        (array([0.        , 0.76159416]), array([1.        , 0.41997434]))
        """
        values = self.checked(parameters)
        owner = backend_of({"x": x, **values})
        found = owner.value_and_derivative(self.expression, x, values) if owner.KERNELS else None
        return found or (self(x, **parameters), self.derivative(x, **parameters))

    def vjp(self, x: Any, g: Any, /, *, out: Any = None, **parameters: Any) -> Any:
        """The derivative at ``x`` times the incoming gradient ``g``, in one pass and rounded once: a backward pass.

        ``x`` and ``g`` broadcast, and the answer has the dtype of ``x``; the other arguments and errors are those of a
        call. Inside torch.compile differentiate the call instead.

        >>> import nonlin as nl
        >>> nl.relu.vjp([-1.0, 2.0], [10.0, 20.0])
        array([ 0., 20.])
        """
        shortcut = self._pull_shortcuts.get(type(x))
        if shortcut is not None and not parameters:
            answer = shortcut(out, x, g)
            if answer is not NotImplemented:
                return answer
        values = self.checked(parameters)
        owner = backend_of({"x": x, "g": g, **values})
        pulled = self.expression.partial("x").times_incoming(self.parameters)
        answer = owner.apply(pulled, dict(zip(pulled.inputs, (x, g), strict=True)), values, out)
        if owner.KERNELS and not parameters:
            _remember(self._pull_shortcuts, type(x), owner.shortcut(pulled, values))
        return answer

    def plot(self, **options: Any) -> Picture:
        """A picture of the function with its derivative; the options are those of :func:`nonlin.plot.curve`.

        >>> import nonlin as nl
        >>> nl.relu.plot(derivative=False, points=3).data["value"]
        array([ 0.,  0., 10.])
        """
        from nonlin.plot import curve

        return curve(self, **options)

    def torch(
        self,
        learnable: bool | str | Collection[str] = False,
        *,
        per_channel: int | None = None,
        channel_dim: int = 1,
        native: bool = False,
    ) -> ActivationModule:
        """As a PyTorch module: :class:`nonlin.frameworks.torch.ActivationModule` says all about it.

        ``learnable``: True, or names of parameters to train; one of each, or ``per_channel=C`` along ``channel_dim``.
        ``native``: compute with PyTorch's own function.

        >>> import nonlin as nl
        >>> nl.swish.torch(learnable=True)
        ActivationModule(swish, beta=1, learnable=('beta',))

        Raises ParameterError for a parameter that is not there, MissingDependency where PyTorch is missing or too old.
        """
        from nonlin.frameworks import framework

        module: type[ActivationModule] = framework("torch").ActivationModule
        return module(self, learnable, per_channel=per_channel, channel_dim=channel_dim, native=native)

    def keras(
        self,
        learnable: bool | str | Collection[str] = False,
        *,
        per_channel: int | None = None,
        channel_axis: int = -1,
        **layer: Any,
    ) -> ActivationLayer:
        """As a Keras layer: :class:`nonlin.frameworks.keras.ActivationLayer` says all about it.

        ``learnable``: True, or names of parameters to train; one of each, or one per channel along ``channel_axis``:
        ``per_channel=C``, or True for as many as the input has. ``layer``: name, dtype and all else of keras.Layer.

        >>> import nonlin as nl
        >>> nl.swish.keras(learnable=True)
        <ActivationLayer swish, beta=1, learnable=('beta',)>

        Raises ParameterError for a parameter that is not there, MissingDependency where Keras is missing or too old.
        """
        from nonlin.frameworks import framework

        made: type[ActivationLayer] = framework("keras").ActivationLayer
        return made(self, learnable, per_channel=per_channel, channel_axis=channel_axis, **layer)

    @property
    def text(self) -> str:
        """The formula as text; :func:`nonlin.define` reads it back."""
        return str(self.expression.formula)

    @property
    def formula(self) -> Any:
        """The formula as a SymPy expression in standard functions; derivatives simplified.

        >>> import nonlin as nl
        >>> nl.silu.formula
        x/(1 + exp(-x))
        """
        from nonlin.calculus.formulas.symbolic import standard

        return standard(self.readable)

    @property
    def latex(self) -> str:
        """The formula in LaTeX, as the author wrote it; derivatives simplified for reading.

        >>> import nonlin as nl
        >>> print(nl.gelu.derivative.latex)
        \\Phi(x) + x\\,\\varphi(x)
        """
        from nonlin.calculus.formulas.typeset import latex

        return latex(self.readable)

    @property
    def mathml(self) -> str:
        """The formula as a presentation MathML element, for web pages."""
        from nonlin.calculus.formulas.typeset import mathml

        return mathml(self.readable)

    @property
    def readable(self) -> Node:
        """The tree that people are shown; :attr:`text` and every computation have the unsimplified one."""
        if not self.record.by:
            return self.expression.formula
        from nonlin.calculus.formulas.display import shown

        return shown(self.expression.formula, self.expression.stable)

    def _repr_latex_(self) -> str:
        """What a notebook shows: the name and the formula."""
        from nonlin.calculus.formulas.typeset import applied_name

        return rf"$\displaystyle {applied_name(self.record.by)} = {self.latex}$"

    @property
    def closed_formula(self) -> Node:
        """The formula with the parameters' defaults put in: equal for two names of one function."""
        return self.expression.with_values(self.defaults).formula

    @property
    def facts(self) -> Facts:
        """Range, limits, kinks, zeros, monotone, convex, gain and the like; None for what could not be decided.

        >>> import nonlin as nl
        >>> nl.relu.facts.range
        (0.0, inf)
        """
        from nonlin.calculus.facts.facts import facts

        return facts(self)

    def _key(self) -> tuple[Any, ...]:
        return self.expression.formula, tuple(self.defaults.items())

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Activation) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        defaults = "".join(f", {k}={_short(v)}" for k, v in self.defaults.items())
        return f"<Activation {self.name}(x{defaults}) = {self.text}>"

    def __copy__(self) -> Activation:
        return self

    def __deepcopy__(self, memo: object) -> Activation:
        return self

    def __reduce__(self) -> tuple[Callable[[str], Activation], tuple[str]]:
        from nonlin.stored import from_json

        return from_json, (self.to_json(),)

    def to_json(self) -> str:
        """The activation as JSON text; :func:`nonlin.from_json` reads it back equal."""
        from nonlin.stored import to_json

        return to_json(self)


def checked_trees(act: Activation) -> Activation:
    """The activation, if each of its trees is a number for each x and uses no names but x and the parameters."""
    trees, names = act.expression, {"x", *act.parameters}
    for tree in (trees.formula, trees.stable, *trees.known.values()):
        _check_tree(act.name, tree, names)
    if isinstance(act.from_output, Node):
        _check_tree(act.name, act.from_output, names | {"y"})
    if unknown := [k for k in trees.known if k not in names]:
        raise FormulaError(f"{act.name}: a derivative by {unknown[0]!r} is given, which is neither x nor a parameter")
    return act


def _check_tree(name: str, tree: Node, names: set[str]) -> None:
    if tree.is_condition:
        raise FormulaError(f"{name}: the comparison {tree} cannot be used as a number; write where({tree}, 1, 0)")
    if mixing := [n.name for n in order(tree) if n.word and n.word.over_axis]:
        raise FormulaError(f"{name}: {mixing[0]} mixes elements; an activation works on each element alone")
    if stray := [s for s in symbols(tree) if s not in names]:
        raise FormulaError(f"{name}: {stray[0]!r} in the formula is neither x nor a parameter; give it a default")


# ---- tracing --------------------------------------------------------------------------------------------------------

_computing: ContextVar[bool] = ContextVar("computing", default=False)
"""While a body is traced for computing, activations inside it give their stable trees."""


def trace(body: Callable[..., Any], arguments: Mapping[str, Node], *, computing: bool = False) -> Node:
    """The tree that ``body`` builds from ``arguments``.

    In the body a name of the vocabulary means the word, whatever the module binds to it.
    """
    if not isinstance(body, FunctionType):
        raise FormulaError(f"expected a plain Python function, got {type(body).__name__}; use def name(x): return ...")
    own = body.__globals__
    exact = {k: constant(k) for k, v in NAMED_CONSTANTS.items() if own.get(k, v) == v}  # a module's own e stays its own
    names = {**own, **WORDS, **exact}
    traced = FunctionType(body.__code__, names, body.__name__, body.__defaults__, body.__closure__)
    token = _computing.set(computing)
    try:
        return as_node(traced(**arguments))
    finally:
        _computing.reset(token)


def signature(body: Callable[..., Any]) -> tuple[list[str], dict[str, Parameter]]:
    """The inputs (arguments without a default) and the parameters (with one) of a body."""
    arguments = inspect.signature(body).parameters.values()
    if strange := [a.name for a in arguments if a.kind is not a.POSITIONAL_OR_KEYWORD]:
        raise FormulaError(f"{body.__name__}: argument {strange[0]!r} must be a plain one, like x or alpha=1.0")
    inputs = [a.name for a in arguments if a.default is a.empty]
    return inputs, {a.name: as_parameter(a.default, a.name) for a in arguments if a.default is not a.empty}


RESERVED = ("x", "y", "self", "out", "generator", "axis")
"""Names that a parameter cannot have: calls and formulas use them for something else."""


def as_parameter(value: Any, name: str) -> Parameter:
    """A Parameter as it is, a finite number as one without bounds."""
    if name in RESERVED:
        raise ParameterError(f"a parameter cannot be called {name!r}, which means something else; choose another name")
    default = value.default if isinstance(value, Parameter) else value
    if isinstance(default, bool) or not isinstance(default, float | int) or not math.isfinite(default):
        raise ParameterError(f"the default of {name} must be a finite number or a Parameter, got {default!r}")
    return replace(value, default=float(default)) if isinstance(value, Parameter) else Parameter(float(default))


@overload
def activation(body: Callable[..., Any], /) -> Activation: ...
@overload
def activation(
    *,
    stable: Callable[..., Any] | None = ...,
    stable_derivative: Callable[..., Any] | None = ...,
    stable_partials: Mapping[str, Callable[..., Any]] = ...,
    from_output: Callable[..., Any] | str | None = ...,
    **record: Any,
) -> Callable[[Callable[..., Any]], Activation]: ...
def activation(
    body: Any = None,
    /,
    *,
    stable: Any = None,
    stable_derivative: Any = None,
    stable_partials: Mapping[str, Any] = MappingProxyType({}),
    from_output: Any = None,
    **record: Any,
) -> Any:
    """Make an Activation of a short function written in the vocabulary.

    The function is called once, with tree nodes. Its first argument is the input; the others are parameters and need
    a default: a number, or a :class:`Parameter` with a domain. The docstring's first line is the summary.

    ``stable``, ``stable_derivative`` and ``stable_partials`` are bodies with the same arguments that compute the same
    function, its derivative, or those by parameters, without losing digits. ``from_output`` gives the derivative from
    y = f(x) and the parameters, or says in words why there is none. All else goes to the Record.

    >>> from nonlin.ops import sqrt
    >>> @activation
    ... def bent(x, a=1.0):
    ...     return (sqrt(x**2 + a) - 1)/2 + x
    >>> bent
    <Activation bent(x, a=1) = (sqrt(x**2 + a) - 1)/2 + x>
    """
    slopes = {**({"x": stable_derivative} if stable_derivative else {}), **stable_partials}
    if body is None and (stable or slopes or from_output or record):
        return lambda late: _activation(late, stable, slopes, from_output, record)
    return _activation(body, stable, slopes, from_output, record)


def _activation(body: Any, stable: Any, slopes: dict[str, Any], from_output: Any, record: dict[str, Any]) -> Activation:
    if not isinstance(body, FunctionType):
        raise FormulaError(f"expected a plain Python function, got {type(body).__name__}; use def name(x): return ...")
    if unknown := [k for k in record if k not in Record.__dataclass_fields__]:
        known_fields = ", ".join(Record.__dataclass_fields__)
        raise InputError(f"a record has no {unknown[0]!r}{did_you_mean(unknown[0], record)} it has: {known_fields}")
    inputs, parameters = signature(body)
    if len(inputs) != 1 or next(iter(inspect.signature(body).parameters)) != inputs[0]:
        raise FormulaError(
            f"{body.__name__}: expected one input and then parameters with defaults, got inputs {inputs}"
        )
    names = {inputs[0]: symbol("x"), **{k: symbol(k) for k in parameters}}
    formula = trace(body, names)
    computing = trace(stable or body, names, computing=True)
    known = {k: trace(v, names, computing=True) for k, v in slopes.items()}
    slope = from_output
    if callable(from_output):
        slope = trace(from_output, _wanted(from_output, names | {"y": symbol("y")}))
    text = {"summary": (body.__doc__ or "").strip().split("\n")[0], **record}
    made = Activation(body.__name__, Expression(formula, computing, known), parameters, Record(**text), slope)
    made.checked({})
    return checked_trees(made)


def _wanted(body: Callable[..., Any], names: Mapping[str, Node]) -> dict[str, Node]:
    """Those of the symbols that the body takes, so that a short lambda may leave parameters out."""
    return {k: v for k, v in names.items() if k in inspect.signature(body).parameters}
