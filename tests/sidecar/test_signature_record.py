"""The signature of a clip in a sidecar: one line that comes back equal, and nothing that an old sidecar needs."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.placed_proxies import clip
from support.program_runs import Vidkompy, refused

from vidkompy.media.probe import probe
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.media.signatures import cell_means, signature_of
from vidkompy.model import Json
from vidkompy.sidecar.document import read_sidecar, write_sidecar
from vidkompy.sidecar.signature_record import signature_json
from vidkompy.signature import SIGNATURE_FRAMES


@pytest.mark.usefixtures("pair")
def test_an_analysis_writes_a_line_a_clip_that_comes_back_equal(vidkompy: Vidkompy) -> None:
    assert vidkompy("analyze", "bg.mp4", "fg.mp4", "--search", "0.1-1.4").code == 0
    path = Path("fg.vidkompy.json")
    lines = [line for line in path.read_text().splitlines() if '"signature"' in line]
    assert [len(line) < 4300 for line in lines] == [True, True]
    read = read_sidecar(path)
    assert read.fg.signature is not None
    assert read.bg.signature is not None
    assert (read.fg.signature.first, read.fg.signature.count) == (0, 36)
    assert (read.bg.signature.first, read.bg.signature.count) == (3, 39)
    fg, bg = make_proxies(probe(Path("fg.mp4")), 5), make_proxies(probe(Path("bg.mp4")), 5)
    np.testing.assert_array_equal(read.fg.signature.luma.reshape(36, -1), cell_means(fg))
    np.testing.assert_array_equal(read.bg.signature.luma.reshape(39, -1), cell_means(bg, read.bg.signature.frames))
    assert read.fg.signature.checksum == signature_of(fg).checksum
    text = path.read_text()
    write_sidecar(read, path)
    assert path.read_text() == text


def test_a_signature_holds_a_bounded_number_of_frames_and_none_outside_its_range() -> None:
    stack = np.zeros((1000, 16, 16), np.uint8)
    stack[:] = (np.arange(1000) % 251)[:, None, None]
    signature = signature_of(clip(stack), first=70)
    assert len(signature.luma) == SIGNATURE_FRAMES
    assert (signature.frames >= 70).all()
    np.testing.assert_array_equal(signature.luma[:, 0, 0], (signature.frames - 70) % 251)
    assert len(signature_of(clip(stack[:5])).luma) == 5


def test_cells_are_means_over_the_same_part_of_the_frame_whatever_its_size() -> None:
    rng = np.random.default_rng(1)
    cells = rng.integers(0, 256, (3, 8, 8), dtype=np.uint8)
    for across, down in ((3, 5), (8, 4)):
        stack = cells.repeat(down, axis=1).repeat(across, axis=2)
        np.testing.assert_array_equal(cell_means(clip(stack)), cells.reshape(3, 64))


def test_a_sidecar_without_signatures_is_read(sidecar: Path) -> None:
    assert '"signature"' not in sidecar.read_text()
    assert read_sidecar(sidecar).fg.signature is None


EDITS: dict[str, tuple[Callable[[Json], object], str]] = {
    "beyond": (lambda s: s.update(first=1), "reaches frame 36, the clip has 0..35 @ $.clips.fg.signature.count"),
    "base64": (lambda s: s.update(luma="AAAAA"), "is no base64: "),
    "odd": (lambda s: s.update(luma=b64encode(bytes(65)).decode()), "holds 65 bytes, wanted 64 for each picture"),
    "many": (lambda s: s.update(count=1), "holds 2304 bytes, wanted 64 for each picture, and at most one a frame"),
    "checksum": (lambda s: s.update(checksum="x"), "$.clips.fg.signature.checksum"),
    "long": (lambda s: s.update(luma="A" * 4100), "$.clips.fg.signature.luma"),
}


@pytest.mark.parametrize(("edit", "message"), EDITS.values(), ids=EDITS)
def test_a_signature_that_was_edited_is_refused_with_its_place(
    vidkompy: Vidkompy, sidecar: Path, edit: Callable[[Json], object], message: str
) -> None:
    proxies = make_proxies(probe(Path("fg.mp4")), 5)
    document = json.loads(sidecar.read_text())
    document["clips"]["fg"]["signature"] = signature_json(signature_of(proxies))
    edit(document["clips"]["fg"]["signature"])
    sidecar.write_text(json.dumps(document))
    assert message in refused(vidkompy, "export", sidecar.name, "--to", "csv")
