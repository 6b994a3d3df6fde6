"""One network, one thread: what a worker process sets before JAX is loaded in it."""

from __future__ import annotations

ENVIRONMENT: dict[str, str] = {
    "NPROC": "1",  # the size of XLA's pool of threads: measured faster per core than letting two share a small step
    "JAX_PLATFORMS": "cpu",  # one process per core would each reserve most of a graphics card
    "OMP_NUM_THREADS": "1",  # PyTorch, in the users' own training functions
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NONLIN_THREADS": "1",
}
"""The environment variables of a worker process: in place before JAX is imported, they keep it to one core."""
