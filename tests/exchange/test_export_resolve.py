"""Resolve's script, run on a stub of its scripting: what it imports, sets and marks."""

import runpy
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from lxml import etree
from support.invented_sidecars import invented
from support.program_runs import Vidkompy

from vidkompy.drawing.options import DrawingOptions
from vidkompy.exchange.exports import fcpxml, resolve
from vidkompy.exchange.format_contract import ExportRequest
from vidkompy.model import Placement, Sidecar, Track

DTD = Path(__file__).with_name("fcpxml_1_8.dtd")


@dataclass
class Item:
    """A clip of a timeline."""

    name: str
    properties: dict[str, Any] = field(default_factory=dict)

    def GetName(self) -> str:  # noqa: N802
        return self.name

    def SetProperty(self, key: str, value: object) -> bool:  # noqa: N802
        self.properties[key] = value
        return True


@dataclass
class Timeline:
    tracks: list[list[Item]]
    markers: list[tuple[Any, ...]] = field(default_factory=list)

    def GetTrackCount(self, kind: str) -> int:  # noqa: N802
        return len(self.tracks) if kind == "video" else 0

    def GetItemListInTrack(self, kind: str, index: int) -> list[Item]:  # noqa: N802
        assert kind == "video"
        return self.tracks[index - 1]

    def AddMarker(self, *words: object) -> bool:  # noqa: N802
        self.markers.append(words)
        return True


@dataclass
class Resolve:
    """The application, its project manager, its project and its media pool."""

    settings: dict[str, str] = field(default_factory=dict)
    project: str = ""
    imported: str = ""
    timeline: Timeline = field(default_factory=lambda: Timeline([[Item("bg.mp4"), Item("bg.mp4")], [Item("fg.mp4")]]))

    def __getattr__(self, name: str) -> Any:
        return {
            "GetProjectManager": lambda: self,
            "GetMediaPool": lambda: self,
            "CreateProject": lambda text: self._named(text),
            "SetSetting": lambda key, value: self.settings.update({key: value}) or True,
            "ImportTimelineFromFile": self._import,
        }[name]

    def _named(self, text: str) -> "Resolve":
        self.project = text
        return self

    def _import(self, path: str, options: dict[str, str]) -> Timeline:
        self.imported = Path(path).read_text(encoding="utf-8")
        assert options == {"timelineName": self.project}
        return self.timeline


def run(sidecar: Sidecar, folder: Path, monkeypatch: pytest.MonkeyPatch, application: Resolve | None = None) -> Resolve:
    request = ExportRequest(sidecar, folder / "x.json", folder, "it's & a", ".py", DrawingOptions(), False, None)
    (folder / "x.py").write_text(resolve.export(request).texts[0])
    application = application or Resolve()
    stub = SimpleNamespace(scriptapp=lambda name: application if name == "Resolve" else None)
    monkeypatch.setitem(sys.modules, "DaVinciResolveScript", stub)
    runpy.run_path(str(folder / "x.py"))
    (wanted,) = fcpxml.export(replace(request, fcpxml_version="1.8")).texts
    assert application.imported == wanted
    return application


def test_resolve_gets_timeline_canvas_place_and_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sidecar = invented("drops, a title, and back", placement=Placement(101.5, 53.25, 492.8, 277.2))
    found = run(sidecar, tmp_path, monkeypatch)
    with DTD.open() as file:
        assert etree.DTD(file).validate(etree.fromstring(found.imported.encode()))
    assert found.settings == {
        "timelineFrameRate": "23.976",
        "timelineResolutionWidth": "1280",
        "timelineResolutionHeight": "720",
        "timelineInputResMismatchBehavior": "centerCrop",
    }
    (fg,) = found.timeline.tracks[1]
    numbers = [fg.properties[name] for name in ("Pan", "Tilt", "ZoomX", "ZoomY", "RotationAngle")]
    assert numbers == pytest.approx([101.5 + 246.4 - 640, 360 - 53.25 - 138.6, 0.77, 0.77, 0])
    assert fg.properties["ZoomGang"] is False
    assert [item.properties for item in found.timeline.tracks[0]] == [{}, {}]
    assert found.timeline.markers == [(20, "Red", "unmatched", "", 7)]


def test_bg_stays_where_it_is_though_it_has_fgs_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sidecar = invented("equal rates")
    sidecar = replace(
        sidecar, fg=replace(sidecar.fg, path=Path("/cuts/a.mp4")), bg=replace(sidecar.bg, path=Path("/films/a.mp4"))
    )
    both = Timeline([[Item("a.mp4"), Item("a.mp4")], [Item("a.mp4")]])
    found = run(sidecar, tmp_path, monkeypatch, Resolve(timeline=both))
    assert found.timeline.tracks[1][0].properties["ZoomX"] == 1
    assert [item.properties for item in found.timeline.tracks[0]] == [{}, {}]


def test_how_fg_moves_is_left_to_the_timeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sidecar = invented("equal rates")
    at = np.tile([101.0, 53, 640, 360, 0], (sidecar.fg.frames, 1))
    at[:, 0] += np.arange(sidecar.fg.frames)
    found = run(replace(sidecar, track=Track(at)), tmp_path, monkeypatch)
    assert found.imported.count("<keyframe ") == sidecar.fg.frames
    assert found.timeline.tracks[1][0].properties == {}


def test_what_resolve_loses_is_reported(vidkompy: Vidkompy, sidecar: Path) -> None:
    lost = vidkompy("export", sidecar, "--to", "resolve").err.splitlines()
    assert lost == ["loss   BG's sound is muted, FG's is heard"]
