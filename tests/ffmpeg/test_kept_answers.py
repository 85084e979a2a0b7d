"""What ffmpeg said in earlier runs is taken for its answer, and nothing that a check catches is lost by that."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.program_runs import EMBEDDED, Vidkompy, refused
from support.stub_programs import script

from vidkompy.drawing.options import DrawingOptions
from vidkompy.errors import RenderError
from vidkompy.ffmpeg.binary import find_ffmpeg, identify
from vidkompy.ffmpeg.encoder_presets import EncodingOptions
from vidkompy.ffmpeg.kept_answers import NO_ANSWERS, KeptAnswers
from vidkompy.media.cache_folder import ENTRY_SUFFIX
from vidkompy.rendering.render_pipeline import prepare_job, run_job
from vidkompy.sidecar.document import read_sidecar

QUESTION = ["-filters"]


@pytest.fixture
def answers(tmp_path: Path) -> KeptAnswers:
    return KeptAnswers(tmp_path / "cache")


@pytest.fixture
def binary(tmp_path: Path) -> str:
    return str(shutil.copy2(EMBEDDED, tmp_path / "ffmpeg"))


def entries(answers: KeptAnswers) -> list[Path]:
    return sorted(answers.folder.glob("*")) if answers.folder else []


def test_an_answer_comes_back_for_the_same_words_only(answers: KeptAnswers) -> None:
    answers.keep(EMBEDDED, QUESTION, "a\nb ä")
    assert answers.find(EMBEDDED, QUESTION) == "a\nb ä"
    assert answers.find(EMBEDDED, ["-codecs"]) is None
    assert all(path.name.endswith(ENTRY_SUFFIX) for path in entries(answers))
    answers.forget(EMBEDDED)
    assert not entries(answers)


def test_another_binary_at_the_same_path_is_asked_itself(answers: KeptAnswers, binary: str) -> None:
    answers.keep(binary, QUESTION, "old")
    os.utime(binary, (1, 1))
    assert answers.find(binary, QUESTION) is None


def test_other_libraries_are_asked_themselves(
    answers: KeptAnswers, binary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers.keep(binary, QUESTION, "old")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/elsewhere")
    assert answers.find(binary, QUESTION) is None


def test_nothing_is_kept_of_programs_that_start_others(answers: KeptAnswers, tmp_path: Path) -> None:
    """A script, and what starts a program by the name that it was called by, as snap does."""
    started = shutil.copy2(EMBEDDED, tmp_path / "starter")
    (tmp_path / "link").mkdir()
    link = tmp_path / "link" / "ffmpeg"
    link.symlink_to(started)
    for path in (script(tmp_path / "bin" / "ffmpeg", f"exec '{EMBEDDED}' \"$@\""), str(link), str(tmp_path / "none")):
        answers.keep(path, QUESTION, "x")
        assert answers.find(path, QUESTION) is None
    assert not entries(answers)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\xff", b'{"question": ["-filters"], "answer": 3}', b"[" * 9999]
)
def test_a_spoilt_entry_is_no_answer(answers: KeptAnswers, content: bytes) -> None:
    answers.keep(EMBEDDED, QUESTION, "x")
    (entry,) = entries(answers)
    entry.write_bytes(content)
    assert answers.find(EMBEDDED, QUESTION) is None


def test_where_nothing_can_be_kept_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for nowhere in (NO_ANSWERS, KeptAnswers(tmp_path / "file")):
        nowhere.keep(EMBEDDED, QUESTION, "x")
        nowhere.forget(EMBEDDED)
        assert nowhere.find(EMBEDDED, QUESTION) is None


def test_a_binary_that_was_asked_is_not_asked_again(answers: KeptAnswers, binary: str) -> None:
    first = identify(binary, "here", answers)
    answers.keep(binary, QUESTION, (answers.find(binary, QUESTION) or "") + "\n T.C keptonly V->V words\n")
    identify.cache_clear()
    assert identify(binary, "here", answers).filters == first.filters | {"keptonly"}


def test_what_kept_answers_lack_is_asked_again(answers: KeptAnswers, binary: str) -> None:
    identify(binary, "here", answers)
    kept = answers.find(binary, ["-codecs"]) or ""
    answers.keep(binary, ["-codecs"], kept.replace("libx264", "none"))
    identify.cache_clear()
    assert "libx264" not in identify(binary, "here", answers).encoders
    assert "libx264" in find_ffmpeg(binary, "libx264", answers=answers).encoders
    assert not entries(answers)


class AllWorked(KeptAnswers):
    """Says of every trial that it worked once."""

    def find(self, path: str, question: Sequence[str]) -> str | None:  # noqa: ARG002 - as it is called
        return None if len(question) == 1 else ""


def test_an_encoder_that_works_no_more_is_refused_as_if_tried_before(sidecar: Path, tmp_path: Path) -> None:
    answers, out = AllWorked(tmp_path / "cache"), tmp_path / "out.webm"
    options, encoding = DrawingOptions(audio="none"), EncodingOptions("libx264")
    wanted = "video of libx264 does not go into a .webm file"
    with pytest.raises(RenderError, match=wanted):
        prepare_job(read_sidecar(sidecar), out, options, encoding, ffmpeg=EMBEDDED)
    job = prepare_job(read_sidecar(sidecar), out, options, encoding, ffmpeg=EMBEDDED, answers=answers)
    answers.keep(EMBEDDED, QUESTION, "x")
    with pytest.raises(RenderError, match=wanted):
        run_job(job, answers=answers)
    assert not entries(answers)
    assert not out.exists()


def test_a_second_render_starts_one_ffmpeg_and_is_the_same(
    vidkompy: Vidkompy, sidecar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDKOMPY_CACHE", str(tmp_path / "cache"))
    words = ("render", sidecar, "--ffmpeg", EMBEDDED)
    outcomes = [vidkompy(*words, "-o", f"{name}.mp4", "--", "-c:v", "mpeg4") for name in ("a", "b")]
    assert [outcome.code for outcome in outcomes] == [0, 0]
    assert outcomes[0].err == outcomes[1].err
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert len(entries(KeptAnswers(tmp_path / "cache"))) == 3


def test_a_render_keeps_nothing_where_the_cache_is_nowhere(vidkompy: Vidkompy, sidecar: Path) -> None:
    before = sorted(sidecar.parent.iterdir())
    assert vidkompy("render", sidecar, "-o", "out.mp4", "--ffmpeg", EMBEDDED).code == 0
    assert sorted(sidecar.parent.iterdir()) == sorted([*before, sidecar.parent / "out.mp4"])


def test_the_wrong_encoder_is_refused_with_kept_answers_too(
    vidkompy: Vidkompy, sidecar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDKOMPY_CACHE", str(tmp_path / "cache"))
    assert vidkompy("render", sidecar, "-o", "out.mp4", "--ffmpeg", EMBEDDED).code == 0
    words = ("render", sidecar, "-o", "o.mp4", "--ffmpeg", EMBEDDED, "--", "-c:v", "nosuch")
    monkeypatch.setenv("VIDKOMPY_CACHE", os.devnull)
    wanted = refused(vidkompy, *words)
    monkeypatch.setenv("VIDKOMPY_CACHE", str(tmp_path / "cache"))
    assert "lacks encoder nosuch" in wanted
    assert vidkompy(*words).err == f"vidkompy: {wanted}\n"
