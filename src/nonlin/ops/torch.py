"""The vocabulary in PyTorch, and the autograd function whose backward pass is the derivative expression.

float16 and bfloat16 are computed in float32 and rounded once; everything else in its own dtype. Words take tensors,
and Python floats among them, which never widen the dtype; they only compute values, gradients come from `apply`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from operator import add
from operator import eq as equal
from operator import ge as greater_equal
from operator import gt as greater
from operator import le as less_equal
from operator import lt as less
from operator import mul as multiply
from operator import neg as negative
from operator import sub as subtract
from operator import truediv as divide
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
from torch import abs as abs
from torch import asinh, atan, cos, cosh, exp, expm1, floor, log, log1p, sin, sinh, sqrt, tan, tanh
from torch._C import _len_torch_dispatch_stack
from torch._functorch.utils import unwrap_dead_wrappers
from torch.autograd import forward_ad
from torch.autograd.forward_ad import _set_fwd_grad_enabled, unpack_dual
from torch.nn.functional import logsigmoid as log_sigmoid
from torch.special import erf, erfc
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import register_constant

from nonlin.errors import InputError
from nonlin.expression import Expression
from nonlin.ops import numpy as _numpy
from nonlin.ops.evaluate import evaluate
from nonlin.ops.threshold import in_turn as repeated
from nonlin.ops.threshold import threshold
from nonlin.plan import Numbers, Plan, closed
from nonlin.tree import WORDS, Node

if TYPE_CHECKING:
    from nonlin.vector import Formulas, VectorFunction

Tensor = torch.Tensor
FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


# ---- words that PyTorch does not have, or not with their tails ------------------------------------------------------


def _tensors(*values: Any) -> list[Tensor]:
    """Numbers among tensors as tensors of the same dtype."""
    like = next(v for v in values if isinstance(v, Tensor))
    return [v if isinstance(v, Tensor) else torch.full((), v, dtype=like.dtype, device=like.device) for v in values]


def where(c: Any, a: Any, b: Any, *, dtype: torch.dtype | None = None) -> Any:
    """``dtype`` is that of the answer where both choices are numbers."""
    if isinstance(c, bool):
        return a if c else b
    if isinstance(a, float) and isinstance(b, float):
        a = torch.full((), a, dtype=dtype, device=c.device)
    return torch.where(c, a, b)


def minimum(a: Any, b: Any) -> Tensor:
    return torch.minimum(*_tensors(a, b))


def maximum(a: Any, b: Any) -> Tensor:
    return torch.maximum(*_tensors(a, b))


def clip(u: Any, low: Any, high: Any) -> Tensor:
    return minimum(maximum(u, low), high)


def hypot(a: Any, b: Any) -> Tensor:
    return torch.hypot(*_tensors(a, b))


def power(a: Any, b: Any) -> Any:
    """Squares and cubes by multiplication; the rest by PyTorch."""
    if isinstance(b, float) and b in (2.0, 3.0):
        return a * a if b == 2.0 else a * a * a
    return torch.pow(a, b)


def sign(u: Tensor) -> Tensor:
    return torch.where(u == u, torch.sign(u), u)  # torch.sign(nan) is 0


def sech(u: Tensor) -> Tensor:
    q = torch.exp(-torch.abs(u))
    return 2 * q / (1 + q * q)


def sigmoid(u: Tensor) -> Tensor:
    """torch.sigmoid computes 1/(1 + exp(-u)), which is 0 as soon as exp(-u) overflows."""
    q = torch.exp(-torch.abs(u))
    return torch.where(u < 0, q, 1.0) / (1 + q)


def softplus(u: Tensor) -> Tensor:
    return torch.nn.functional.softplus(u, threshold=40)  # the default, 20, is too low for float64


def normpdf(u: Tensor) -> Tensor:
    """u^2/2 in two parts: rounding the whole exponent once would cost u^2/4 last places of the result."""
    u = torch.clamp(u, -64, 64)  # the result is 0 long before
    top = _top(u)
    return 0.3989422804014327 * (torch.exp(-0.5 * top * top) * torch.exp(-0.5 * (u - top) * (u + top)))


def normcdf(u: Tensor) -> Tensor:
    """erfc(z)/2 at z = -u/sqrt(2), corrected for the rounding of z: erfc'/erfc is close to -(z + sqrt(z^2 + 2)).

    torch.special.ndtr has no left tail in float32.
    """
    u = torch.clamp(u, -64, 64)
    z, top = -_SQRT_HALF * u, _top(u)
    missing = ((-_HALF_TOP * top - z) - _HALF_LAST * top) - _SQRT_HALF * (u - top)
    return 0.5 * erfc(z) * (1 - missing * (z + torch.sqrt(z * z + 2)))  # type: ignore[no-any-return]


_SQRT_HALF = 0.7071067811865476
_HALF_TOP = 0.70703125  # its first ten bits: the product with a _top is exact
_HALF_LAST = _SQRT_HALF - _HALF_TOP


def _top(u: Tensor) -> Tensor:
    """``u`` to the nearest 64th: few bits, so that its square is exact; what is left has a square below 1."""
    return torch.round(u * 64) / 64


# ---- words along an axis --------------------------------------------------------------------------------------------


def row_max(u: Tensor, axis: int) -> Tensor:
    return torch.amax(u, axis, keepdim=True)


def row_sum(u: Tensor, axis: int) -> Tensor:
    return torch.sum(u, axis, keepdim=True)


def row_threshold(u: Tensor, power: Any, total: Any, axis: int) -> Tensor:
    return threshold(sys.modules[__name__], u, power, total, axis)  # type: ignore[no-any-return]


def sorted_down(u: Tensor, axis: int) -> Tensor:
    return torch.sort(u, axis, descending=True).values


def running_sum(u: Tensor, axis: int) -> Tensor:
    return torch.cumsum(u, axis)


def log_softmax(u: Tensor, axis: int) -> Tensor:
    """The largest element is left out of the sum and comes back through log1p: so the upper tail keeps its digits."""
    top = torch.argmax(u, axis, keepdim=True)
    shifted = u - torch.gather(u, axis, top)
    others = torch.exp(shifted).scatter(axis, top, 0.0)
    return shifted - torch.log1p(torch.sum(others, axis, keepdim=True))


def _words(dtype: torch.dtype) -> SimpleNamespace:
    """The vocabulary for computing in one dtype; while a model is exported to ONNX, in what ONNX has."""
    return _vocabulary(dtype, "torch.onnx" in sys.modules and torch.onnx.is_in_onnx_export())


@cache
def _vocabulary(dtype: torch.dtype, exporting: bool) -> SimpleNamespace:
    words = {name: globals()[name] for name in WORDS}
    if exporting:
        from nonlin.ops import torch_onnx

        words |= {name: word for name, word in vars(torch_onnx).items() if name in WORDS}
    return SimpleNamespace(**words | {"where": partial(where, dtype=dtype)})


# ---- tensors in, tensors out ----------------------------------------------------------------------------------------


KERNELS = True


def owns(value: Any) -> bool:
    return isinstance(value, Tensor)


def as_input(value: Any, name: str) -> Tensor:
    """``value`` as a real floating-point tensor; integers and bools as float64.

    Raises InputError for complex, sparse, quantised and other tensors that are not dense arrays of real numbers.
    """
    if not isinstance(value, Tensor):
        array = _numpy.as_input(value, name)
        brief = array.dtype.name == "bfloat16"  # which from_numpy does not take; every bfloat16 number is a float32
        native = "float32" if brief else array.dtype.newbyteorder("=")
        tensor = torch.from_numpy(array.astype(native, order="C", copy=True))
        return tensor.to(torch.bfloat16) if brief else tensor
    if value.layout is not torch.strided or value.is_quantized or value.is_nested:
        layout = "nested" if value.is_nested else str(value.layout).removeprefix("torch.")
        kind = "quantised" if value.is_quantized else layout
        raise InputError(f"{name}: got a {kind} tensor; pass a dense one (to_dense() or dequantize() makes it)")
    if value.dtype in FLOATS:
        return value
    if value.dtype.is_complex or value.dtype.is_floating_point:
        raise InputError(
            f"{name}: got a {str(value.dtype).removeprefix('torch.')} tensor; pass real numbers "
            "(float16, bfloat16, float32, float64, integers or bools)"
        )
    return value.to(torch.float64)


def apply(expression: Expression, inputs: dict[str, Any], parameters: dict[str, Any], out: Any = None) -> Tensor:
    """``expression`` at ``inputs``, differentiable to any order by the inputs and by parameters that are tensors.

    Inputs and tensor-valued parameters broadcast; the answer has the dtype of the first input. Under torch.compile
    the call is one node for Dynamo, and plain tensor operations for the compiler behind it.
    """
    if out is not None:
        raise InputError("out= is for NumPy arrays only; PyTorch returns a new tensor")
    numbers = {k: v for k, v in parameters.items() if isinstance(v, float)}
    given = {k: as_input(v, k) for k, v in {**inputs, **parameters}.items() if k not in numbers}
    run = _traceable(_run)
    return run(expression, tuple(given), tuple(numbers.items()), *given.values())


def _run(expression: Expression, names: tuple[str, ...], numbers: Numbers, *tensors: Tensor) -> Tensor:
    _common_shape(names, tensors)
    return _applied(Plan(expression, names, numbers), tensors[0].dtype, tensors)


def _traceable(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """``function``, under torch.compile as one node of Dynamo's graph: AOTAutograd then traces what is inside."""
    return _OPAQUE[function] if torch.compiler.is_compiling() and _prepare_for_dynamo() else function


