"""The contract can fail: correct entries are broken one way at a time, and the named check must see each.

A defect is a body in place of the right one, or something done to the arrays that go in or come out. Beside it stand
the check that must catch it, and what that check must say.
"""

import numpy as np
import pytest

import nonlin as nl
from nonlin.core import trace
from nonlin.expression import Expression
from nonlin.ops import abs, erf, exp, expm1, log, sigmoid, sqrt, tanh, where
from nonlin.tree import symbol
from reference import contract


class Tampered(nl.Activation):
    """An activation whose arrays are changed on the way in or out."""

    def __init__(self, entry, before=lambda x: x, after=lambda x, y: y):
        super().__init__(entry.name, entry.expression, entry.parameters, entry.record, entry.from_output)
        self.before, self.after = before, after

    def __call__(self, x, **keywords):
        with np.errstate(all="ignore"):
            return self.after(np.asarray(x), super().__call__(self.before(x), **keywords))


def planted(name, formula=None, *, stable=None, known=(), from_output=None):
    """The entry with some of its bodies exchanged; ``known`` are derivatives by symbol."""
    entry = nl.get(name)
    names = {"x": symbol("x"), **{k: symbol(k) for k in entry.parameters}}
    shown = trace(formula, names) if formula else entry.expression.formula
    run = trace(stable or formula, names) if stable or formula else entry.expression.stable
    exchanged = {k: trace(body, names) for k, body in dict(known).items()}
    slope = trace(from_output, {"y": symbol("y")}) if from_output else entry.from_output
    given = {} if formula else dict(entry.expression.known)
    return nl.Activation(name, Expression(shown, run, {**given, **exchanged}), entry.parameters, entry.record, slope)


def tampered(name, before=lambda x: x, after=lambda x, y: y):
    return Tampered(nl.get(name), before, after)


def accuracy(dtype="float32", order="value", **values):
    return lambda act: contract.check_accuracy(act, values, dtype, order)


def trees(order=0, **values):
    return lambda act: contract.check_trees(act, values, order)


def overwriting(x):
    x[...] = np.abs(x)
    return x


