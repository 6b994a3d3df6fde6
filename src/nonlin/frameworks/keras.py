"""Every entry as a Keras layer: one class, whose parameters may be trained."""

from __future__ import annotations

from collections.abc import Collection
from math import copysign, inf, isfinite
from typing import Any

import keras
import ml_dtypes
from keras import ops

from nonlin.catalogue import get, is_entry
from nonlin.core import Described, Parameter
from nonlin.errors import DataError, InputError, NonlinError
from nonlin.frameworks.arguments import channels, entry, learnable_names, told, whole
from nonlin.stored import from_json
from nonlin.units import GatedUnit
from nonlin.vector import AlongAxis, VectorFunction

Tensor = Any  # that of Keras's backend
Shape = tuple[int | None, ...]
MARGIN = 2.0**-10
"""How near training may come to a bound that is itself forbidden (half as near as the default, if that is nearer)."""


@keras.saving.register_keras_serializable(package="nonlin")
class Interval(keras.constraints.Constraint):  # type: ignore[misc]  # Keras is not typed
    """Keeps a weight between two numbers, themselves allowed: what lies beyond is put on the bound.

    >>> import keras
    >>> from nonlin.frameworks.keras import Interval
    >>> [float(v) for v in Interval(low=0.0)(keras.ops.array([-2.0, 0.5]))]
    [0.0, 0.5]
    """

    def __init__(self, low: float | None = None, high: float | None = None) -> None:
        self.low, self.high = low, high

    def __call__(self, w: Tensor) -> Tensor:
        w = ops.convert_to_tensor(w)
        w = w if self.low is None else ops.maximum(w, ops.cast(self.low, w.dtype))
        return w if self.high is None else ops.minimum(w, ops.cast(self.high, w.dtype))

    def get_config(self) -> dict[str, float | None]:
        return {"low": self.low, "high": self.high}


