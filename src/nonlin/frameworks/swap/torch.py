"""Activations in PyTorch models: modules, functions held as attributes, and calls in forward."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from nonlin.core import Activation
from nonlin.errors import InputError
from nonlin.frameworks.swap import tracing
from nonlin.frameworks.swap.rules import Kind, Rule, Rules, Site, rules
from nonlin.frameworks.swap.source import UNKNOWN, Body, Call, UnreadableError, bodies
from nonlin.frameworks.swap.torch_kinds import function_kind, method, module_kind, spelling
from nonlin.frameworks.torch import ActivationModule

IN_PLACE = "it works in place on a tensor that is used again"
LOOKED_AT = "modules, functions held as attributes, and calls in forward"
Found = Kind | str | None
Change = Callable[[Any], None]
Work = Iterator[tuple[Site, Change | None]]


def sites(model: nn.Module, mapping: Any) -> list[Site]:
    """Every site of the model; nothing changes."""
    check(model, "swap")
    return [site for site, _ in Swap(model, rules(mapping, nn.Module, "torch")).work()]


def swapped(model: nn.Module, mapping: Any, inplace: bool) -> tuple[nn.Module, list[Site], str]:
    """The model with the changes, all its sites, and what else is to be said."""
    check(model, "swap")
    of = rules(mapping, nn.Module, "torch")
    if (what := module_kind(model)) and isinstance(what, Kind) and (rule := of.rule(what)):
        return _instead(model, rule, inplace), [Site("(model)", type(model).__name__, str(what), rule.becomes)], ""
    swap = Swap(model if inplace else _copied(model), of)
    for site, change in (work := list(swap.work())):
        if change and site.changes and site.rule:
            change(site.rule)
    _leave_nested(swap.model)
    alone = (
        f"; only forward is changed: {', '.join(sorted(swap.inner))} called alone is as before" if swap.inner else ""
    )
    return swap.model, [site for site, _ in work], alone


def _instead(model: nn.Module, rule: Rule, inplace: bool) -> nn.Module:
    if inplace:
        raise InputError("the model is itself the activation, which cannot be changed in place; leave out inplace=True")
    return _new(rule, model.training, (model,), model)


def _copied(model: nn.Module) -> nn.Module:
    try:
        return copy.deepcopy(model)
    except (RuntimeError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"the model cannot be copied ({reason}); pass inplace=True to change it itself") from error


# ---- models that cannot be changed ----------------------------------------------------------------------------------


def check(model: nn.Module, who: str) -> None:
    """Raises InputError for a model whose computation is fixed: compiled, scripted, quantised or distributed."""
    for path, module in model.named_modules():
        for is_fixed, advice in FIXED:
            if is_fixed(module):
                raise InputError(f"{who} cannot change {path or 'the model'} ({type(module).__name__}), which {advice}")


def _quantised(module: nn.Module) -> bool:
    tensors = (*module.parameters(recurse=False), *module.buffers(recurse=False))
    return ".quantized" in type(module).__module__ or any(t.is_quantized for t in tensors)


def _exported(module: nn.Module) -> bool:
    nodes = module.graph.nodes if isinstance(module, torch.fx.GraphModule) else ()
    return any(isinstance(node.target, torch._ops.OpOverload) for node in nodes)


FIXED: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (
        lambda module: isinstance(module, torch._dynamo.eval_frame.OptimizedModule),
        "torch.compile made; pass the module that was compiled, ._orig_mod, and compile the answer",
    ),
    (
        lambda module: module.__dict__.get("_compiled_call_impl") is not None,
        "is compiled by its compile(); pass a model that is not, and compile the answer",
    ),
    (
        lambda module: isinstance(module, torch.jit.ScriptModule),
        "torch.jit made; pass the module that was scripted or traced, and script the answer",
    ),
    (_exported, "torch.export made; pass the module that was exported, and export the answer"),
    (_quantised, "is quantised; pass the model before quantisation, and quantise the answer"),
    (
        lambda module: isinstance(module, DistributedDataParallel),
        "is spread over processes; pass its .module, and wrap the answer",
    ),
)


# ---- sites ----------------------------------------------------------------------------------------------------------


@dataclass
class Swap:
    """One walk through a model.

    ``made``: the new module for each old one, so that shared modules stay shared. ``spoiling``: modules that change
    a tensor which is used again, as new ones would not. ``inner``: methods that a forward calls, whose calls are
    exchanged in that forward.
    """

    model: nn.Module
    rules: Rules
    made: dict[int, nn.Module] = field(default_factory=dict)
    spoiling: set[nn.Module] = field(default_factory=set)
    inner: set[str] = field(default_factory=set)

    def work(self) -> Work:
        """Every site with what changes it, given the rule."""
        modules = dict(self.model.named_modules())
        self.spoiling = {m for module in modules.values() if not _of_torch(module) for m in tracing.spoiling(module)}
        for path, module in modules.items():
            for where, found, what, reason, change in self._seen(path, module):
                weight = "it computes a weight" if "parametrizations" in where.split(".") else ""
                if site := self.rules.site(where or "(model)", found, what, reason or weight):
                    yield site, change

    def _seen(self, path: str, module: nn.Module) -> Iterator[Seen]:
        if module is self.model:
            yield "", type(module).__name__, module_kind(module), "", None
        for name, child in module._modules.items():
            where = f"{path}.{name}" if path else name
            reason = IN_PLACE if child in self.spoiling else ""
            yield where, type(child).__name__, module_kind(child), reason, partial(self._module, module, name, child)
        if isinstance(module, ActivationModule) or module_kind(module) is not None:
            return
        for name, value in vars(module).items():
            if name not in _OF_EVERY_MODULE:
                yield from self._held(path, module, name, value)
        if not _of_torch(module):
            yield from self._calls(path, module)

    def _held(self, path: str, module: nn.Module, name: str, value: Any) -> Iterator[Seen]:
        """Functions held as attributes; what is held in a list is seen, and so are the names of recurrent layers."""
        if isinstance(value, list | tuple | dict):
            reason = f"in a {type(value).__name__} PyTorch finds no modules; use nn.ModuleList or nn.ModuleDict"
            for thing in value.values() if isinstance(value, dict) else value:
                yield path, f"in {name}", module_kind(thing) or function_kind(thing), reason, None
        elif isinstance(module, nn.RNN | nn.RNNCell) and name == "nonlinearity":
            reason = f"{type(module).__name__} computes it inside; write the recurrence with an activation of its own"
            yield path, f"{name}={value}", function_kind(getattr(torch, value)), reason, None
        elif isinstance(value, FunctionType) and function_kind(value) is None:
            yield from _in_function(path, name, value)
        else:
            change = partial(self._function, module, name)
            yield path, f"{name}={spelling(value)}", function_kind(value), "", change

    def _calls(self, path: str, module: nn.Module) -> Iterator[Seen]:
        """Calls in a forward: those of its graph if a key may fit one and it can be traced, else those in its text."""
        try:
            texts = bodies(tracing.written(module), module)
        except UnreadableError:
            reason = "its source cannot be read; define the class in a file"
            yield path, f"forward of {type(module).__name__}", reason, "", None
            return
        seen = [(path, *_call(call)) for text in texts for call in text.calls()]
        fits = any(self._fits(what) for _, _, what in seen)
        if not fits and not any(call.is_open for text in texts for call in text.calls()):
            yield from ((*call, "", None) for call in seen)
            return
        try:
            yield from list(self._traced(path, module, texts))
        except tracing.UntraceableError as error:
            yield from ((*call, str(error) if fits else "", None) for call in seen)

    def _fits(self, what: Found) -> bool:
        return isinstance(what, Kind) and self.rules.rule(what) is not None

    def _traced(self, path: str, module: nn.Module, texts: list[Body]) -> Iterator[Seen]:
        tracing.refuse(module, texts)
        training, evaluation = (_activations(graph) for graph in tracing.graphs(module))
        if [node.name for node in training] != [node.name for node in evaluation]:
            raise tracing.UntraceableError("its forward calls other activations in training than in evaluation")
        inner = (t for t in texts if t.owner is module and any(self._fits(_call(call)[1]) for call in t.calls()))
        self.inner |= {f"{type(module).__name__}.{text.function.__name__}" for text in inner if text is not texts[0]}
        for node, other in zip(training, evaluation, strict=True):
            if node.name not in getattr(module, "_calls", ()):
                spoilt = tracing.spoils(node) or tracing.spoils(other)
                reason = IN_PLACE if spoilt else ""
                found = f"call of {spelling(_function(node))}, {node.name} in the graph"
                yield path, found, training[node], reason, partial(self._call, module, node.name)

    # ---- changes ----

    def _module(self, parent: nn.Module, name: str, old: Any, rule: Rule) -> None:
        if id(old) not in self.made:
            self.made[id(old)] = _new(rule, old.training, (old, parent, self.model), old)
        _put(parent, name, self.made[id(old)])

    def _function(self, parent: nn.Module, name: str, rule: Rule) -> None:
        _put(parent, name, _new(rule, parent.training, (parent, self.model)))

    def _call(self, parent: nn.Module, node: str, rule: Rule) -> None:
        tracing.install(parent, node, _new(rule, parent.training, (parent, self.model)))


Seen = tuple[str, str, Found, str, Change | None]
"""Path, how it is written, what it computes, why it cannot be changed, and what changes it."""

_OF_EVERY_MODULE = frozenset(vars(nn.Module()))


def _in_function(path: str, name: str, function: FunctionType) -> Iterator[Seen]:
    """The calls in a function that a module holds and that is no activation itself."""
    try:
        texts = bodies(function, None)
    except UnreadableError:
        yield path, f"{name}={spelling(function)}", f"its source cannot be read; let {name} hold a module", "", None
        return
    reason = f"it is inside the function that {name} holds; let {name} hold an activation or a module"
    yield from ((path, *_call(call), reason, None) for text in texts for call in text.calls())


def _of_torch(module: nn.Module) -> bool:
    """Whether a forward is PyTorch's own, which is left as it is."""
    written = tracing.written(module)
    return (written.__module__ or "").partition(".")[0] == "torch" and not isinstance(module, torch.fx.GraphModule)