_OPAQUE: dict[Callable[..., Tensor], Callable[..., Tensor]] = {}


def _prepare_for_dynamo() -> bool:
    """Fill ``_OPAQUE``; done only when something is compiled, since importing Dynamo takes seconds and loads SymPy."""
    from torch._dynamo import nonstrict_trace

    from nonlin.vector import Formulas

    if not _OPAQUE:
        register_constant(Expression)
        register_constant(Formulas)
        _OPAQUE.update({f: nonstrict_trace(f) for f in (_run, _run_along)})
    return True


_prepare_for_dynamo._dynamo_marked_constant = True  # type: ignore[attr-defined]  # Dynamo runs it, never traces it


class _Elementwise(torch.autograd.Function):
    """The value of a plan; backward and jvp apply the plan of the derivative, which is again this function."""

    generate_vmap_rule = True

    @staticmethod
    def forward(plan: Plan, dtype: torch.dtype, *tensors: Tensor) -> Tensor:
        return _computed(plan, dtype, tensors)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.plan, ctx.dtype, *tensors = inputs
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        tensors = ctx.saved_tensors
        places = zip(ctx.plan.names, tensors, ctx.needs_input_grad[2:], strict=True)
        pulled = (_pulled(gradient, ctx.plan.partial(n), tensors, t) if w else None for n, t, w in places)
        return None, None, *pulled

    @staticmethod
    def jvp(ctx: Any, _plan: None, _dtype: None, *tangents: Tensor | None) -> Tensor:
        tensors, names = _primals(ctx), ctx.plan.names
        moved = [(n, t) for n, t in zip(names, tangents, strict=True) if t is not None]
        with _set_fwd_grad_enabled(True):
            terms = [_slope(ctx.plan.partial(n), tensors) * t for n, t in moved]
            return sum(terms[1:], terms[0]).to(ctx.dtype)


