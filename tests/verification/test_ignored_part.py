"""A render whose ignored part was painted over afterwards is right, and any other fault of it still shows."""

import subprocess
from dataclasses import replace

import pytest
from support.program_runs import EMBEDDED, Outcome, Vidkompy, sidecar_of
from support.truth_cases import Case

from vidkompy.model import PixelBox, Placement
from vidkompy.sidecar.document import write_sidecar

LOSSLESS, LOSSY = ("-c:v", "ffv1"), ("-c:v", "libx264", "-crf", "23", "-preset", "veryfast")
PASSED = ("-fps_mode", "passthrough", "-enc_time_base", "1:90000", "-c:a", "copy", "-copyts")
IGNORED: PixelBox = (100, 10, 184, 100)  # FG px: 36 % of 192x110, which lies at 61,37
PAINTED = "drawbox=x=163:y=47:w=78:h=90:t=fill:color=red"  # inside it


def write(case: Case, ignored: tuple[PixelBox, ...]) -> None:
    write_sidecar(replace(sidecar_of(case), ignored=ignored), "pair.vidkompy.json")


def verified(vidkompy: Vidkompy, case: Case, filters: str, encoding: tuple[str, ...]) -> tuple[Outcome, Outcome]:
    """Verdicts on a drawing that was changed by filters: of a sidecar that ignores nothing, and of one that does."""
    write(case, ())
    assert vidkompy("render", "pair.vidkompy.json", "-o", "right.mkv", "--", *LOSSLESS).code == 0
    words = (EMBEDDED, "-v", "error", "-i", "right.mkv", "-vf", filters, *PASSED, *encoding, "out.mkv")
    subprocess.run(words, check=True)
    whole = vidkompy("verify", "pair.vidkompy.json", "out.mkv")
    write(case, (IGNORED,))
    return whole, vidkompy("verify", "pair.vidkompy.json", "out.mkv")


@pytest.mark.parametrize("encoding", [LOSSLESS, LOSSY], ids=["lossless", "crf 23"])
def test_what_is_painted_over_the_ignored_part_is_not_checked(
    vidkompy: Vidkompy, pair: Case, encoding: tuple[str, ...]
) -> None:
    whole, masked = verified(vidkompy, pair, PAINTED, encoding)
    assert whole.code == 1
    assert "result  WRONG" in whole.out
    assert masked.code == 0, masked.out
    assert "% of FG ignored: not checked" in masked.out
    if encoding == LOSSLESS:
        assert masked.out.count("36 of 36 bit-exact; none wrong") == 2


@pytest.mark.slow
@pytest.mark.parametrize("encoding", [LOSSLESS, LOSSY], ids=["lossless", "crf 23"])
@pytest.mark.parametrize(
    ("filters", "kind"),
    [
        ("drawbox=x=70:y=47:w=78:h=90:t=fill:color=red", "FG"),
        ("lutyuv=y=val-12", "FG"),
        ("swapuv", "FG"),
        ("loop=1:1:10,setpts=N/24/TB,trim=end_frame=36", "FG"),
    ],
)
def test_faults_beside_the_ignored_part_are_found(
    vidkompy: Vidkompy, pair: Case, filters: str, kind: str, encoding: tuple[str, ...]
) -> None:
    _, masked = verified(vidkompy, pair, filters, encoding)
    assert masked.code == 1
    assert any(line.startswith(kind) and "none wrong" not in line for line in masked.out.splitlines()), masked.out


@pytest.mark.slow
@pytest.mark.parametrize(("x", "y", "is_right"), [(200, 80, True), (130, 80, False)])
@pytest.mark.parametrize("plane", ["lum", "cb", "cr"])
def test_one_sample_matters_outside_the_ignored_part_only(
    vidkompy: Vidkompy, pair: Case, plane: str, x: int, y: int, is_right: bool
) -> None:
    planes_kept = {name: f"{name}(X\\,Y)" for name in ("lum", "cb", "cr")}
    planes_kept[plane] += f"+eq(N\\,7)*eq(X\\,{x})*eq(Y\\,{y})"
    graph = "geq=" + ":".join(f"{name}={value}" for name, value in planes_kept.items())
    whole, masked = verified(vidkompy, pair, graph, LOSSLESS)
    assert (whole.code, masked.code) == (1, 0 if is_right else 1)


def test_a_misplaced_fg_is_wrong_by_what_is_compared(vidkompy: Vidkompy, pair: Case) -> None:
    moved = replace(sidecar_of(pair), placement=Placement(62, 37, 192, 110))
    write_sidecar(moved, "moved.vidkompy.json")
    assert vidkompy("render", "moved.vidkompy.json", "-o", "out.mkv", "--", *LOSSY).code == 0
    write(pair, (IGNORED,))
    verdict = vidkompy("verify", "pair.vidkompy.json", "out.mkv")
    assert verdict.code == 1
    assert "36 wrong" in verdict.out


def test_an_fg_of_which_only_ignored_parts_show_is_not_checked(vidkompy: Vidkompy, pair: Case) -> None:
    """It hangs over BG's left edge by all that is not ignored."""
    there = replace(sidecar_of(pair), placement=Placement(-102, 37, 192, 110), ignored=((96, 0, 192, 110),))
    write_sidecar(there, "pair.vidkompy.json")
    assert vidkompy("render", "pair.vidkompy.json", "-o", "out.mkv", "--", *LOSSY).code == 0
    verdict = vidkompy("verify", "pair.vidkompy.json", "out.mkv")
    assert verdict.code == 0, verdict.out
    assert "FG      mixed with BG, or ignored: not checked" in verdict.out
