"""Calls in a forward that are replaced by modules: torch.fx traces the forward, and a subclass computes the graph."""

from __future__ import annotations

import ast
import inspect
import random
from collections.abc import Callable, Iterable, Mapping
from functools import partial, reduce, wraps
from types import FunctionType
from typing import Any

import torch
from torch import fx, nn
from torch.overrides import TorchFunctionMode
from torch.utils import checkpoint

from nonlin.core import Activation
from nonlin.errors import InputError
from nonlin.frameworks.swap.source import UNKNOWN, Body, UnreadableError, bodies


class UntraceableError(Exception):
    """Why a forward cannot be traced, in words."""


def written(module: nn.Module) -> FunctionType:
    """The forward that was written for the class of a module, whatever was swapped in it since."""
    return own_class(module).forward  # type: ignore[return-value]


def own_class(module: Any) -> type[nn.Module]:
    """The class of a module, without what :func:`install` added."""
    return next(c for c in type(module).__mro__ if issubclass(c, nn.Module) and not issubclass(c, Swapped))


# ---- what a graph would lose ----------------------------------------------------------------------------------------


def refuse(module: nn.Module, texts: Iterable[Body]) -> None:
    """Raises UntraceableError for what torch.fx would drop, or decide once, without saying so."""
    if isinstance(module, fx.GraphModule):
        raise UntraceableError("it is itself a graph of torch.fx; swap the module that was traced")
    if "forward" in vars(module):
        raise UntraceableError("its forward was replaced on the instance")
    arguments = inspect.signature(written(module)).parameters.values()
    if several := [a for a in arguments if a.kind in (a.VAR_POSITIONAL, a.VAR_KEYWORD)]:
        raise UntraceableError(f"its forward takes {several[0]}, which torch.fx would not keep")
    for text in texts:
        for node in ast.walk(text.node):
            if why := _lost(node, text):
                raise UntraceableError(f"{why} (line {text.line(node)}), which torch.fx would not keep")


def _lost(node: ast.AST, text: Body) -> str:
    if isinstance(node, ast.FunctionDef) and node.decorator_list:
        return f"{node.name} has a decorator"
    if isinstance(node, ast.Global | ast.Nonlocal):
        return f"its forward sets {', '.join(node.names)}"
    if isinstance(node, ast.With | ast.Try):
        return f"its forward has a {type(node).__name__.lower()} block"
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        kept = isinstance(node, ast.Attribute) or text.meaning(node.value) is not UNKNOWN
        return f"its forward sets {ast.unparse(node)}" if kept else ""
    if isinstance(node, ast.Compare) and any(isinstance(o, ast.Is | ast.IsNot) for o in node.ops):
        return f"its forward asks {ast.unparse(node)}" if text.reads_local(node) else ""
    return _lost_call(node, text) if isinstance(node, ast.Call) else ""


def _lost_call(node: ast.Call, text: Body) -> str:
    name = ast.unparse(node.func).rpartition(".")[2]
    if (name in ASKING_INPUT and text.reads_local(node)) or name in ASKING_MODE:
        return f"its forward asks {ast.unparse(node)}"
    target = text.meaning(node.func)
    owner = getattr(target, "__self__", None)
    if isinstance(owner, list | dict | set):
        return f"its forward changes {ast.unparse(node.func)}"
    if isinstance(owner, random.Random) or type(owner).__module__.startswith("numpy.random"):
        return f"its forward draws {ast.unparse(node)}"
    own = target in RUNNING or (isinstance(owner, type) and issubclass(owner, torch.autograd.Function))
    return f"its forward has a backward of its own, {ast.unparse(node.func)}" if own else ""


ASKING_INPUT = frozenset({"isinstance", "hasattr", "type", "callable", "is_tensor"})
RUNNING = (checkpoint.checkpoint, checkpoint.checkpoint_sequential)
ASKING_MODE = frozenset({"is_grad_enabled", "is_autocast_enabled", "is_inference_mode_enabled"})


def spoils(node: fx.Node) -> bool:
    """Whether a call works in place on a tensor that is used elsewhere too, where a new tensor would be missed."""
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    in_place = name.endswith("_") or node.kwargs.get("inplace") is True or True in node.args[1:]
    return in_place and len(node.all_input_nodes[0].users) > 1


def spoiling(module: nn.Module) -> set[nn.Module]:
    """The modules that a forward lets work in place on a tensor that it uses again, as far as it can be traced."""
    if not any(getattr(child, "inplace", False) for child in module.children()):
        return set()
    try:
        refuse(module, bodies(written(module), module))
        nodes = [node for graph in graphs(module) for node in graph.nodes if node.op == "call_module"]
    except (UntraceableError, UnreadableError):
        return set()
    again = [str(n.target) for n in nodes if n.all_input_nodes and len(n.all_input_nodes[0].users) > 1]
    called = [reduce(getattr, path.split("."), module) for path in again]
    return {thing for thing in called if getattr(thing, "inplace", False)}


# ---- tracing --------------------------------------------------------------------------------------------------------


class _OneLevel(fx.Tracer):
    """Goes into no submodule: those that need it are traced themselves."""

    proxy_buffer_attributes = True

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return True


