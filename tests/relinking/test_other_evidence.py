"""Without a signature that tells, the old file is compared, or its copies in the cache, or the other clip is asked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.program_runs import Vidkompy, refused
from support.relinked_clips import COUNT, SIDECAR, X264, made, relinked
from support.truth_cases import write_bg

from vidkompy.media.cache import Cache
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.model import UNMATCHED, Sidecar
from vidkompy.sidecar.document import read_sidecar, write_sidecar

TRIM = ("-vf", "trim=start_frame=20,setpts=PTS-STARTPTS", *X264, "-crf", "20")


@pytest.fixture
def unsigned(pair_of_files: Vidkompy) -> Vidkompy:
    """The sidecar as older versions wrote it."""
    sidecar = read_sidecar(SIDECAR)
    bg, fg = (replace(clip, signature=None) for clip in (sidecar.bg, sidecar.fg))
    write_sidecar(replace(sidecar, bg=bg, fg=fg, ignored=()), SIDECAR)
    assert '"signature"' not in Path(SIDECAR).read_text()
    return pair_of_files


def test_the_old_file_is_compared_while_it_is_there(unsigned: Vidkompy, known: Sidecar) -> None:
    clip = relinked(unsigned, "bg", made("new.mp4", "bg.mp4", *TRIM, gone=False))
    assert (clip["change"], clip["basis"], clip["shift"]) == ("trimmed", "old file", 20)
    assert clip["compared_frames"] == COUNT - 20
    assert "with 'bg.mp4', which is still there" in clip["evidence"]
    left = known.frame_map.bg - 20
    after = read_sidecar(SIDECAR)
    np.testing.assert_array_equal(after.frame_map.bg, np.where(left < 0, UNMATCHED, left))
    assert after.bg.signature is not None


def test_an_old_file_that_was_changed_is_not_compared(unsigned: Vidkompy) -> None:
    path = made("new.mp4", "bg.mp4", *TRIM, gone=False)
    with Path("bg.mp4").open("ab") as file:
        file.write(b"\0")
    Path("fg.mp4").unlink()
    message = refused(unsigned, "relink", SIDECAR, "--bg", path, code=3)
    assert "the sidecar has no signature of it, and the old file is gone; 'fg.mp4', which could tell, is not there" in (
        message
    )


def test_copies_in_the_cache_stand_for_the_old_file(
    unsigned: Vidkompy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VIDKOMPY_CACHE", str(tmp_path / "cache"))
    make_proxies(read_sidecar(SIDECAR).bg, 5, cache=Cache(tmp_path / "cache"))
    clip = relinked(unsigned, "bg", made("new.mp4", "bg.mp4", *X264, "-crf", "25"))
    assert (clip["change"], clip["basis"]) == ("re-encoded", "old file")
    assert "copies in the cache" in clip["evidence"]
    Path(f"{SIDECAR}.old").replace(SIDECAR)
    Path("fg.mp4").unlink()
    message = refused(unsigned, "relink", SIDECAR, "--bg", "new.mp4", "--no-cache", code=3)
    assert "the old file is gone; 'fg.mp4', which could tell, is not there" in message


@pytest.mark.parametrize("role", ["bg", "fg"])
@pytest.mark.parametrize(("change", "words"), [("re-encoded", (*X264, "-crf", "20")), ("trimmed", TRIM)])
def test_the_other_clip_is_asked_where_the_old_one_is_gone(
    unsigned: Vidkompy, known: Sidecar, role: str, change: str, words: tuple[str, ...]
) -> None:
    clip = relinked(unsigned, role, made("new.mp4", f"{role}.mp4", *words))
    other = "fg" if role == "bg" else "bg"
    assert (clip["change"], clip["basis"], clip["difference"]) == (change, "other clip", None)
    assert clip["evidence"].startswith(f"aligned with '{other}.mp4', 0% of the frames lie elsewhere, the place 0.")
    after, bg, shift = read_sidecar(SIDECAR), known.frame_map.bg, 20 if change == "trimmed" else 0
    wanted = np.where(bg < shift, UNMATCHED, bg - shift) if role == "bg" else bg[shift:]
    np.testing.assert_array_equal(after.frame_map.bg, wanted)
    assert getattr(after, role).signature is not None


def test_a_rescaled_bg_is_known_by_the_other_clip(unsigned: Vidkompy) -> None:
    clip = relinked(unsigned, "bg", made("new.mp4", "bg.mp4", "-vf", "scale=480:272", *X264, "-crf", "18"))
    assert (clip["change"], clip["basis"]) == ("rescaled", "other clip")
    assert (read_sidecar(SIDECAR).placement.x, read_sidecar(SIDECAR).placement.width) == (128, 192)


def test_other_content_is_refused_by_the_other_clip(unsigned: Vidkompy) -> None:
    Path("bg.mp4").unlink()
    write_bg(Path("new.mp4"), "handheld", COUNT, size=(240, 136), seed=1)
    message = refused(unsigned, "relink", SIDECAR, "--bg", "new.mp4", code=3)
    assert message.startswith("'new.mp4' is not what 'bg.mp4' was: aligned with the other clip, ")


def test_a_map_that_the_other_clip_contradicts_is_not_carried_over(unsigned: Vidkompy) -> None:
    sidecar = read_sidecar(SIDECAR)
    bg = sidecar.frame_map.bg.copy()
    bg[40:] -= 5
    write_sidecar(replace(sidecar, frame_map=replace(sidecar.frame_map, bg=bg, low=None, high=None), pins=()), SIDECAR)
    message = refused(unsigned, "relink", SIDECAR, "--bg", made("new.mp4", "bg.mp4", *X264, "-crf", "20"), code=3)
    assert "% of the frames lie elsewhere" in message
