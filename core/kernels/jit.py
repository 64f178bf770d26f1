"""The one compilation policy of the kernels, whatever their room; `kernel_cache` says where compiled ones are kept."""

from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar

import numba
from numba.core.dispatcher import Dispatcher

from .kernel_cache import KernelCache

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class Kernel(Protocol[P, R_co]):
    """A compiled function: called like its Python source, which `py_func` is."""

    py_func: Callable[P, R_co]
    signatures: list[Any]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Compute."""
        ...


_COUNTED: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
# numba's own name, which it may change: `numba` has an upper bound in pyproject for this and for `kernel_cache`.
_UNCOUNTED: dict[str, Any] = _COUNTED | {"_nrt": False}


def jit(function: Callable[P, R_co]) -> Kernel[P, R_co]:
    """Compile scalar helpers and single-threaded kernels: without the GIL, IEEE division, no fastmath (NaN is data)."""
    return _compiled(function, _COUNTED)


def lean(function: Callable[P, R_co]) -> Kernel[P, R_co]:
    """Compile functions over many arrays in tuples: no array is counted in and out, which took most of their time.

    They may neither make nor return an array: numba would free it in their caller's hands.
    """
    return _compiled(function, _UNCOUNTED)


def lean_inlined(function: Callable[P, R_co]) -> Kernel[P, R_co]:
    """Compile the same inside their callers: called, each would be handed hundreds of words of array headers."""
    return _compiled(function, _UNCOUNTED | {"forceinline": True})


def _compiled(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    kernel = numba.njit(**options)(function)
    if isinstance(kernel, Dispatcher):  # else NUMBA_DISABLE_JIT is set, and it is the function itself
        cached: Any = kernel
        cached._cache = KernelCache(function)
    return kernel