@keras.saving.register_keras_serializable(package="nonlin")
class ActivationLayer(keras.Layer):  # type: ignore[misc]
    """An activation, vector function or gated unit as a layer; ``act.keras()`` makes it.

    ``learnable``: True for all parameters of the formula, or the names of some; each becomes a weight of that name,
    of shape () or, with ``per_channel``, (C,) along ``channel_axis`` of the input, by default the last.
    ``per_channel`` is C, or True for as many as the first input has. A weight starts at the default
    (``act.with_parameters(alpha=0.5).keras(...)`` sets another), and its constraint, which Keras's optimizers apply
    after each step, keeps it in the domain. ``axis`` is for entries that mix elements along one. A parameter that the
    record calls random (the slope of rrelu) is drawn for each element in training, unless it is learnable. All else
    (``name``, ``dtype``, ``trainable``) goes to ``keras.Layer``.

    The input is a dense tensor of real numbers of any shape; as in any Keras layer it is cast to the compute dtype of
    the layer's dtype policy, which is that of the answer; integers and bools are too. A mask is handed on.

    Raises ParameterError for a parameter that is not there, InputError for what is not an activation, a channel count
    or axis that does not fit the input, and tensors that are not dense real numbers; DataError for a stored layer that
    is damaged.

    >>> import keras, nonlin as nl
    >>> layer = nl.prelu.keras(learnable=True, per_channel=3)
    >>> layer
    <ActivationLayer prelu, weight=0.25, learnable=('weight',), per_channel=3, channel_axis=-1>
    >>> keras.ops.convert_to_numpy(layer(-keras.ops.ones((2, 3))))
    array([[-0.25, -0.25, -0.25],
           [-0.25, -0.25, -0.25]], dtype=float32)
    """

    def __init__(
        self,
        activation: Described,
        learnable: bool | str | Collection[str] = False,
        *,
        per_channel: int | None = None,
        channel_axis: int = -1,
        axis: int = -1,
        **layer: Any,
    ) -> None:
        super().__init__(**layer)
        self.activation = entry(activation, "layer", "keras")
        self.learnable = learnable_names(activation, learnable, "layer", "keras")
        if isinstance(activation, VectorFunction):
            activation.check_learnable(self.learnable)
        self.per_channel = channels(activation, self.learnable, per_channel, counted=True)
        self.channel_axis = whole(activation, "channel_axis", channel_axis)
        self.axis = whole(activation, "axis", axis)
        self.supports_masking = True
        self._learned: dict[str, Any] = {}
        self._seed = keras.random.SeedGenerator() if self._random() else None
        if self.per_channel is not True:  # here, so that a layer used as activation= has them from the start
            self._add_weights(() if per_channel is None else (per_channel,))

    def build(self, input_shape: Shape) -> None:
        """Check that the input fits; with ``per_channel=True`` make the weights."""
        shape = self._fitting(input_shape)
        if self.per_channel is True:
            count = shape[self.channel_axis]
            if count is None:
                raise InputError(
                    f"{self.activation.name}: the number of channels along axis {self.channel_axis} of the input "
                    f"shape {shape} is not known; give per_channel=C instead of True"
                )
            self._add_weights((count,))

    def _add_weights(self, shape: tuple[int, ...]) -> None:
        for name in self.learnable:
            parameter = self.activation.parameters[name]
            self._learned[name] = self.add_weight(
                shape=shape,
                initializer=keras.initializers.Constant(parameter.default),
                constraint=_constraint(parameter, self._default(parameter.low), self.variable_dtype),
                autocast=False,
                name=name,
            )

    def _default(self, low: float | str) -> float:
        """A lower bound as a number; none if it is another learnable parameter, see :meth:`values`."""
        if isinstance(low, str):
            return -inf if low in self.learnable else self.activation.parameters[low].default
        return low

    def values(self) -> dict[str, Tensor]:
        """What the learnable parameters stand for, by name; there once the layer has its weights.

        Each is its weight, but where its lower bound is another learnable parameter, it is mirrored at that.

        >>> import numpy as np, nonlin as nl
        >>> layer = nl.hard_tanh.keras(learnable=True)
        >>> layer.set_weights(np.float32([2, 1]))
        >>> {name: float(value) for name, value in layer.values().items()}
        {'min_val': 2.0, 'max_val': 3.0}
        """
        return {name: self._value(name) for name in self._learned}

    def _value(self, name: str) -> Tensor:
        value, low = self._learned[name].value, self.activation.parameters[name].low
        if low not in self._learned:
            return value
        bottom = self._value(low)
        return bottom + ops.abs(value - bottom)

    def call(self, x: Tensor, training: bool | None = None) -> Tensor:
        x = self._real(x)
        given = {k: self._along_channels(v, x) for k, v in self.values().items()}
        if training:
            given |= {k: self._drawn(x, *drawn) for k, drawn in self._random().items()}
        if isinstance(self.activation, AlongAxis):
            given["axis"] = self.axis
        return self.activation(x, **given)

    def _real(self, x: Any) -> Tensor:
        """The input, integers and bools in the compute dtype; whether it is a dense tensor the call itself checks."""
        if not ops.is_tensor(x):
            raise InputError(
                f"{self.activation.name}: the layer takes a tensor or an array, got {type(x).__name__}; "
                "call the activation itself for other kinds"
            )
        dtype = keras.backend.standardize_dtype(x.dtype)
        return ops.cast(x, self.compute_dtype) if dtype == "bool" or "int" in dtype else x

    def _along_channels(self, value: Tensor, x: Tensor) -> Tensor:
        """The values of a parameter in a shape that broadcasts with ``x``."""
        if self.per_channel is None:
            return value
        rank = len(self._fitting(x.shape))
        return ops.reshape(value, [-1 if k == self.channel_axis % rank else 1 for k in range(rank)])

    def _random(self) -> dict[str, tuple[str, float, float]]:
        """The parameters that training draws, with their distributions."""
        fixed = {k: p.drawn for k, p in self.activation.parameters.items() if k not in self.learnable}
        return {k: drawn for k, drawn in fixed.items() if drawn}

    def _drawn(self, x: Tensor, kind: str, first: float, second: float) -> Tensor:
        draw = keras.random.normal if kind == "normal" else keras.random.uniform
        return draw(ops.shape(x), first, second, dtype="float32", seed=self._seed)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        shape = self._fitting(input_shape)
        if not isinstance(self.activation, GatedUnit) or (length := shape[self.axis]) is None:
            return shape
        place = self.axis % len(shape)
        return *shape[:place], int(length * self.activation.width), *shape[place + 1 :]

    def _fitting(self, shape: Any) -> Shape:
        """The shape of the input, if it has the channels and the axis that the layer needs."""
        if shape is None or not all(isinstance(n, int | None) for n in shape):
            raise InputError(f"{self.activation.name}: the layer takes one tensor, got inputs of the shapes {shape}")
        if self.per_channel is not None:
            self._check_channels(tuple(shape))
        if isinstance(self.activation, AlongAxis):
            self._check_axis(tuple(shape))
        return tuple(shape)

    def _check_channels(self, shape: Shape) -> None:
        place, count = self.channel_axis, self.per_channel
        who = f"{self.activation.name}: per_channel={count} along axis {place} does not fit an input of shape {shape}"
        if not -len(shape) <= place < len(shape):
            raise InputError(f"{who}, which has too few dimensions")
        made = [w.shape[0] for w in self._learned.values()][:1]
        if made and shape[place] not in (None, *made):
            raise InputError(f"{who}; the layer has {made[0]} channels, make one with per_channel={shape[place]}")

    def _check_axis(self, shape: Shape) -> None:
        name, axis = self.activation.name, self.axis
        if not -len(shape) <= axis < len(shape):
            raise InputError(f"{name}: axis {axis} is out of range for an input of shape {shape}")
        if isinstance(self.activation, GatedUnit) and (shape[axis] or 0) % len(self.activation.inputs):
            raise InputError(f"{name} splits axis {axis} in two halves, got the shape {shape}; give an even length")

    def get_config(self) -> dict[str, Any]:
        """What makes the layer again: the activation as its name, or as JSON if it is no entry; plain values only."""
        act, in_catalogue = self.activation, is_entry(self.activation)
        return {
            **super().get_config(),
            "activation": act.name if in_catalogue else act.to_json(),
            "learnable": list(self.learnable),
            "per_channel": self.per_channel,
            "channel_axis": self.channel_axis,
            "axis": self.axis,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> ActivationLayer:
        """The layer of :meth:`get_config`. Nothing in it is trusted or executed: formulas are read by nonlin's parser.

        Raises DataError for what is none.
        """
        try:
            return cls(**{**config, "activation": _stored(config["activation"])})
        except (KeyError, NonlinError) as error:
            message = "no layer of nonlin is stored here, get the file from where it was made"
            raise DataError(f"{message}: {error}") from error

    def __repr__(self) -> str:
        axis = self.axis if isinstance(self.activation, AlongAxis) else None
        place = None if self.per_channel is None else self.channel_axis
        settings = {"per_channel": self.per_channel, "channel_axis": place, "axis": axis}
        return f"<ActivationLayer {told(self.activation, self.learnable, **settings)}>"


def _stored(activation: Any) -> Described:
    """The activation of a config: a name, or the JSON text of another."""
    if isinstance(activation, str) and activation.lstrip().startswith("{"):
        return from_json(activation)
    return get(activation)  # type: ignore[no-any-return]


def _constraint(parameter: Parameter, low: float, dtype: str) -> Interval | None:
    """What keeps a weight in the domain of its parameter; None where every number is allowed."""
    above, below = (_inside(bound, parameter.default, dtype) for bound in (parameter.above, parameter.below))
    bottom, top = max(low, above), min(parameter.high, below)
    ends = [end if isfinite(end) else None for end in (bottom, top)]
    return Interval(*ends) if any(end is not None for end in ends) else None


def _inside(bound: float, default: float, dtype: str) -> float:
    """The number next to a forbidden bound that is allowed: on the default's side, and not lost to rounding."""
    if not isfinite(bound):
        return bound
    distance, rounding = default - bound, float(ml_dtypes.finfo(dtype).eps)  # type: ignore[no-untyped-call]
    step = max(min(MARGIN, abs(distance) / 2), 2 * abs(bound) * rounding)
    return bound + copysign(step, distance)
