"""Loops are translated once and loaded ever after, with numba out of sight; what does not fit is refused."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vidkompy.numerics.machine_code import compiled
from vidkompy.numerics.path_kernels import equivalents

LOOPS = """
import numpy as np
from vidkompy.numerics.machine_code import compiled


def _square(value):
    return FACTOR * value * value


@compiled("f8(f4[:,::1], i8, f8[::1])")
def squares(values, row, out):
    total = 0.0
    for k in range(values.shape[1]):
        out[k] = _square(values[row, k])
        total += out[k]
    return total


@compiled("void(u1[::1], b1[::1])")
def flags(values, out):
    for k in range(values.shape[0]):
        out[k] = values[k] > 127
"""
CALLS = """
import sys
import numpy as np
import loops
out, set_flags = np.empty(3), np.empty(2, bool)
total = loops.squares(np.arange(6, dtype=np.float32).reshape(2, 3), 1, out)
loops.flags(np.array([127, 128], np.uint8), set_flags)
print(total, out.tolist(), set_flags.tolist(), "numba" in sys.modules)
"""
SQUARES = "[9.0, 16.0, 25.0] [False, True]"


def called(folder: Path, factor: int = 1) -> str:
    """What a process prints that calls the loops of `folder`/loops.py."""
    (folder / "loops.py").write_text(LOOPS.replace("FACTOR", str(factor)))
    paths = os.pathsep.join([str(folder), *sys.path])
    settings = os.environ | {"PYTHONPATH": paths, "XDG_CACHE_HOME": str(folder / "cache")}
    command = [sys.executable, "-c", CALLS]
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=True).stdout.strip()


def test_the_second_process_needs_no_numba(tmp_path: Path) -> None:
    assert called(tmp_path) == f"50.0 {SQUARES} True"
    assert called(tmp_path) == f"50.0 {SQUARES} False"


def test_loops_that_changed_are_translated_anew(tmp_path: Path) -> None:
    called(tmp_path)
    assert called(tmp_path, factor=2) == "100.0 [18.0, 32.0, 50.0] [False, True] True"


@pytest.mark.parametrize("damage", [(-100, b""), (-9, b"123456789"), (0, b"")])
def test_damaged_machine_code_is_made_again(tmp_path: Path, damage: tuple[int, bytes]) -> None:
    called(tmp_path)
    (kept,) = tmp_path.rglob("loops.machine-code")
    kept.write_bytes(kept.read_bytes()[: damage[0]] + damage[1])
    assert called(tmp_path) == f"50.0 {SQUARES} True"
    assert called(tmp_path) == f"50.0 {SQUARES} False"


def test_the_users_cache_serves_where_the_package_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("no folder")
    assert called(tmp_path) == f"50.0 {SQUARES} True"
    assert [path.name for path in (tmp_path / "cache").rglob("*.machine-code")] == ["loops.machine-code"]
    assert called(tmp_path) == f"50.0 {SQUARES} False"


def test_machine_code_in_a_folder_that_others_write_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("no folder")
    assert called(tmp_path) == f"50.0 {SQUARES} True"
    (kept,) = (tmp_path / "cache").rglob("*.machine-code")
    kept.parent.chmod(0o777)
    assert called(tmp_path) == f"50.0 {SQUARES} True"


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("no folder")
    (tmp_path / "cache").write_text("no folder")
    assert called(tmp_path) == f"50.0 {SQUARES} True"
    assert called(tmp_path) == f"50.0 {SQUARES} True"


I64 = np.zeros(3, np.int64)
COSTS = np.zeros(3, np.float32)


@pytest.mark.parametrize(
    ("costs", "got"),
    [
        (COSTS.astype(np.float64), r"contiguous float64\[3\]"),
        (COSTS.reshape(1, 3), r"contiguous float32\[1x3\]"),
        (np.zeros(6, np.float32)[::2], r"strided float32\[3\]"),
    ],
)
def test_arrays_of_another_kind_are_refused(costs: np.ndarray, got: str) -> None:
    with pytest.raises(TypeError, match=f"equivalents got {got}; wanted void"):
        equivalents(costs, I64, I64, I64, 1.0, I64, I64)


def test_a_number_in_place_of_an_array_is_refused() -> None:
    with pytest.raises(TypeError, match="equivalents got 3; wanted void"):
        equivalents(3, I64, I64, I64, 1.0, I64, I64)


def test_arguments_are_counted() -> None:
    with pytest.raises(ValueError, match="longer"):
        equivalents(COSTS, I64)


def test_an_unknown_type_is_refused_when_the_loop_is_defined() -> None:
    with pytest.raises(TypeError, match="z9"):
        compiled("void(z9[::1])")(called)
