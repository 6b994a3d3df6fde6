"""Which activation follows each layer of a PyTorch model, and weights that are drawn accordingly."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import fx, nn

from nonlin.errors import InputError
from nonlin.frameworks.initialise import Drawn, gain_of
from nonlin.frameworks.swap.rules import Kind
from nonlin.frameworks.swap.torch import check
from nonlin.frameworks.swap.torch_kinds import function_kind, method, module_kind
from nonlin.frameworks.swap.tracing import own_class
from nonlin.frameworks.torch import ActivationModule

TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, *TRANSPOSED)
PASSED = ("BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm", "RMSNorm", "LocalResponseNorm", "Dropout", "Pool",
          "Flatten", "Unflatten", "Identity", "Upsample", "Pad", "PixelShuffle", "FeatureAlphaDropout")  # fmt: skip
PASSED_CALLS = frozenset({"flatten", "reshape", "view", "permute", "transpose", "contiguous", "squeeze", "unsqueeze",
                          "add", "iadd", "add_", "dropout", "dropout2d", "batch_norm", "layer_norm", "max_pool2d",
                          "avg_pool2d", "adaptive_avg_pool2d", "mean", "interpolate", "pad"})  # fmt: skip
ASKING = frozenset({"size", "dim", "getattr", "numel"})
NOTHING = "nothing follows"
UNSEEN = "what follows is not seen"


def drawn(model: nn.Module, mode: str, generator: torch.Generator | None) -> Iterator[Drawn]:
    """Draw the weights of each layer, and say how."""
    check(model, "initialise")
    if not isinstance(generator, torch.Generator | None):
        raise InputError(f"generator must be a torch.Generator, got {generator!r}; leave it out for PyTorch's own")
    layers = {path: module for path, module in model.named_modules() if isinstance(module, LAYERS)}
    for path, layer in layers.items():
        if any(isinstance(p, nn.UninitializedParameter) for p in layer.parameters()):
            raise InputError(
                f"{path or 'the model'} ({type(layer).__name__}) has no shape yet; give it one batch first"
            )
    after, owners = followers(model), _owners(model)
    for path, layer in layers.items():
        end = NOTHING if layer is model else UNSEEN
        shared = owners.get(layer._parameters.get("weight"), path)
        if shared != path:
            yield Drawn(path, type(layer).__name__, "", 0, 0, 0, f"left as it is: its weight is that of {shared}")
        else:
            yield _drawn(path or "(model)", layer, after.get(layer, end), mode, generator)


def _owners(model: nn.Module) -> dict[Any, str]:
    """The path of the first module that has each parameter: where weights are shared, it is the one they belong to."""
    owners: dict[Any, str] = {}
    for path, module in model.named_modules():
        for parameter in module.parameters(recurse=False):
            owners.setdefault(parameter, path)
    return owners


def _drawn(path: str, layer: Any, follower: Kind | str, mode: str, generator: torch.Generator | None) -> Drawn:
    kept = "left as it is: "
    if "weight" not in layer._parameters:
        return Drawn(path, type(layer).__name__, "", 0, 0, 0, f"{kept}its weight is computed from others")
    if not layer.weight.requires_grad:
        return Drawn(path, type(layer).__name__, "", 0, 0, 0, f"{kept}it requires no gradient")
    name, gain, note = gain_of(follower, mode)
    fan = fans(layer)[mode == "fan_out"]
    std = gain / math.sqrt(fan) if fan else 0.0
    with torch.no_grad():
        layer.weight.normal_(0, std, generator=generator)
        if layer.bias is not None:
            layer.bias.zero_()
    return Drawn(path, type(layer).__name__, name, gain, fan, std, note)


def fans(layer: Any) -> tuple[float, float]:
    """How many numbers an output of a layer is made of, and to how many outputs a number goes; without the edges."""
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    window, steps = math.prod(layer.kernel_size), math.prod(layer.stride)
    into, out = layer.in_channels // layer.groups * window, layer.out_channels // layer.groups * window
    return (into / steps, out) if isinstance(layer, TRANSPOSED) else (into, out / steps)


# ---- what follows ---------------------------------------------------------------------------------------------------


def followers(model: nn.Module) -> dict[nn.Module, Kind | str]:
    """For each layer that is in a graph the activation that follows, or why there is none."""
    with _untouched(model):
        closed = _closed(model)
        found = {} if model in closed else _in_graph(model, closed, NOTHING)
        for parent in closed:
            for child in parent.children():
                found |= _in_graph(child, closed, UNSEEN) if child not in closed and not _is_leaf(child) else {}
    return found


@contextmanager
def _untouched(model: nn.Module) -> Iterator[None]:
    """Whatever a forward sets on its modules while it is traced is taken back."""
    before = [(module, dict(vars(module))) for module in model.modules()]
    try:
        yield
    finally:
        for module, attributes in before:
            vars(module).clear()
            vars(module).update(attributes)


def _is_leaf(module: nn.Module) -> bool:
    """Whether a module is one of PyTorch's own, or an activation: what is in it is not looked at."""
    own = own_class(module).__module__.partition(".")[0]
    return isinstance(module, ActivationModule) or (own == "torch" and not isinstance(module, nn.Sequential))


