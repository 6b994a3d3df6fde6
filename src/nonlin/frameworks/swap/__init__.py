"""Another activation in a model that is there: `nonlin.swap`."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from typing import Any

from nonlin.errors import InputError, NonlinWarning
from nonlin.frameworks import framework
from nonlin.frameworks.arguments import said
from nonlin.frameworks.swap.rules import Sites


def swap(model: Any, mapping: Any, *, dry_run: bool = False, inplace: bool = False) -> Any:
    """The model with other activations: all of one function are exchanged for another.

    ``model`` is a PyTorch module or a Keras model. ``mapping`` says what becomes what. A key is a name, which fits the
    function with any parameters, or an Activation that ``with_parameters`` or a formula made, which fits those
    parameters only. A value is a name, a formula, an Activation, or a module or layer, of which each site gets a copy:
    ``nl.swish.torch(learnable=True)``. What computes the same function counts as the same, whatever its name: a layer,
    an ``activation=``, nonlin's own modules, and functions that forward calls, as far as torch.fx can trace it.

    The answer is a new model, unless ``inplace`` is True; all but the activations stays as it is, weights too. With
    ``dry_run=True`` nothing changes and the answer is a table of the sites: what they are, what they would become, and
    which are seen but cannot be changed, with the reason. docs/frameworks.md says where is looked, and what is not
    seen. Warns that trained weights need fine-tuning, or that nothing was replaced.

    Raises InputError for what is not a model or a mapping, and for PyTorch models that are compiled, scripted or
    quantised; UnknownActivation and FormulaError for keys and values.

    >>> import torch, nonlin as nl
    >>> model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LeakyReLU(0.2), torch.nn.Linear(4, 1))
    >>> nl.swap(model, {"leaky_relu": "gelu"}, dry_run=True)
    path  found      is                              becomes
    1     LeakyReLU  leaky_relu(negative_slope=0.2)  gelu
    1 of 1 sites change; looked at modules, functions held as attributes, and calls in forward
    """
    room = import_module(f"nonlin.frameworks.swap.{framework_of(model, 'swap')}")
    if dry_run:
        return Sites(tuple(room.sites(model, mapping)), room.LOOKED_AT)
    changed, sites, more = room.swapped(model, mapping, inplace)
    warnings.warn(_note(Sites(tuple(sites), room.LOOKED_AT), more), NonlinWarning, stacklevel=2)
    return changed


def _note(sites: Sites, more: str) -> str:
    """What was done, what could not be, and what is to be done now."""
    done = f"{sites.replaced} activations were replaced"
    missed = [f"{site.path} ({site.found}: {site.reason})" for site in sites.missed]
    left = f"; {len(missed)} could not be: {', '.join(missed[:3])}" if missed else ""
    if not sites.replaced:
        return f"{done} in the {len(sites)} sites found{left}; looked at {sites.looked_at}; dry_run=True lists them"
    return f"{done}{left}; weights that were trained with other activations need fine-tuning{more}"


def framework_of(model: Any, who: str) -> str:
    """torch or keras, asked only where it is loaded: a model is there, so its framework is."""
    for name, kind in (("keras", "Layer"), ("torch", "nn")):
        found = getattr(sys.modules.get(name), kind, None)
        if found is not None and isinstance(model, found if name == "keras" else found.Module):
            framework(name)
            return name
    got = said(model)
    raise InputError(f"{who} takes a PyTorch module or a Keras model, got {got}; in JAX pass the activation you want")