def _primals(ctx: Any) -> list[Tensor]:
    """The saved tensors without their tangents of the level that is being differentiated.

    PyTorch turns forward mode off inside jvp, for all levels, so that jacfwd of jacfwd is silently 0
    (pytorch/pytorch issue 197867). It is turned on again there; this level must not be differentiated twice.
    """
    return [unpack_dual(t).primal for t in ctx.saved_tensors]  # type: ignore[no-untyped-call]


def _applied(plan: Plan, dtype: torch.dtype, tensors: Sequence[Tensor]) -> Tensor:
    """Where nothing looks on, past PyTorch's search for default arguments, which takes as long as 10,000 elements.

    ``Function.apply`` binds the arguments, unwraps what torch.func has left behind, and calls the ``apply`` of its
    base class; there are no defaults to bind here.
    """
    if _watched() or torch._C._are_functorch_transforms_active():
        return _Elementwise.apply(plan, dtype, *tensors)  # type: ignore[no-any-return, no-untyped-call]
    live = unwrap_dead_wrappers(tuple(tensors))
    if forward_ad._current_level < 0 and not (torch.is_grad_enabled() and any(t.requires_grad for t in live)):
        return _computed(plan, dtype, live)
    return super(torch.autograd.Function, _Elementwise).apply(plan, dtype, *live)  # type: ignore[no-any-return, no-untyped-call]


