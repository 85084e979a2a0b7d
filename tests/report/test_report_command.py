"""`vidkompy report`: what it writes, and what it refuses."""

import json
import os
import re
import shutil
import stat
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from support.program_runs import Vidkompy, as_process, refused, sidecar_of
from support.truth_cases import Case

from vidkompy.model import Quality
from vidkompy.sidecar.document import write_sidecar

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def data_of(page: Path) -> dict[str, object]:
    found = DATA.search(page.read_text())
    assert found is not None
    data = json.loads(found[1])
    assert isinstance(data, dict)
    return data


def test_a_report_lies_beside_its_sidecar(vidkompy: Vidkompy, sidecar: Path) -> None:
    outcome = vidkompy("report", sidecar)
    page = sidecar.with_name("pair.report.html")
    assert (outcome.code, outcome.out) == (0, f"{page}\n")
    assert page.stat().st_size < 3_000_000


def test_the_chosen_frame_differs_least(vidkompy: Vidkompy, sidecar: Path) -> None:
    """The pair is in motion: a map that is one frame off would show."""
    vidkompy("report", sidecar, "-o", "out.html")
    frames = data_of(Path("out.html"))["frames"]
    assert isinstance(frames, list)
    inner = [frame for frame in frames if len(frame["neighbours"]) == 3]
    assert len(inner) >= 4
    for frame in inner:
        off = [float(bg["off"].split()[0]) for bg in frame["neighbours"]]
        assert off[1] == min(off), frame["fg"]


def test_plots_are_written_as_one_picture(vidkompy: Vidkompy, sidecar: Path) -> None:
    outcome = vidkompy("report", sidecar, "-o", "out.html", "--png", "plots.png")
    assert outcome.out == "out.html\nplots.png\n"
    with av.open("plots.png") as container:
        frame = next(container.decode(video=0))
    assert frame.width == 1280
    assert frame.height > frame.width
    assert len(np.unique(frame.to_ndarray(format="gray"))) > 100


def test_nothing_is_overwritten_unless_asked(vidkompy: Vidkompy, sidecar: Path) -> None:
    page = sidecar.with_name("pair.report.html")
    page.write_text("mine")
    assert "exists; add --overwrite" in refused(vidkompy, "report", sidecar, code=2)
    assert vidkompy("report", sidecar, "--overwrite").code == 0
    assert page.read_text() != "mine"


def test_inputs_are_never_written(vidkompy: Vidkompy, sidecar: Path, pair: Case) -> None:
    for path in (sidecar, pair.fg, pair.bg):
        assert "is an input" in refused(vidkompy, "report", sidecar, "-o", path, "--overwrite", code=2)


def test_the_plots_go_to_a_png_of_their_own(vidkompy: Vidkompy, sidecar: Path) -> None:
    assert "wanted a name that ends in .png" in refused(vidkompy, "report", sidecar, "--png", "plots.jpg", code=2)
    both = refused(vidkompy, "report", sidecar, "-o", "x.png", "--png", "x.png", code=2)
    assert both == "the report and its plots are both 'x.png'; name another one of them"


def test_a_clip_that_changed_is_refused(vidkompy: Vidkompy, sidecar: Path, pair: Case) -> None:
    with pair.fg.open("ab") as file:
        file.write(b"more")
    assert "is not the file that" in refused(vidkompy, "report", sidecar)


def test_a_clip_that_moved_is_refused(vidkompy: Vidkompy, sidecar: Path, pair: Case) -> None:
    pair.bg.rename(pair.bg.with_name("elsewhere.mp4"))
    assert "name what became of it" in refused(vidkompy, "report", sidecar)


def test_texts_of_a_sidecar_are_escaped(vidkompy: Vidkompy, pair: Case) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    fg = Path(shutil.copy2(pair.fg, pair.fg.with_name("<b>&amp;'\".mp4")))
    case = replace(pair, fg=fg)
    path = fg.with_name("evil.vidkompy.json")
    write_sidecar(replace(sidecar_of(case), quality=Quality(reasons=(evil,))), path)
    assert vidkompy("report", path).code == 0
    text = path.with_name("evil.report.html").read_text()
    assert "<img src=x" not in text
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in text
    assert "<bdi>&lt;b&gt;&amp;amp;&#39;&#34;.mp4</bdi>" in text


def test_the_page_allows_its_own_script_and_style_only(vidkompy: Vidkompy, sidecar: Path) -> None:
    vidkompy("report", sidecar, "-o", "out.html")
    text = Path("out.html").read_text()
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert found is not None
    policy = dict(rule.split(" ", 1) for rule in found[1].replace("&#39;", "'").split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"].startswith("'sha256-")
    assert "unsafe" not in found[1]
    assert "http" not in found[1]
    assert " style=" not in text
    assert not re.search(r'(src|href)="(?!data:|#)', text)


def test_ids_are_used_once(vidkompy: Vidkompy, sidecar: Path) -> None:
    vidkompy("report", sidecar, "-o", "out.html")
    ids = re.findall(r' id="([^"]+)"', Path("out.html").read_text())
    assert len(ids) == len(set(ids))


def test_a_browser_opens_the_page(vidkompy: Vidkompy, sidecar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = sidecar.with_name("browser")
    browser.write_text('#!/bin/sh\necho "$1" > opened\n')
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    assert vidkompy("report", sidecar, "--open").code == 0
    assert Path("opened").read_text().strip() == sidecar.with_name("pair.report.html").as_uri()


def test_without_the_extra_its_command_is_said(sidecar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sidecar.with_name("missing")
    folder.mkdir()
    (folder / "matplotlib.py").write_text("raise ModuleNotFoundError('none here', name='matplotlib')\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *sys.path]))
    outcome = as_process("report", sidecar.name, folder=sidecar.parent)
    wanted = "a report is drawn by matplotlib, which is not installed: pip install 'vidkompy[report]'"
    assert (outcome.code, outcome.err) == (2, f"vidkompy: {wanted}\n")