DEFECTS = {
    "wrong constant": (
        planted("gelu_tanh", lambda x: x * sigmoid(sqrt(8 / np.pi) * (x + 0.044714 * x**3))),
        accuracy(),
        "float32 order 0: .* more beyond",
    ),
    "constant with too few digits": (
        planted("selu", lambda x, lam, alpha: where(x > 0, 1.050701 * x, 1.050701 * alpha * expm1(x))),
        accuracy(),
        "not correctly rounded",
    ),
    "last digits of a constant": (
        planted("gelu", lambda x: x * (1 + erf(0.70710678118651 * x)) / 2),
        accuracy("float64"),
        "gelu {} float64 order 0",
    ),
    "ignored parameter": (
        planted("elu", lambda x, alpha: where(x > 0, x, expm1(x))),
        accuracy(alpha=0.4),
        "elu {'alpha': 0.4}",
    ),
    "exchanged parameters": (
        planted("threshold", lambda x, threshold, value: where(x > value, x, threshold)),
        accuracy(threshold=0.5, value=-2.0),
        "'threshold': 0.5, 'value': -2.0",
    ),
    "swapped branches": (
        planted("leaky_relu", lambda x, negative_slope: where(x > 0, negative_slope * x, x)),
        accuracy("float16"),
        "leaky_relu {} float16",
    ),
    "lost left tail": (
        planted("gelu", lambda x: x * (1 + erf(x / sqrt(2))) / 2),
        accuracy(),
        "x = -12.5: got -0.0",
    ),
    "lost tail of the derivative": (
        planted("tanh", known={"x": lambda x: 1 - tanh(x) ** 2}),
        accuracy(order="derivative"),
        "order 1: .* x = 25.0: got 0.0",
    ),
    "wrong constant in the derivative": (
        planted("softsign", known={"x": lambda x: (1 / (1 + abs(x))) ** 2 * 1.0000002}),
        accuracy(order="derivative"),
        "softsign {} float32 order 1",
    ),
    "other side's derivative at the kink": (
        planted("relu", lambda x: where(x >= 0, x, 0)),
        accuracy(order="derivative"),
        "x = 0.0: got 1.0, expected 0.0",
    ),
    "float32 inside": (
        tampered("silu", lambda x: x.astype(np.float32), lambda x, y: y.astype(x.dtype)),
        accuracy("float64"),
        "silu {} float64",
    ),
    "float16 inside": (
        tampered("tanh", lambda x: x.astype(np.float16), lambda x, y: y.astype(x.dtype)),
        accuracy(),
        "tanh {} float32",
    ),
    "rounded twice": (
        tampered("silu", lambda x: x.astype(np.float32), lambda x, y: y.astype(x.dtype)),
        accuracy("bfloat16"),
        "bfloat16 order 0: . of .* not correctly rounded, 0.5 ulp",
    ),
    "wrong limit at -inf": (
        tampered("elu", after=lambda x, y: np.where(np.isneginf(x), y.dtype.type(0), y)),
        accuracy(),
        "x = -inf: got 0.0, expected -1.0",
    ),
    "NaN swallowed": (
        tampered("relu", after=lambda x, y: np.nan_to_num(y, nan=0.0, posinf=np.inf)),
        accuracy(),
        "x = nan: got 0.0, expected nan",
    ),
    "NaN at infinity": (
        tampered("softsign", after=lambda x, y: x / (1 + np.abs(x))),
        accuracy("float64"),
        "x = inf: got nan, expected 1.0",
    ),
    "unstable near zero": (
        planted("tanhshrink", lambda x: x - tanh(x)),
        accuracy(),
        "tanhshrink {} float32",
    ),
    "overflow for large x": (
        planted("softplus", lambda x, beta: log(1 + exp(beta * x)) / beta),
        accuracy(),
        "x = 712.5: got inf",
    ),
    "subnormals flushed": (
        tampered("identity", after=lambda x, y: np.where(np.abs(y) < 2.0**-126, y.dtype.type(0), y)),
        accuracy(),
        "identity {} float32",
    ),
    "wrong sign of zero": (
        tampered("silu", after=lambda x, y: y + y.dtype.type(0)),
        accuracy(),
        "x = -0.0: got 0.0, expected -0.0",
    ),
    "stable body of another function": (
        planted("squareplus", stable=lambda x, b: (x + sqrt(x**2 + b + 1e-9)) / 2),
        trees(),
        "stable of order 0",
    ),
    "formula shown is of another function": (
        planted("squareplus", lambda x, b: (x + sqrt(x**2 + 2 * b)) / 2, stable=lambda x, b: (x + sqrt(x**2 + b)) / 2),
        trees(),
        "formula of order 0",
    ),
    "given derivative of another function": (
        planted("sinc", known={"x": lambda x: x / 3}),
        trees(order=1),
        "stable of order 1",
    ),
    "wrong partial derivative": (
        planted("elu", known={"alpha": lambda x, alpha: where(x > 0, 0, exp(x))}),
        lambda act: contract.check_partial(act, {}, "alpha"),
        "elu {} by alpha",
    ),
    "wrong derivative from the output": (
        planted("tanh", from_output=lambda y: 1 - y),
        lambda act: contract.check_from_output(act, {}),
        "tanh {}",
    ),
    "input overwritten": (
        tampered("relu", before=overwriting),
        lambda act: contract.check_shapes(act, "float32"),
        "the input was changed",
    ),
    "other dtype": (
        tampered("tanh", after=lambda x, y: y.astype(np.float64)),
        lambda act: contract.check_shapes(act, "float32"),
        "float32 -> .* float64",
    ),
    "integers computed in float32": (
        tampered("sigmoid", before=lambda x: np.asarray(x, np.float32)),
        contract.check_promotion,
        "gave float32",
    ),
    "out ignored": (
        tampered("tanh", after=lambda x, y: y.copy()),
        lambda act: contract.check_out(act, "float32"),
        "out is not what is returned",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_planted_defect_is_caught(defect):
    act, check, says = DEFECTS[defect]
    with pytest.raises(AssertionError, match=says):
        check(act)


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_entry_itself_passes_the_same_check(defect):
    act, check, _ = DEFECTS[defect]
    check(nl.get(act.name))
