"""Every export has a scaled FG where a render draws it, between pixels."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.back_and_forth import back_and_forth
from support.program_runs import Vidkompy

from filtergraphs.geometry import exact_fg_rect, visible
from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.plan import plan_layout
from vidkompy.model import Placement, Sidecar
from vidkompy.sidecar.document import write_sidecar

PLACE = Placement(5.3, 7.7, 32 * 1.2345, 24 * 1.2345)  # of 32x24 px on 64x48
NEAR = 0.05  # px


@pytest.fixture
def sidecar(tmp_path: Path) -> Sidecar:
    sidecar = replace(back_and_forth(tmp_path, 1), placement=PLACE)
    write_sidecar(sidecar, tmp_path / "x.vidkompy.json")
    return sidecar


def exported(vidkompy: Vidkompy, name: str) -> str:
    outcome = vidkompy("export", "x.vidkompy.json", "--to", name)
    assert outcome.code == 0, outcome.err
    return outcome.out


def drawn(sidecar: Sidecar) -> tuple[float, ...]:
    rect = exact_fg_rect(plan_layout(sidecar, DrawingOptions()))
    assert rect == pytest.approx((PLACE.x, PLACE.y, PLACE.width, PLACE.height), abs=NEAR)
    return rect


def test_frame_servers_resample_fg_to_where_it_is_drawn(vidkompy: Vidkompy, sidecar: Sidecar) -> None:
    x, y, width, height = drawn(sidecar)
    part = visible(plan_layout(sidecar, DrawingOptions()))
    across, down = 32 / width, 24 / height
    window = (part.x - x) * across, (part.y - y) * down, part.width * across, part.height * down
    (words,) = re.findall(rf"LanczosResize\({part.width}, {part.height}, ([^)]*)\)", exported(vidkompy, "avisynth"))
    assert [float(word) for word in words.split(", ")] == pytest.approx(window)
    served = re.findall(r"src_(?:left|top|width|height)=([-.\d]+)", exported(vidkompy, "vapoursynth"))
    assert [float(word) for word in served] == pytest.approx(window)


def test_editors_show_fg_where_it_is_drawn(vidkompy: Vidkompy, sidecar: Sidecar) -> None:
    x, y, width, height = drawn(sidecar)
    (rect,) = re.findall(r'name="rect">([^<]*)<', exported(vidkompy, "mlt"))
    assert [float(word) for word in rect.removeprefix("0=").split()][:4] == pytest.approx(
        (x, y, width, height), abs=NEAR
    )
    transform = ElementTree.fromstring(exported(vidkompy, "fcpxml")).find(".//adjust-transform")
    assert transform is not None
    across, up = map(float, transform.attrib["position"].split())
    centre = x + width / 2 - 32, y + height / 2 - 24  # from BG's, in percent of its height
    assert (across * 0.48, -up * 0.48) == pytest.approx(centre, abs=NEAR)
    assert [float(f) for f in transform.attrib["scale"].split()] == pytest.approx((width / 32, height / 24), abs=NEAR)
    root = ElementTree.fromstring(exported(vidkompy, "xmeml"))
    (scale,) = [p.findtext("value") for p in root.iter("parameter") if p.findtext("parameterid") == "scale"]
    assert float(scale or 0) == pytest.approx(100 * width / 32, abs=100 * NEAR / 32)


@pytest.mark.usefixtures("sidecar")
def test_scripts_of_ffmpeg_pad_before_they_scale(vidkompy: Vidkompy) -> None:
    for name in ("ffmpeg", "graph", "vmaf"):
        assert "fillborders=" in exported(vidkompy, name)