def _slope(plan: Plan, tensors: Sequence[Tensor]) -> Tensor:
    """A derivative, not yet rounded to 16 bits."""
    return _applied(plan, _working(tensors[0].dtype), tensors)


def _pulled(gradient: Tensor, slope: Plan, tensors: Sequence[Tensor], tensor: Tensor) -> Tensor:
    """The gradient by one of the tensors: multiplied and summed in the working dtype, rounded once.

    In one pass, but for a batch of gradients under vmap: what runs there is limited to what has a batching rule.
    """
    if _is_batch(gradient):
        product = gradient * _slope(slope, tensors)
    else:
        product = _applied(slope.times_incoming(), _working(tensor.dtype), (*tensors, gradient))
    if product.shape != tensor.shape:
        product = product.sum_to_size(tensor.shape)
    return product if product.dtype == tensor.dtype else product.to(tensor.dtype)


def _working(dtype: torch.dtype) -> torch.dtype:
    return torch.float32 if dtype.itemsize == 2 else dtype


def _computed(plan: Plan, dtype: torch.dtype, tensors: Sequence[Tensor]) -> Tensor:
    """The value, computed in float32 or wider, rounded once to ``dtype``, in the common shape of the tensors."""
    first, shape = tensors[0], _common_shape(plan.names, tensors)
    known = dtype in _OF_NUMPY or (dtype in _TABLES and len(tensors) == 1)
    if known and not _watched() and all(_is_plain(t, dtype) for t in tensors):
        return _by_numpy(plan, shape, tensors)
    working = _working(first.dtype)
    value = plan.evaluate(_words(working), [t.to(working) for t in tensors])
    if not isinstance(value, Tensor):
        return torch.full(shape, value, dtype=dtype, device=first.device)
    if value.shape != shape:
        return value.to(dtype).expand(shape).contiguous()
    return value.to(dtype, copy=any(value is t for t in tensors))  # an autograd function must not return its input


def _by_numpy(plan: Plan, shape: torch.Size, tensors: Sequence[Tensor]) -> Tensor:
    """The value as NumPy computes it, by the compiled kernel once it is in memory, without a copy of the tensors."""
    first = tensors[0]
    answer = torch.empty_like(first) if first.shape == shape else first.new_empty(shape)
    if plan.names == plan.expression.inputs:
        kernel = _numpy.shortcut(plan.expression, dict(plan.numbers))
        if kernel and kernel(_as_array(answer), *map(_as_array, tensors)) is not NotImplemented:
            return answer
    from nonlin.kernels.threads import at_most

    target = answer
    if not answer.is_contiguous():  # channels last, for example: every tensor in the order of the answer's memory
        order = sorted(range(answer.ndim), key=answer.stride, reverse=True)
        target, *tensors = (t.expand(shape).permute(order) for t in (answer, *tensors))
    arrays = {name: _as_array(t) for name, t in zip(plan.names, tensors, strict=True)}
    inputs = {name: arrays.pop(name) for name in plan.expression.inputs}
    parameters = {name: a.astype("float64") for name, a in arrays.items()}
    with at_most(torch.get_num_threads()):
        _numpy.compute(_as_array(target), plan.expression, inputs | parameters | dict(plan.numbers))
    return answer


_OF_NUMPY = (torch.float32, torch.float64)
_TABLES = (torch.float16, *((torch.bfloat16,) if find_spec("ml_dtypes") else ()))
"""NumPy knows bfloat16 by ml_dtypes alone; its tables are for functions of one input, so for the forward pass."""


def _as_array(x: Tensor) -> Any:
    """The memory of a tensor as an array."""
    if x.dtype != torch.bfloat16:
        return x.detach().numpy()
    from ml_dtypes import bfloat16

    return x.detach().view(torch.int16).numpy().view(bfloat16)


