"""After Effects' script, run by a JavaScript engine on a stub of the object model: what the composition then shows."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import dukpy
import numpy as np
import pytest
from support.invented_sidecars import FILM_PAIRS, FilmPair, invented
from support.program_runs import Vidkompy

from vidkompy.drawing.options import DrawingOptions
from vidkompy.exchange.exports import aftereffects
from vidkompy.exchange.format_contract import ExportRequest
from vidkompy.model import UNMATCHED, Placement, Sidecar, Track

STUB = Path(__file__).with_name("after_effects_stub.js").read_text()


def seen(sidecar: Sidecar) -> dict[str, Any]:
    """What the script left: layers from above, with their properties."""
    request = ExportRequest(
        sidecar, Path("/films/x.json"), Path("/films"), "a & b", ".jsx", DrawingOptions(), False, None
    )
    (text,) = aftereffects.export(request).texts
    found: dict[str, Any] = json.loads(dukpy.evaljs(f"{STUB}\n{text}\nJSON.stringify(seen)"))
    return found


def shown_frames(films: FilmPair, found: dict[str, Any]) -> list[int]:
    """BG's frame at each of the composition's, as After Effects counts in floats."""
    below = found["layers"][1]["properties"]
    keys = np.array([[time, value] for time, value, _ in below["ADBE Time Remapping"]["keys"]])
    times = np.arange(len(films.bg)) / float(films.fg_rate)
    numbers = np.floor(np.interp(times, keys[:, 0], keys[:, 1]) * float(films.bg_rate)).astype(int)
    if "ADBE Transform Group" in below:
        opacity = below["ADBE Transform Group"]["properties"]["ADBE Opacity"]["keys"]
        assert {kind for *_, kind in opacity} == {"hold"}
        at = np.searchsorted([time - 1e-6 for time, *_ in opacity], times, side="right") - 1
        numbers = np.where(np.array([value for _, value, _ in opacity])[at] == 0, UNMATCHED, numbers)
    frames: list[int] = numbers.tolist()
    return frames


@pytest.mark.parametrize("name", FILM_PAIRS)
def test_every_frame_is_the_one_of_the_map(name: str) -> None:
    sidecar = invented(name)
    found = seen(sidecar)
    assert shown_frames(FILM_PAIRS[name], found) == FILM_PAIRS[name].bg.tolist()
    assert [layer["source"] for layer in found["layers"]] == ["/films/../clips/fg.mp4", "/films/../clips/bg.mp4"]
    assert [layer["audioEnabled"] for layer in found["layers"]] == [True, False]
    assert found["comp"]["size"] == [1280, 720]
    assert found["comp"]["rate"] == pytest.approx(float(FILM_PAIRS[name].fg_rate))


def test_fg_lies_where_it_belongs() -> None:
    transform = seen(invented("drift", placement=Placement(101.5, 53.25, 492.8, 277.2)))["layers"][0]["properties"]
    places = {name: p["value"] for name, p in transform["ADBE Transform Group"]["properties"].items()}
    assert places["ADBE Position"] == pytest.approx([101.5 + 246.4, 53.25 + 138.6])
    assert places["ADBE Scale"] == pytest.approx([77, 77])
    assert places["ADBE Rotate Z"] == 0


def test_a_place_that_moves_has_keyframes_and_marks_are_kept() -> None:
    sidecar = invented("drops, a title, and back")
    i = np.arange(sidecar.fg.frames)
    at = np.stack([101 + i, 53 + 0 * i, 640 + 0 * i, 360 + 0 * i, 0.5 * i], 1).astype(float)
    found = seen(replace(sidecar, track=Track(at)))
    transform = found["layers"][0]["properties"]["ADBE Transform Group"]["properties"]
    assert [len(transform[name]["keys"]) for name in transform] == [sidecar.fg.frames] * 3
    time, value, kind = transform["ADBE Position"]["keys"][7]
    assert (time * 24000 / 1001, value, kind) == (pytest.approx(7), pytest.approx([108 + 320, 53 + 180]), "hold")
    assert transform["ADBE Rotate Z"]["keys"][7][1] == 3.5
    assert [(round(time * 24000 / 1001), text) for time, text in found["markers"]] == [(20, "unmatched, 7 frames")]


def test_what_after_effects_loses_is_reported(vidkompy: Vidkompy, sidecar: Path) -> None:
    lost = vidkompy("export", sidecar, "--to", "aftereffects").err.splitlines()
    assert lost == ["loss   BG's sound is muted, FG's is heard"]
