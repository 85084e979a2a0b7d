"""Every tuned number of the analysis is a field of its stage's parameters, and says what it is and where it is from."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from vidkompy.alignment.engine_contract import load_engine
from vidkompy.alignment.engine_names import EngineName
from vidkompy.analysis import AnalysisParameters
from vidkompy.parameters import Number, numbers_of, with_number
from vidkompy.relinking.parameters import SignatureParameters
from vidkompy.relinking.witness import WitnessParameters
from vidkompy.retrieval.parameters import LocationParameters
from vidkompy.verification.parameters import VerificationParameters

ROOT = Path(__file__).parents[1]
NUMBERS = [
    *numbers_of(AnalysisParameters()),
    *numbers_of(LocationParameters()),
    *numbers_of(VerificationParameters()),
    *numbers_of(SignatureParameters()),
    *numbers_of(WitnessParameters()),
    *(n for name in get_args(EngineName) for n in numbers_of(load_engine(name).PARAMETERS, f"{name}.")),
]
MEASURING = [  # packages and modules that measure
    path
    for pattern in (
        "placement/*",
        "alignment/**/*",
        "numerics/*",
        "retrieval/*",
        "tracking/*",
        "analysis",
        "location",
        "measuring/*",
    )
    for path in sorted(ROOT.glob(f"vidkompy/{pattern}.py"))
    if not path.stem.endswith("_kernels")  # compiled loops: arithmetic, and numbers from their arguments
]
PLAIN = {0, 1, 2, 3, 4, -1, 0.5}  # arithmetic: halves, squares, neighbours, four numbers of a box or a transform
GUARD = 1e-5  # what is smaller keeps a division from 0
INSTANCES = (
    "LocalCostParameters",
    "PairSelection",
    "SampleCounts",
    "ScaleRange",
    "SearchStage",
)  # further values of tuned classes
STRUCTURAL: dict[
    str, set[float]
] = {  # numbers that nobody chose, or that are limits and defaults of the command line: not for tuning
    "alignment/audio_offset.py": {1000},  # ms a second
    "alignment/motion_mask.py": {6},  # variance of a second difference: 1 + 4 + 1
    "alignment/perceptual_hashes.py": {256},  # grey levels
    "alignment/blended_frames.py": {64},  # frames whose rows are in memory
    "location.py": {8},  # frames that `locate` looks at: an option
    "measuring/proxy_acquisition.py": {8, 32},  # pictures that are refused
    "numerics/gaussian_blur.py": {8},  # sigmas that the kernel of OpenCV spans
    "numerics/machine_code.py": {0o700, 0o022},  # permissions
    "numerics/parabola.py": {8},  # of the vertex formula
    "placement/level_curve.py": {256},  # grey levels
    "placement/evidence.py": {50},  # where the exponential function ends
    "placement/gauss_newton.py": {8},  # unknowns and right side of a frame pair's normal equations
    "tracking/frame_registration.py": {6, 12},  # variances of a bilinear value's weights and of a pixel's area
    "placement/transforms.py": {1.5},  # px to a centre whose central difference exists
}


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)
def test_a_number_says_what_it_is_and_where_it_comes_from(number: Number) -> None:
    assert number.unit
    assert number.raising
    assert number.source
    for word in number.source.replace(",", " ").replace(";", " ").replace(":", " ").split():
        if word.startswith(("scripts/", "tests/")):
            assert (ROOT / word.strip(".)`")).exists(), f"{number.name}: {word}"


def test_a_number_can_be_changed_by_its_name() -> None:
    for number in numbers_of(AnalysisParameters()):
        changed = with_number(AnalysisParameters(), number.name, "changed")
        assert [n.name for n in numbers_of(changed) if n.value == "changed"] == [number.name]


@pytest.mark.parametrize("path", MEASURING, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_number_is_tuned_outside_the_parameters(path: Path) -> None:
    allowed = PLAIN | STRUCTURAL.get(str(path.relative_to(ROOT / "vidkompy")), set())
    naked = [f"{value} in line {line}" for value, line in naked_numbers(ast.parse(path.read_text()))]
    assert not [where for where in naked if float(where.split()[0]) not in allowed]


def test_a_naked_number_is_found() -> None:
    source = (
        "LIMIT = 0.7\ndef f(x, p=P(share=tuned(0.3, unit='', raising='', source=''))):\n    return x > 12 or x / 1e-9\n"
    )
    assert list(naked_numbers(ast.parse(source))) == [(0.7, 1), (12, 3)]


def naked_numbers(tree: ast.AST) -> Iterator[tuple[float, int]]:
    """Numbers that stand in no tuned field and guard no division, with their lines."""
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in ("tuned", *INSTANCES):
        return
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float) and not isinstance(tree.value, bool):
        if not 0 < abs(tree.value) <= GUARD:
            yield tree.value, tree.lineno
        return
    for node in ast.iter_child_nodes(tree):
        yield from naked_numbers(node)