def _is_plain(x: Tensor, dtype: torch.dtype) -> bool:
    """Whether this is a tensor of numbers on the CPU, not lazy, that PyTorch is not transforming."""
    return type(x) in (Tensor, torch.nn.Parameter) and x.dtype == dtype and _keys(x) in _PLAIN


def _keys(x: Tensor) -> int:
    """Which implementations PyTorch takes for a tensor: they tell all that is unusual about it."""
    return torch._C._dispatch_keys(x).raw_repr()


@torch.inference_mode()
def _keys_in_inference() -> int:
    return _keys(torch.empty(0))


_PLAIN = {_keys(torch.empty(0)), _keys_in_inference()}


def _is_batch(x: Tensor) -> bool:
    """Whether this is a tensor of torch.func's transformations, or of what came before them."""
    inside = torch._C._functorch
    wrapped = inside.is_functorch_wrapped_tensor(x) or inside.is_legacy_batchedtensor(x)
    return wrapped or torch._is_functional_tensor(x)


def _watched() -> bool:
    """Whether the call is recorded or transformed: then PyTorch must see its operations."""
    return bool(torch.compiler.is_compiling() or _len_torch_dispatch_stack() or torch._C._is_tracing())


class InWords(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is active PyTorch computes tensors on the CPU as it does all others: by the words above."""

    def __torch_dispatch__(self, function: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return function(*args, **(kwargs or {}))


def shortcut(expression: Expression, numbers: Mapping[str, float]) -> Callable[..., Any]:
    """What computes plain tensors for these parameters, or answers NotImplemented."""
    return partial(_straight, Plan(expression, expression.inputs, tuple(numbers.items())))


def _straight(plan: Plan, out: Any, *tensors: Any) -> Any:
    first = tensors[0]
    if _watched() or out is not None or type(first) is not Tensor or first.dtype not in _OF_NUMPY:
        return NotImplemented
    for other in tensors[1:]:
        if type(other) is not Tensor or other.shape != first.shape or other.dtype != first.dtype:
            return NotImplemented
    return _applied(plan, first.dtype, tensors) if _keys(first) in _PLAIN else NotImplemented


def value_and_derivative(expression: Expression, x: Any, parameters: Mapping[str, Any]) -> None:
    """Two passes: each is to be differentiable."""


def _common_shape(names: Sequence[str], tensors: Sequence[Tensor]) -> torch.Size:
    shape = tensors[0].shape
    if all(t.shape == shape for t in tensors[1:]):  # PyTorch's answer takes as long as a kernel of 10,000 elements
        return shape
    try:
        return torch.broadcast_shapes(*(t.shape for t in tensors))  # type: ignore[no-any-return, no-untyped-call]
    except RuntimeError:
        shapes = ", ".join(f"{n} {tuple(t.shape)}" for n, t in zip(names, tensors, strict=True) if t.ndim)
        raise InputError(f"the shapes {shapes} do not broadcast; give tensors that fit each other") from None


# ---- vector functions and gated units -------------------------------------------------------------------------------


def split(value: Any, axis: int, name: str) -> tuple[Tensor, Tensor]:
    """The two halves of ``value`` along ``axis`` (its length is even)."""
    first, second = torch.chunk(as_input(value, name), 2, axis)
    return first, second


def join(parts: Sequence[Tensor], axis: int) -> Tensor:
    return torch.cat(list(parts), axis)


def moved_last(value: Tensor, axis: int) -> Tensor:
    return torch.movedim(value, axis, -1)


def eye(n: int, like: Tensor) -> Tensor:
    """The unit matrix of n rows in the dtype of ``like``."""
    return torch.eye(n, dtype=like.dtype, device=like.device)


def apply_along(
    function: VectorFunction, value: Any, parameters: dict[str, Any], axis: int, tangent: Any = None
) -> Tensor:
    """A vector function, or with ``tangent`` its vector-Jacobian product, along ``axis``; both differentiable."""
    numbers = {k: v for k, v in parameters.items() if isinstance(v, float)}
    given = {"x": value, **{k: v for k, v in parameters.items() if k not in numbers}, "g": tangent}
    tensors = {k: as_input(v, k) for k, v in given.items() if v is not None}
    return _traceable(_run_along)(function.formulas, tuple(tensors), tuple(numbers.items()), axis, *tensors.values())


def _run_along(formulas: Formulas, names: tuple[str, ...], numbers: Numbers, axis: int, *tensors: Tensor) -> Tensor:
    rows = _Rows(formulas, names, numbers, axis)
    if names[-1] == "g":
        return rows.evaluated(formulas.vjp, tensors).to(tensors[0].dtype)
    return _Along.apply(rows, *tensors)  # type: ignore[no-any-return, no-untyped-call]


@dataclass(frozen=True)
class _Rows:
    """A vector function of tensors, x and perhaps parameters, with its numbers."""

    formulas: Formulas
    names: tuple[str, ...]
    numbers: Numbers
    axis: int

    def pulled(self, name: str, tensors: Sequence[Tensor], gradient: Tensor) -> Tensor:
        """The gradient by one of the tensors, given that by the value."""
        tensor = tensors[self.names.index(name)]
        if name == "x":
            return self.evaluated(self.formulas.vjp, (*tensors, gradient)).to(tensor.dtype)
        slope = self.evaluated(self.formulas.partial(name), tensors)
        return (gradient.to(slope.dtype) * slope).sum_to_size(tensor.shape).to(tensor.dtype)

    def moved(self, name: str, tensors: Sequence[Tensor], tangent: Tensor) -> Tensor:
        """What a change of one of the tensors changes in the value.

        The product with J is the transpose of that with J^T, which is the vector-Jacobian formula, linear in g.
        """
        if name != "x":
            return self.evaluated(self.formulas.partial(name), tensors) * tangent
        pull = partial(self.pulled, "x", tensors)
        return torch.func.vjp(pull, torch.zeros_like(tensors[0]))[1](tangent)[0]  # type: ignore[no-any-return]

    def evaluated(self, root: Node, tensors: Sequence[Tensor]) -> Tensor:
        """``root`` of the tensors and perhaps one more, g; in the dtype that is worked in."""
        working = _working(tensors[0].dtype)
        values = dict(zip((*self.names, "g"), (t.to(working) for t in tensors), strict=False))
        root = closed(root, self.numbers)
        return evaluate(root, _words(working), values, self.axis)  # type: ignore[arg-type, no-any-return]


class _Along(torch.autograd.Function):
    """A vector function: backward is its vector-Jacobian formula, differentiated further by PyTorch itself."""

    generate_vmap_rule = True

    @staticmethod
    def forward(rows: _Rows, *tensors: Tensor) -> Tensor:
        return rows.evaluated(rows.formulas.tree, tensors).to(tensors[0].dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.rows, *tensors = inputs
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        tensors, wanted = ctx.saved_tensors, zip(ctx.rows.names, ctx.needs_input_grad[1:], strict=True)
        return None, *(ctx.rows.pulled(name, tensors, gradient) if needed else None for name, needed in wanted)

    @staticmethod
    def jvp(ctx: Any, _rows: None, *tangents: Tensor | None) -> Tensor:
        tensors, given = _primals(ctx), zip(ctx.rows.names, tangents, strict=True)
        with _set_fwd_grad_enabled(True):
            terms = [ctx.rows.moved(name, tensors, t) for name, t in given if t is not None]
            return sum(terms[1:], terms[0]).to(tensors[0].dtype)  # type: ignore[no-any-return]


def uniform(generator: torch.Generator, low: float, high: float, like: Any) -> Tensor:
    """Independent draws from U(low, high), one for each element of ``like``."""
    return _to_fill(generator, like).uniform_(low, high, generator=generator)


def normal(generator: torch.Generator, mean: float, deviation: float, like: Any) -> Tensor:
    """Independent normal draws, one for each element of ``like``."""
    return _to_fill(generator, like).normal_(mean, deviation, generator=generator)


def _to_fill(generator: Any, like: Any) -> Tensor:
    if not isinstance(generator, torch.Generator):
        raise InputError(f"generator must be a torch.Generator, got {type(generator).__name__}")
    x = as_input(like, "x")
    return torch.empty(x.shape, dtype=_working(x.dtype), device=x.device)
