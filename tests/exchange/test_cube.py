"""Lookup tables of colours, read back by a parser of a few lines and by ffmpeg's lut3d."""

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.invented_sidecars import invented
from support.program_runs import FFMPEGS, Vidkompy, refused

from vidkompy.colour_matching.grading import apply_grade
from vidkompy.colours import KNOTS, ColourGrade, ColourMatch, GradedShot
from vidkompy.exchange.exports.cube import SIDE_OF_LIGHT
from vidkompy.model import F64
from vidkompy.sidecar.document import read_sidecar, write_sidecar

LINE = np.linspace(0, 1, KNOTS)
WARM = ColourGrade(
    tuple(tuple(np.round(LINE**gamma, 4).tolist()) for gamma in (0.8, 1.0, 1.3)),  # type: ignore[arg-type]
    ((0.9, 0.1, 0.0), (0.05, 0.9, 0.05), (-0.05, 0.05, 1.0)),
    8.2,
    0.6,
    0.97,
)
COOL = replace(WARM, curves=WARM.curves[::-1])
BRIGHT = tuple(np.round(LINE**0.7, 4).tolist())
LIGHT = replace(
    WARM,
    matrix=((1.66, -0.59, -0.07), (-0.12, 1.13, -0.01), (-0.02, -0.1, 1.12)),
    output_curves=(BRIGHT, BRIGHT, BRIGHT),
)


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """A sidecar of 60 FG frames, from 20 on with another grade."""
    pair = invented("equal rates")
    pair = replace(pair, fg=replace(pair.fg, size=1), bg=replace(pair.bg, size=1))
    path = tmp_path / "pair.vidkompy.json"
    shots = GradedShot(0, 20, 0), GradedShot(20, pair.fg.frames - 20, 1)
    write_sidecar(replace(pair, colours=ColourMatch((WARM, COOL), shots)), path)
    return path


def parsed(path: Path) -> F64:
    """f64 [blue, green, red, 3], as Adobe's specification says."""
    lines = path.read_text().splitlines()
    (size,) = (int(line.split()[1]) for line in lines if line.startswith("LUT_3D_SIZE"))
    entries = [list(map(float, line.split())) for line in lines if line[:1].isdigit()]
    return np.array(entries).reshape(size, size, size, 3)


def test_each_grade_is_a_table(vidkompy: Vidkompy, graded: Path) -> None:
    outcome = vidkompy("export", graded, "--to", "cube", "-o", "x.cube")
    assert outcome.code == 0, outcome.err
    assert "FG frames 0 to 19 by table 1, 20 to 59 by table 2" in outcome.err
    for name, grade in (("x.cube", WARM), ("x-2.cube", COOL)):
        table = parsed(Path(name))
        assert table.shape == (33, 33, 33, 3)
        colour = np.array([8, 24, 16]) / 32  # red, green, blue
        np.testing.assert_allclose(table[16, 24, 8], np.clip(apply_grade(grade, colour), 0, 1), atol=1e-6)


def test_a_table_read_back_is_the_grade(vidkompy: Vidkompy, graded: Path) -> None:
    """One with curves behind its matrix, at every entry."""
    sidecar = read_sidecar(graded)
    shot = GradedShot(0, sidecar.fg.frames, 0)
    write_sidecar(replace(sidecar, colours=ColourMatch((LIGHT,), (shot,))), graded)
    assert vidkompy("export", graded, "--to", "cube", "-o", "x.cube").code == 0
    steps = np.linspace(0, 1, SIDE_OF_LIGHT)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    wanted = np.clip(apply_grade(LIGHT, np.stack([red, green, blue], axis=-1)), 0, 1)
    np.testing.assert_allclose(parsed(Path("x.cube")), wanted, atol=1e-6)


@pytest.mark.parametrize("ffmpeg", FFMPEGS, ids=lambda path: Path(path).name[:8])
def test_ffmpeg_draws_by_it(vidkompy: Vidkompy, graded: Path, ffmpeg: Path) -> None:
    """Colours between the table's entries, within a level of 8 bits and its rounding."""
    assert vidkompy("export", graded, "--to", "cube", "-o", "x.cube").code == 0
    colours = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24"]
    done = subprocess.run(
        [str(ffmpeg), "-v", "error", *raw, "-s", "16x16", "-i", "-", "-vf", "lut3d=file=x.cube", *raw, "-"],
        input=colours.tobytes(),
        capture_output=True,
        check=True,
    )
    drawn = np.frombuffer(done.stdout, np.uint8).reshape(16, 16, 3)
    wanted = 255 * np.clip(apply_grade(WARM, colours / 255), 0, 1)
    np.testing.assert_allclose(drawn, wanted, atol=1.5)


def test_a_sidecar_without_grades_has_no_table(vidkompy: Vidkompy, sidecar: Path) -> None:
    message = refused(vidkompy, "export", sidecar, "--to", "cube")
    assert "does not say how BG's colours become FG's" in message