class _AllLevels(fx.Tracer):
    """Goes into every module but leaves and those that cannot be traced."""

    proxy_buffer_attributes = True

    def __init__(self, closed: set[nn.Module]) -> None:
        super().__init__()
        self.closed = closed

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return m in self.closed or _is_leaf(m)


def _closed(model: nn.Module) -> set[nn.Module]:
    """The modules that torch.fx cannot trace, the innermost ones: those around them are traced without them."""
    closed: set[nn.Module] = set()
    for module in reversed([m for m in model.modules() if not _is_leaf(m) or m is model]):
        try:
            _AllLevels(closed).trace(module)
        except Exception:  # the forward ran with stand-ins for tensors: anything may come of it
            closed.add(module)
    return closed


def _in_graph(root: nn.Module, closed: set[nn.Module], end: str) -> dict[nn.Module, Kind | str]:
    """The followers of the layers that a forward calls; ``end`` is what follows its last."""
    graph = _AllLevels(closed).trace(root)
    after: dict[nn.Module, set[Kind | str]] = {}
    for node in graph.nodes:
        if node.op == "call_module" and isinstance(layer := root.get_submodule(str(node.target)), LAYERS):
            after.setdefault(layer, set()).update(_after(root, node, end))
    return {layer: found.pop() if len(found) == 1 else "several things follow" for layer, found in after.items()}


def _after(root: nn.Module, node: fx.Node, end: str) -> set[Kind | str]:
    """What follows a node on all ways."""
    uses = [use for use in node.users if _name(use) not in ASKING]
    return {found for use in uses for found in _at(root, use, end)} or {end}


def _at(root: nn.Module, use: fx.Node, end: str) -> set[Kind | str]:
    if use.op == "output":
        return {end}
    module = root.get_submodule(str(use.target)) if use.op == "call_module" else None
    found = module_kind(module) if module is not None else _call_kind(use)
    if isinstance(found, str) or (isinstance(found, Kind) and not found.is_none):
        return {found}
    passed = found is not None or (_name(use) in PASSED_CALLS if module is None else _is_passed(module))
    name = _name(use) if module is None else type(module).__name__
    return _after(root, use, end) if passed else {f"{name} follows, which is no activation that is known"}


def _is_passed(module: nn.Module) -> bool:
    return any(part in type(module).__name__ for part in PASSED)


def _name(node: fx.Node) -> str:
    return node.target if isinstance(node.target, str) else str(getattr(node.target, "__name__", node.target))


def _call_kind(node: fx.Node) -> Kind | str | None:
    function = method(node.target) if isinstance(node.target, str) else node.target
    found: Kind | str | None = function_kind(function, tuple(node.args[1:]), node.kwargs)
    return found
