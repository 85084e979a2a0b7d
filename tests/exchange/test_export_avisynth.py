"""AviSynth scripts, to the letter: no AviSynth runs here. Their runs are computed by the rules of its functions."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from support.back_and_forth import back_and_forth
from support.program_runs import Vidkompy, sidecar_of
from support.script_maps import EVERY_STEP
from support.truth_cases import Case

from vidkompy import Placement, Sidecar
from vidkompy.drawing.plan import MAX_BACKWARD_JUMPS
from vidkompy.exchange.exports.avisynth import quoted
from vidkompy.sidecar.document import write_sidecar

FEW = [-1, 12, 12, 12, *range(10, 20), 22, 24, 26, *range(30, 20, -1), *range(3, 12)]  # 36
GOLDEN = """\
fg = Opened("fg.mp4", 36, 192, 110)
bg = Opened("bg.mp4", 48, 320, 180)
above = fg.Crop(0, 0, 192, 110)
below = bg
below = ((Piece(below, 12, 4, 0)
\\ + Piece(below, 10, 10, 1))
\\ + (Piece(below, 22, 3, 2)
\\ + (Piece(below, 30, 10, -1)
\\ + Piece(below, 3, 9, 1))))
drawn = StackVertical(below.Crop(0, 0, 320, 36), StackHorizontal(below.Crop(0, 36, 62, 110), above, \
below.Crop(254, 36, 66, 110)), below.Crop(0, 146, 320, 34))
drawn = FunctionExists("propCopy") ? drawn.propCopy(fg) : drawn
drawn.AssumeFPS(24, 1)
"""


def script_of(vidkompy: Vidkompy, sidecar: Sidecar) -> tuple[str, str]:
    """The script after its functions, and what it loses."""
    write_sidecar(sidecar, "x.vidkompy.json")
    exported = vidkompy("export", "x.vidkompy.json", "--to", "avisynth")
    assert exported.code == 0, exported.err
    return exported.out[exported.out.index("\nfg = ") + 1 :], exported.err


def placed_sidecar(pair: Case, frames: list[int], where: Placement) -> Sidecar:
    sidecar = replace(sidecar_of(pair), placement=where)
    sidecar.frame_map.bg[:] = frames
    return sidecar


def frames_of(script: str) -> list[int]:
    """Trim(first, -reach), Reverse, SelectEvery and Loop of `Piece`, done by hand."""
    frames: list[int] = []
    for words in re.findall(r"Piece\(below, (\d+), (\d+), (-?\d+)\)", script):
        first, count, step = map(int, words)
        reach = abs(step) * (count - 1) + 1
        start = first if step > 0 else first - reach + 1
        cut = list(range(start, start + reach))
        assert 0 <= start <= cut[-1] < 48
        frames += [first] * count if step == 0 else cut[::step] if step > 0 else cut[::-1][::-step]
    return frames


def test_a_map_goes_back_as_often_as_it_likes(vidkompy: Vidkompy, tmp_path: Path) -> None:
    """More often than a render can, which takes a reader of BG for each time."""
    sidecar = back_and_forth(tmp_path, MAX_BACKWARD_JUMPS + 1)
    script, _ = script_of(vidkompy, sidecar)
    assert frames_of(script) == sidecar.frame_map.bg.tolist()


def test_a_script_to_the_letter(vidkompy: Vidkompy, pair: Case) -> None:
    script, lost = script_of(vidkompy, placed_sidecar(pair, FEW, Placement(62, 36, 192, 110)))
    assert script == GOLDEN
    assert lost == (
        "loss   the script serves pictures: no sound is in it\n"
        "loss   1 unmatched FG frames lie over the BG frame before them\n"
    )
    assert frames_of(script) == [12, *FEW[1:]]


def test_runs_give_the_map_and_splices_are_nested_in_balance(vidkompy: Vidkompy, pair: Case) -> None:
    sidecar = placed_sidecar(pair, [*EVERY_STEP, 4, 3, 1, -1], Placement(62, 36, 192, 110))
    script, _ = script_of(vidkompy, sidecar)
    assert frames_of(script) == sidecar.frame_map.held_indices().tolist()
    splices = script.partition("below = (")[2].partition("drawn")[0]
    depth = np.cumsum([{"(": 1, ")": -1}.get(letter, 0) for letter in f"({re.sub(r'Piece.*?[)]', '', splices)}"])
    assert (depth[-1], depth.max()) == (0, np.ceil(np.log2(splices.count("Piece"))))


def test_placements_that_need_more_than_a_crop(vidkompy: Vidkompy, pair: Case) -> None:
    odd, lost = script_of(vidkompy, placed_sidecar(pair, FEW, Placement(61, -7, 192, 110)))
    assert "above = FullChroma(fg).Crop(0, 7, 192, 103)\nbelow = FullChroma(bg)\n" in odd
    assert "drawn = StackVertical(StackHorizontal(below.Crop(0, 0, 61, 103), above, " in odd
    assert "what is served has full chroma (4:4:4)\n" in lost
    scaled, lost = script_of(vidkompy, placed_sidecar(pair, FEW, Placement(200, 20, 240, 138)))
    assert "above = fg.LanczosResize(120, 138, 0.000000000, 0.000000000, 96.000000000, 110.000000000)\n" in scaled
    assert "loss   FG is scaled from 192x110 to 240x138, not quite as render does\n" in lost


def test_names_are_quoted_and_what_may_not_be_read_is_reported(vidkompy: Vidkompy, pair: Case) -> None:
    assert quoted("it's %d \\ {x}.mp4") == '"it\'s %d \\ {x}.mp4"'
    assert quoted('a "b" \\ c') == 'e"a \\"b\\" \\\\ c"'
    odd = pair.fg.rename(pair.fg.with_name("映画 'x'.mp4"))
    script, lost = script_of(vidkompy, placed_sidecar(replace(pair, fg=odd), FEW, Placement(62, 36, 192, 110)))
    assert script.startswith("fg = Opened(\"映画 'x'.mp4\", 36, 192, 110)\n")
    assert "loss   the script is UTF-8: where AviSynth reads another code page, it does not find the clips\n" in lost
