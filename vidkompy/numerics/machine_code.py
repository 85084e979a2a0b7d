"""Loops translated to machine code once, by numba, and loaded ever after by llvmlite alone.

Importing numba and loading what it caches takes 0.7 s of each run, a tenth of which this takes. All loops of one module
are translated together when the first of them is called; their machine code is kept beside the module, or in a
folder of the user's own where that cannot be written, and is made anew where the module, numba or the CPU is another.

A loop is called as numba calls it: an array as its owner and parent (none), size, item size, address, shape and
strides, in registers and on the stack. Source: numba.core.callconv and the data model of arrays, numba 0.60 to 0.68.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

_SCALARS: dict[str, Any] = {"f4": ctypes.c_float, "f8": ctypes.c_double, "i8": ctypes.c_int64}
SUMS_IN_ANY_ORDER = ("reassoc", "contract", "nsz")  # of LLVM's fast-math flags: what vectors need
_NO_ERROR = ctypes.byref(ctypes.c_void_p())  # where numba would say what was raised: nothing is
_HEADER = b"vidkompy machine code "
_RETURNED = {0, -2}  # statuses of numba's calls: a value, nothing. Loops raise nothing: they have numpy's error model


class Argument(NamedTuple):
    """What a loop takes at one place: a scalar where ndim is 0, else a C-contiguous array of the dtype."""

    dtype: np.dtype[Any]
    ndim: int


class Loop:
    """A function that numba translates: called with arrays and numbers of exactly the types that it states."""

    def __init__(self, function: FunctionType, signature: str, fastmath: set[str]):
        self.function, self.signature, self.fastmath = function, signature, fastmath
        self._arguments = _arguments(signature)
        self._native: Any = None

    def __call__(self, *values: Any) -> float:
        native = self._native or self._load()
        result = ctypes.c_double()
        words: list[Any] = [ctypes.byref(result), _NO_ERROR]
        for value, (dtype, ndim) in zip(values, self._arguments, strict=True):
            if not ndim:
                words.append(value)
                continue
            if not (
                isinstance(value, np.ndarray)
                and value.dtype == dtype
                and value.ndim == ndim
                and value.flags.c_contiguous
            ):
                raise TypeError(f"{self.function.__name__} got {_described(value)}; wanted {self.signature}")
            words += (None, None, value.size, value.itemsize, _address(value), *value.shape, *value.strides)
        status = native(*words)
        if status not in _RETURNED:
            raise RuntimeError(f"{self.function.__name__} ended with status {status} of numba's")
        return result.value

    def _load(self) -> Any:
        addresses = _addresses(self.function.__module__)
        words: list[Any] = [ctypes.c_void_p, ctypes.c_void_p]
        for dtype, ndim in self._arguments:
            array = [ctypes.c_void_p] * 2 + [ctypes.c_int64] * 2 + [ctypes.c_void_p] + [ctypes.c_int64] * (2 * ndim)
            words += array if ndim else [_SCALARS[dtype.str[1:]]]
        self._native = ctypes.CFUNCTYPE(ctypes.c_int32, *words)(addresses[self.function.__name__])
        return self._native


_LOOPS: dict[str, list[Loop]] = {}  # of each module, in the order of their definition
_ENGINES: list[Any] = []  # own the machine code that is in memory


def compiled(signature: str, fastmath: Iterable[str] = ()) -> Callable[[Any], Loop]:
    """Marks a function as a loop to be translated. It may call functions of its module, which are translated, too.

    signature   in numba's words: 'f8(f4[:,::1], i8)' takes a float32 array of two dimensions and an integer, and
                returns a float; 'void(...)' returns nothing. Scalars are f4, f8 or i8
    fastmath    LLVM's flags; without any, ties do not depend on a CPU
    Nothing is allocated or raised in a loop: scratch arrays are arguments.
    """

    def mark(function: Any) -> Loop:
        loop = Loop(function, signature, set(fastmath))
        _LOOPS.setdefault(function.__module__, []).append(loop)
        return loop

    return mark


def _arguments(signature: str) -> list[Argument]:
    """What a loop takes.

    >>> _arguments("f8(f4[:,::1], i8)")
    [Argument(dtype=dtype('float32'), ndim=2), Argument(dtype=dtype('int64'), ndim=0)]
    """
    arguments = re.findall(r"(\w\w)(\[[:,]*:1\])?", signature[signature.index("(") :])
    return [Argument(np.dtype(name), max(0, layout.count(":") - 1)) for name, layout in arguments]


def _address(array: Any) -> int:
    """Where its values lie. `array.ctypes.data`, for read-only and empty ones, takes four times as long."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))
    except (TypeError, ValueError):
        return int(array.ctypes.data)