def _call(call: Call) -> tuple[str, Found]:
    """How a call in a source is written, and what it computes as far as its arguments are literals."""
    positional, keywords = call.arguments()
    target, start = call.target, 1
    if target is UNKNOWN or isinstance(getattr(target, "__self__", None), torch.Tensor):
        target, start = method(call.method), 0
    what = function_kind(target, tuple(positional[start:]), keywords)
    return f"call of {spelling(target)}, line {call.line}", what


def _function(node: torch.fx.Node) -> Any:
    """The function that a node of a graph calls, also as a method; None for other nodes."""
    if node.op == "call_method":
        return method(str(node.target))
    return node.target if node.op == "call_function" else None


def _activations(graph: torch.fx.Graph) -> dict[torch.fx.Node, Found]:
    """The nodes that compute an activation, and which."""
    kinds = {
        node: function_kind(
            _function(node), tuple(node.args[1:]), {k: v for k, v in node.kwargs.items() if k != "input"}
        )
        for node in graph.nodes
    }
    return {node: what for node, what in kinds.items() if what is not None}


def _put(parent: nn.Module, name: str, new: nn.Module) -> None:
    setattr(parent, name, new)
    if "activation_relu_or_gelu" in vars(parent):  # nn.TransformerEncoderLayer: 0 switches its own kernel off
        vars(parent)["activation_relu_or_gelu"] = 0
    if isinstance(parent, nn.TransformerDecoderLayer):  # copies of it get ReLU where this is no plain attribute
        vars(parent)[name] = new


def _leave_nested(model: nn.Module) -> None:
    """Keep encoders of Transformers from making the nested tensors that only PyTorch's own kernel of a layer takes."""
    for encoder in (m for m in model.modules() if isinstance(m, nn.TransformerEncoder)):
        if any(vars(layer).get("activation_relu_or_gelu") == 0 for layer in encoder.layers):
            encoder.use_nested_tensor = False


def _new(rule: Rule, training: bool, near: tuple[nn.Module, ...], old: nn.Module | None = None) -> nn.Module:
    """The module that a rule makes: in the mode, and on the device with the dtype of the parameters that are near.

    It takes the hooks of the old one, in the very dictionaries from which their handles remove them.
    """
    value = rule.value
    new: nn.Module = value.torch() if isinstance(value, Activation) else copy.deepcopy(value)
    like = next((p for module in near for p in module.parameters() if p.is_floating_point()), None)
    new = (new if like is None else new.to(like.device, like.dtype)).train(training)
    new.__dict__.update({k: v for k, v in vars(old).items() if "_hooks" in k and v} if old is not None else {})
    return new
