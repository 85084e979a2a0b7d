"""Signatures of made footage of 21 kinds against 14 forms of it: copies are known, or count as unsure; others never."""

from pathlib import Path

import pytest
from support.program_runs import run_ffmpeg
from support.truth_cases import write_bg

from vidkompy.media.probe import probe
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.media.signatures import cell_means, signature_of
from vidkompy.relinking.signature_match import Mismatch, SignatureMatch, match_signature

COUNT, START = 100, 20  # frames; how many a trimmed copy lacks at its start
TUNING = (
    *("tripod", "handheld", "pan", "talk", "screen", "animation", "lowlight", "cuts", "periodic", "dissolves"),
    *("night", "title", "gallery"),
)
HELD_OUT = ("foliage", "crowd", "anime", "harbour", "drive", "stage", "game", "interview")
X264 = ("-c:v", "libx264", "-preset", "veryfast")
COPIES = {
    "crf 30": (*X264, "-crf", "30"),
    "half": ("-vf", "scale=160:90", *X264, "-crf", "23"),
    "larger": ("-vf", "scale=480:270", "-pix_fmt", "yuv444p", *X264, "-crf", "23"),
    "mpeg4": ("-c:v", "mpeg4", "-q:v", "8"),
    "full range": ("-vf", "scale=out_range=pc", *X264, "-crf", "23"),
}
TRIMMED = ("-vf", f"trim=start_frame={START},setpts=PTS-STARTPTS", *X264, "-crf", "30")
ALTERED = {
    "mirrored": ("-vf", "hflip", *X264, "-crf", "23"),
    "backwards": ("-vf", "reverse", *X264, "-crf", "23"),
    "cropped": ("-vf", "crop=294:166,scale=320:180", *X264, "-crf", "23"),
    "25 fps": ("-r", "25", *X264, "-crf", "23"),
}
PERIODIC = "periodic"  # backwards it shows the same, 57 frames later
UNSURE = {"foliage": (*X264, "-crf", "36")}  # leaves move less than this encoder's noise


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*TUNING, *HELD_OUT])
def test_copies_are_known_and_nothing_else_is(kind: str, tmp_path: Path) -> None:
    source = write_bg(tmp_path / "source.mp4", kind, COUNT, size=(320, 180))
    signature = signature_of(make_proxies(probe(source), 5))
    forms = {**COPIES, "trimmed": TRIMMED, **ALTERED, **({"unsure": UNSURE[kind]} if kind in UNSURE else {})}
    written = [word for name, words in forms.items() for word in (*words, "-an", str(tmp_path / f"{name}.mkv"))]
    run_ffmpeg("-i", source, *written)

    def found(name: str) -> SignatureMatch | Mismatch:
        cells = cell_means(make_proxies(probe(tmp_path / f"{name}.mkv"), 5))
        return match_signature(signature, cells, COUNT)

    for name in COPIES:
        copy = found(name)
        assert isinstance(copy, SignatureMatch), (name, copy)
        assert (copy.shift, copy.compared) == (0, 48)
    if "unsure" in forms:
        unsure = found("unsure")
        assert isinstance(unsure, Mismatch)
        assert not unsure.is_other
    trimmed = found("trimmed")
    assert trimmed.shift == START if isinstance(trimmed, SignatureMatch) else not trimmed.is_other
    for name in ALTERED:
        if (kind, name) != (PERIODIC, "backwards"):
            assert isinstance(found(name), Mismatch), name
    write_bg(tmp_path / "other.mkv", kind, COUNT, size=(320, 180), seed=1)
    assert isinstance(found("other"), Mismatch)