def _described(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return repr(value)
    order = "contiguous" if value.flags.c_contiguous else "strided"
    return f"{order} {value.dtype}[{'x'.join(str(n) for n in value.shape)}]"


# ---- machine code, kept


@functools.cache
def _addresses(module: str) -> dict[str, int]:
    """Where the loops of a module lie in memory, by name; their machine code is read, or made and kept."""
    key = _key(module)
    code = next((found for path in _places(module) if (found := _read(path, key)) is not None), None)
    if code is None:
        code = _translate(_LOOPS[module])
        _keep(_places(module), key, code)
    symbols, machine_code = code.split(b"\0", 1)
    engine = _loaded(machine_code)
    lines = (line.partition(" ") for line in symbols.decode().splitlines())
    return {name: engine.get_function_address(symbol) for name, _, symbol in lines}


def _key(module: str) -> bytes:
    """What machine code depends on: the loops' and this module's text, numba, llvmlite and the CPU."""
    sources = [Path(str(sys.modules[name].__file__)) for name in (module, __name__)]
    parts = [_compiler_and_cpu(), *(path.read_bytes() for path in sources)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest().encode()


@functools.cache
def _compiler_and_cpu() -> bytes:
    import llvmlite
    from llvmlite import binding

    numba = find_spec("numba")
    version = Path(str(numba.origin if numba else "")).with_name("_version.py").read_bytes()
    cpu = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten(), binding.get_process_triple()
    return "\n".join([llvmlite.__version__, *cpu]).encode() + version


def _places(module: str) -> Iterator[Path]:
    source = Path(str(sys.modules[module].__file__))
    name = f"{source.stem}.machine-code"
    yield source.parent / "__pycache__" / name

    from platformdirs import user_cache_path  # takes 0.01 s, and the first place serves nearly always

    folder = user_cache_path("vidkompy-machine-code", appauthor=False)
    if _is_private(folder):
        yield folder / name


def _is_private(folder: Path) -> bool:
    """Whether nobody else can write there: what lies there is run."""
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        return os.name != "posix" or (
            stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
        )
    return False


def _read(path: Path, key: bytes) -> bytes | None:
    """The machine code in a file; None where it is for other loops or another machine, or is damaged."""
    with suppress(OSError):
        head, _, code = path.read_bytes().partition(b"\n")
        if head == _HEADER + key + b" " + hashlib.sha256(code).hexdigest().encode():
            return code
    return None


def _keep(places: Iterable[Path], key: bytes, code: bytes) -> None:
    """Writes machine code to the first place that can be written. Nothing is kept where none can."""
    content = _HEADER + key + b" " + hashlib.sha256(code).hexdigest().encode() + b"\n" + code
    for path in places:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            scratch = path.with_name(f"{path.name}.{os.getpid()}")
            try:
                scratch.write_bytes(content)
                scratch.replace(path)
            finally:
                scratch.unlink(missing_ok=True)
            return


# ---- machine code, made and loaded


def _translate(loops: list[Loop]) -> bytes:
    """'NAME SYMBOL' of each loop, a line each; a zero byte; and the machine code of all of them."""
    import numba
    from llvmlite import binding

    alone = {
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
        "_nrt": False,
    }  # calls nothing of numba's or Python's
    njit: Any = functools.partial(numba.njit, nogil=True, error_model="numpy", **alone)
    namespace = dict(loops[0].function.__globals__)
    for name, value in list(namespace.items()):
        if isinstance(value, FunctionType) and value.__module__ == loops[0].function.__module__:
            namespace[name] = njit(_within(value, namespace))
    names, linked = [], None
    for loop in loops:
        dispatcher = njit(loop.signature, fastmath=loop.fastmath)(_within(loop.function, namespace))
        (overload,) = dispatcher.overloads.values()
        (text,) = dispatcher.inspect_llvm().values()
        names.append(f"{loop.function.__name__} {overload.fndesc.llvm_func_name}")
        module = binding.parse_assembly(text)
        if linked is None:
            linked = module
        else:
            linked.link_in(module)
    return "\n".join(names).encode() + b"\0" + bytes(_target_machine().emit_object(linked))


def _within(function: FunctionType, namespace: dict[str, Any]) -> FunctionType:
    """The function with other globals: those of its module that numba has taken over."""
    return FunctionType(function.__code__, namespace, function.__name__, function.__defaults__, function.__closure__)


def _target_machine() -> Any:
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    features = binding.get_host_cpu_features().flatten()
    target = binding.Target.from_triple(binding.get_process_triple())
    return target.create_target_machine(
        cpu=binding.get_host_cpu_name(), features=features, opt=3, codemodel="jitdefault", jit=True
    )


def _loaded(machine_code: bytes) -> Any:
    """The engine that holds the machine code; it lives as long as the process."""
    from llvmlite import binding

    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _target_machine())
    engine.add_object_file(binding.ObjectFileRef.from_data(machine_code))
    engine.finalize_object()
    _ENGINES.append(engine)
    return engine
