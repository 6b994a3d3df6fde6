"""Machine code: made from the source of a module by Numba, once; linked into a process by LLVM alone.

Numba's own cache would load Numba and all it knows of NumPy, more than a second, in every process that only wants a
kernel made before. What is made here is an object file that needs nothing of Python.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from importlib.abc import InspectLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import Any

import llvmlite.binding as llvm

PREFIX = "nonlin_kernel_"
FOREIGN = frozenset({"feclearexcept", "sin", "cos", "tan"})
"""Functions of the C library that a kernel may call."""


def made(source: str, key: str) -> bytes:
    """The compiled C functions of a module with this source: their names and symbols in a line, and an object file."""
    from numba.core.ccallback import CFunc

    functions = {k: v for k, v in vars(_module(PREFIX + key, source)).items() if isinstance(v, CFunc)}
    symbols = {name: function.native_name for name, function in functions.items()}
    whole = llvm.parse_assembly("")
    for function in functions.values():
        whole.link_in(llvm.parse_assembly(function.inspect_llvm()))
    _leave_python_out(whole, [*symbols.values()])
    return b"\n".join([json.dumps(symbols).encode(), _target_machine().emit_object(whole)])


def _leave_python_out(module: Any, entries: list[str]) -> None:
    """Remove what would raise Python's errors, which these functions never do, and see that nothing else is needed."""
    for function in module.functions:
        if not function.is_declaration and function.name not in entries:
            function.linkage = "internal"  # so that it is seen to return no error
    passes = llvm.create_new_module_pass_manager()
    passes.add_ipsccp_pass()
    passes.add_simplify_cfg_pass()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(_target_machine(), llvm.create_pipeline_tuning_options()))
    needed = {f.name for f in module.functions if f.is_declaration and not f.name.startswith("llvm.")}
    if needed - FOREIGN:
        raise AssertionError(f"a kernel is to need nothing but itself, and needs {sorted(needed - FOREIGN)}")


class _Source(InspectLoader):
    """A module that lives in memory."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_source(self, _name: str) -> str:
        return self.text


def _module(name: str, source: str) -> Any:
    spec = spec_from_loader(name, _Source(source))
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - it was given one
    module = sys.modules[name] = module_from_spec(spec)  # Numba looks for it there
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


def linked(code: bytes) -> dict[str, int]:
    """The addresses of the functions in what `made` made, valid as long as the process lives."""
    line, _, binary = code.partition(b"\n")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(binary))
    engine.finalize_object()
    _engines.append((engine, binary))
    return {name: engine.get_function_address(symbol) for name, symbol in json.loads(line).items()}


_engines: list[Any] = []


@cache
def processor() -> str:
    """The processor and what it can do."""
    return f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def _target_machine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name, _, features = processor().partition(" ")
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=name, features=features, opt=3, reloc="pic", codemodel="jitdefault", jit=True
    )