class _Made(TorchFunctionMode):
    """Notes the functions called while tracing with no traced tensor: the graph would keep what they gave once."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if not any(issubclass(t, fx.Proxy) for t in types):
            self.names.append(str(getattr(func, "__name__", func)))
        return func(*args, **(kwargs or {}))


def graphs(module: nn.Module) -> tuple[fx.Graph, fx.Graph]:
    """What the written forward does in training and in evaluation. Raises UntraceableError."""
    return _graph(module, True), _graph(module, False)


def _graph(module: nn.Module, training: bool) -> fx.Graph:
    twin, made = _twin(module), _Made()
    twin.__dict__["training"] = training
    try:
        with torch.random.fork_rng(devices=[]), made:
            graph = _OneLevel().trace(twin)
    except Exception as error:  # the forward ran with stand-ins for tensors: anything may come of it
        raise UntraceableError(
            f"torch.fx cannot trace its forward: {str(error).strip().partition(chr(10))[0]}"
        ) from error
    if made.names or any("_tensor_constant" in str(node.target) for node in graph.nodes):
        raise UntraceableError(f"its forward makes a tensor ({' '.join(made.names[:1])}) that torch.fx would make once")
    return graph


def _twin(module: nn.Module) -> nn.Module:
    """The module with the class that was written, sharing all it has; what tracing sets on it goes with it.

    Functions that it holds are modules there, so that the graph calls what is held, function or module.
    """
    own = own_class(module)
    twin = object.__new__(own)
    held = {name: nn.Identity() for name, value in vars(module).items() if is_function(value)}
    twin.__dict__.update({k: v for k, v in vars(module).items() if k not in held})
    twin.__dict__["_modules"] = {**module._modules, **held}
    return twin


def is_function(value: object) -> bool:
    """Whether an attribute is a function: not a module, and not a class."""
    return inspect.isroutine(value) or isinstance(value, partial | Activation)


# ---- computing the graph --------------------------------------------------------------------------------------------


class Swapped:
    """Put before the class that was written, in a class of the same name whose forward has modules for some calls.

    ``_calls`` says for which: names of nodes in the graph, and of submodules. ``_fixed`` has the plain attributes that
    the forward reads, whose values are now part of the graph. Copies and pickles are made from the written class.
    """

    _calls: Mapping[str, str]
    _fixed: Mapping[str, Any]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _empty, (own_class(self), dict(self._calls)), super().__reduce_ex__(protocol)[2]

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)  # type: ignore[misc]
        _compute(self, self._calls)  # type: ignore[arg-type]

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._fixed and value != self._fixed[name]:
            raise InputError(
                f"{type(self).__name__}.{name} = {self._fixed[name]!r} is part of the forward since activations were "
                "swapped in it; set it before nonlin.swap"
            )
        super().__setattr__(name, value)


def _empty(own: type[nn.Module], calls: dict[str, str]) -> Any:
    """A module without state, which comes next."""
    return object.__new__(_subclass(own, calls, {}, own.forward))


def _subclass(own: type[nn.Module], calls: Mapping[str, str], fixed: Mapping[str, Any], forward: Any) -> type[Any]:
    same = {k: getattr(own, k) for k in ("__module__", "__qualname__", "__doc__")}
    return type(own.__name__, (Swapped, own), {**same, "_calls": calls, "_fixed": fixed, "forward": forward})


def install(module: nn.Module, node: str, new: nn.Module) -> None:
    """Let a new submodule compute the call of a node of the graph."""
    name = f"swapped_{node}"
    while hasattr(module, name):
        name += "_"
    module.add_module(name, new)
    _compute(module, {**getattr(module, "_calls", {}), node: name})


def _compute(module: nn.Module, calls: Mapping[str, str]) -> None:
    """Give a module the class that computes its graph with submodules for the calls."""
    forward = _either(*(_forward(module, graph, calls) for graph in graphs(module)))
    module.__class__ = _subclass(own_class(module), calls, _read(module), forward)


def _read(module: nn.Module) -> dict[str, Any]:
    """The plain attributes that a forward reads, with their values."""
    texts = bodies(written(module), module)
    names = {n.attr for text in texts for n in ast.walk(text.node) if isinstance(n, ast.Attribute)} - {"training"}
    return {k: v for k, v in vars(module).items() if k in names and isinstance(v, int | float | str | None)}


def _forward(module: nn.Module, graph: fx.Graph, calls: Mapping[str, str]) -> FunctionType:
    """The function that a graph becomes, its calls replaced."""
    for node in [n for n in graph.nodes if n.name in calls]:
        with graph.inserting_after(node):
            new = graph.call_module(calls[node.name], (node.all_input_nodes[0],))
        node.replace_all_uses_with(new)
        graph.erase_node(node)
    return type(fx.GraphModule(_twin(module), graph)).forward  # type: ignore[return-value]


def _either(training: FunctionType, evaluation: FunctionType) -> Callable[..., Any]:
    one, other = training.__code__, evaluation.__code__
    if (one.co_code, one.co_consts, one.co_names) == (other.co_code, other.co_consts, other.co_names):
        return training

    @wraps(training)  # so that its arguments are those of the graphs
    def forward(self: Any, *inputs: Any, **named: Any) -> Any:
        return (training if self.training else evaluation)(self, *inputs, **named)

    return forward
