"""Which ffmpeg is used: --ffmpeg, else $VIDKOMPY_FFMPEG, else a capable one on PATH, else the embedded one."""

import os
import re
from pathlib import Path

import imageio_ffmpeg
import pytest
from support.program_runs import EMBEDDED, Vidkompy, refused
from support.stub_programs import script

from vidkompy.ffmpeg import binary, process
from vidkompy.ffmpeg.binary import REQUIRED_FILTERS

CAPABLE = ""
SHORTCOMINGS = {  # what sed makes of the answers of a capable ffmpeg, what that one then lacks
    "s/^ffmpeg version [^ ]*/ffmpeg version 5.0.3/": "version 5.1 (it is 5.0)",
    "s/^ffmpeg version [^ ]*/ffmpeg version n4.4/": "version 5.1 (it is 4.4)",
    "/ xstack /d": "filter xstack",
    "/ setparams /d;/ split /d": "filter setparams, filter split",
    "/ libx264 /d": "encoder libx264",
}
BROKEN = ["exit 7", "echo hello", "cat", "kill -9 $$"]
BANNER = "ffmpeg version 6.1-made-up Copyright (c) nobody"
ANSWERS = {
    "-filters": [f" T.C {name:17} V->V       no words" for name in (*sorted(REQUIRED_FILTERS), "rotate")],
    "-hwaccels": ["Hardware acceleration methods:", "vdpau", "cuda", ""],
    "-codecs": [
        *(" D..... = Decoding supported", " -------"),
        " DEV.LS h264                 no words (decoders: h264 h264_v4l2m2m) (encoders: libx264 libx264rgb)",
        *(f" DE{kind}... {name:20} no words" for kind, name in (("V", "ffv1"), ("V", "mpeg4"), ("A", "aac"))),
        " D.VI.S vc1                  no words (decoders: vc1 vc1_qsv)",
    ],
}


def changed(path: Path, edit: str) -> str:
    """The embedded ffmpeg, but what it says of itself goes through sed; other work leaves a file `NAME.worked`."""
    real = f"'{EMBEDDED}' \"$@\""
    listings = f"-filters | -codecs) {{ {real} 2>&1 >&3 | sed '{edit}' >&2; }} 3>&1 | sed '{edit}' ;;"
    return script(path, 'case "$1" in', listings, f'*) : > "$0.worked"; exec {real} ;;', "esac")


def answering(path: Path, edit: str = "") -> str:
    """A script that knows nothing but fixed answers."""
    answers = {question: "\n".join(lines) for question, lines in ANSWERS.items()}
    cases = [f"{question}) echo '{text}' | sed '{edit}' ;;" for question, text in answers.items()]
    return script(path, f"echo '{BANNER}' | sed '{edit}' >&2", 'case "$1" in', *cases, "*) exit 1 ;;", "esac")


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a script is the first ffmpeg on PATH."""
    folder = tmp_path / "bin"
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return folder / "ffmpeg"


def used(vidkompy: Vidkompy, sidecar: Path, *words: str) -> str:
    """The binary that a dry run would start."""
    outcome = vidkompy("render", sidecar.name, "--dry-run", *words)
    assert outcome.code == 0, outcome.err
    binaries: list[str] = re.findall(r"\|\| ffmpeg=(.*)", outcome.out)
    return binaries[0]


# ---- on PATH


def test_a_capable_ffmpeg_on_path_is_preferred(vidkompy: Vidkompy, sidecar: Path, on_path: Path) -> None:
    mine = changed(on_path, CAPABLE)
    assert used(vidkompy, sidecar) == mine
    assert vidkompy("render", sidecar.name, "-o", "out.mp4").code == 0
    assert Path(f"{mine}.worked").exists()
    assert vidkompy("verify", sidecar.name, "out.mp4").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("edit", SHORTCOMINGS)
def test_an_incapable_ffmpeg_on_path_is_passed_over(
    vidkompy: Vidkompy, sidecar: Path, on_path: Path, edit: str
) -> None:
    mine = changed(on_path, edit)
    assert used(vidkompy, sidecar) == EMBEDDED
    assert vidkompy("render", sidecar.name, "-o", "out.mp4").code == 0
    assert not Path(f"{mine}.worked").exists()


@pytest.mark.parametrize("action", BROKEN)
def test_a_broken_ffmpeg_on_path_is_passed_over(vidkompy: Vidkompy, sidecar: Path, on_path: Path, action: str) -> None:
    script(on_path, action)
    assert used(vidkompy, sidecar) == EMBEDDED
    assert vidkompy("doctor").out.startswith(f"using     {EMBEDDED} (from embedded)\n")


def test_an_encoder_that_only_one_has_decides(vidkompy: Vidkompy, sidecar: Path, on_path: Path) -> None:
    mine = changed(on_path, "/ libx264 /d")
    assert used(vidkompy, sidecar, "--", "-c:v", "libx264") == EMBEDDED
    assert used(vidkompy, sidecar, "--", "-c:v", "ffv1") == mine


def test_a_build_that_names_no_number_counts_as_current(vidkompy: Vidkompy, sidecar: Path, on_path: Path) -> None:
    mine = changed(on_path, "s/^ffmpeg version [^ ]*/ffmpeg version git-2026-01-01-abcdef/")
    assert used(vidkompy, sidecar) == mine
    assert vidkompy("render", sidecar.name, "-o", "out.mp4").code == 0  # by -/filter_complex: 9 knows no other way


def test_without_any_on_path_the_embedded_one_is_used(
    vidkompy: Vidkompy, sidecar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert used(vidkompy, sidecar) == EMBEDDED


def test_none_that_can_do_it_is_an_error_that_names_each(vidkompy: Vidkompy, sidecar: Path, on_path: Path) -> None:
    mine = changed(on_path, "/ xstack /d")
    assert refused(vidkompy, "render", sidecar.name, "--", "-c:v", "nosuch") == (
        f"no ffmpeg can do this: '{mine}' (PATH) lacks filter xstack, encoder nosuch; "
        f"'{EMBEDDED}' (embedded) lacks encoder nosuch; name another one with --ffmpeg, or ask for another encoder"
    )


def test_a_platform_without_an_embedded_ffmpeg_uses_the_one_on_path(
    vidkompy: Vidkompy, sidecar: Path, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> str:
        raise RuntimeError("No ffmpeg exe could be found.")

    mine = changed(on_path, CAPABLE)
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", absent)
    assert used(vidkompy, sidecar) == mine


# ---- by name


def test_the_option_beats_the_environment_which_beats_path(
    vidkompy: Vidkompy, sidecar: Path, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path_, in_environment, named = (
        changed(path, CAPABLE) for path in (on_path, on_path.with_name("second"), on_path.with_name("first"))
    )
    assert used(vidkompy, sidecar) == on_path_
    monkeypatch.setenv("VIDKOMPY_FFMPEG", in_environment)
    assert used(vidkompy, sidecar) == in_environment
    assert used(vidkompy, sidecar, "--ffmpeg", named) == named
    monkeypatch.setenv("VIDKOMPY_FFMPEG", "")
    assert used(vidkompy, sidecar) == on_path_


def test_an_option_makes_a_bad_environment_irrelevant(
    vidkompy: Vidkompy, sidecar: Path, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDKOMPY_FFMPEG", "gone")
    named = changed(on_path.with_name("named"), CAPABLE)
    assert used(vidkompy, sidecar, "--ffmpeg", named) == named


@pytest.mark.slow
@pytest.mark.parametrize("command", ["render", "compose"])
@pytest.mark.parametrize(("edit", "lack"), SHORTCOMINGS.items())
def test_an_incapable_one_that_was_named_is_an_error(
    vidkompy: Vidkompy, sidecar: Path, monkeypatch: pytest.MonkeyPatch, command: str, edit: str, lack: str
) -> None:
    mine = changed(Path.cwd() / "mine", edit)
    clips = {"render": [sidecar.name], "compose": ["bg.mp4", "fg.mp4"]}[command]
    wanted = f"ffmpeg from {{}} lacks {lack}; name a fuller build, or none to have one chosen"
    assert refused(vidkompy, command, *clips, "--ffmpeg", mine) == wanted.format(f"--ffmpeg '{mine}'")
    monkeypatch.setenv("VIDKOMPY_FFMPEG", mine)
    assert refused(vidkompy, command, *clips) == wanted.format("VIDKOMPY_FFMPEG")


# ---- doctor


def test_doctor_says_which_why_and_what_it_can_do(vidkompy: Vidkompy, on_path: Path) -> None:
    mine = answering(on_path)
    outcome = vidkompy("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[:3] + lines[5:] == [
        f"using     {mine} (from PATH)",
        "version   ffmpeg version 6.1-made-up Copyright (c) nobody",
        "filters   all 18 known, none of those needed is missing",
        f"also here {EMBEDDED} (from embedded): capable too",
    ]
    assert lines[3].startswith("encoders  libx264, ffv1 (")
    assert lines[4] == "hwaccels  vdpau, cuda"


def test_doctor_counts_the_encoders(vidkompy: Vidkompy, on_path: Path) -> None:
    answering(on_path)
    assert vidkompy("doctor").out.splitlines()[3] == "encoders  libx264, ffv1 (6 in all)"


@pytest.mark.parametrize(("edit", "lack"), list(SHORTCOMINGS.items())[:4])
def test_doctor_says_why_the_one_on_path_is_not_used(vidkompy: Vidkompy, on_path: Path, edit: str, lack: str) -> None:
    mine = answering(on_path, edit)
    lines = vidkompy("doctor").out.splitlines()
    assert lines[0] == f"using     {EMBEDDED} (from embedded)"
    assert lines[1].startswith("version   ffmpeg version ")
    assert lines[5:] == [f"also here {mine} (from PATH): {lack}"]


def test_doctor_names_the_one_that_a_plain_render_uses(vidkompy: Vidkompy, sidecar: Path, on_path: Path) -> None:
    mine = changed(on_path, "/ libx264 /d")
    assert used(vidkompy, sidecar) == EMBEDDED
    lines = vidkompy("doctor").out.splitlines()
    assert lines[0] == f"using     {EMBEDDED} (from embedded)"
    assert lines[5:] == [f"also here {mine} (from PATH): encoder libx264"]


def test_doctor_looks_at_the_one_that_is_named(
    vidkompy: Vidkompy, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(on_path, "exit 7")
    mine = answering(on_path.with_name("mine"))
    lines = vidkompy("doctor", "--ffmpeg", mine).out.splitlines()
    assert lines[0] == f"using     {mine} (from --ffmpeg '{mine}')"
    assert lines[5:] == [f"also here {EMBEDDED} (from embedded): capable too"]
    monkeypatch.setenv("VIDKOMPY_FFMPEG", mine)
    assert vidkompy("doctor").out.startswith(f"using     {mine} (from VIDKOMPY_FFMPEG)\n")


@pytest.mark.parametrize(("edit", "lack"), list(SHORTCOMINGS.items())[:4])
def test_doctor_refuses_a_named_one_that_is_incapable(vidkompy: Vidkompy, on_path: Path, edit: str, lack: str) -> None:
    mine = answering(on_path.with_name("mine"), edit)
    wanted = f"ffmpeg from --ffmpeg '{mine}' lacks {lack}; name a fuller build, or none to have one chosen"
    assert refused(vidkompy, "doctor", "--ffmpeg", mine) == wanted


def test_no_program_of_the_current_folder_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's folder may hold one; an empty part of PATH means it."""
    for name in ("ffmpeg", "setpriv"):
        (tmp_path / name).write_text("#!/bin/sh\ntouch ran\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{os.pathsep}.{os.pathsep}{os.environ['PATH']}")
    assert all(Path(tool.path).is_absolute() for tool in binary.list_ffmpegs())
    process._death_signal_words.cache_clear()
    process._death_signal_words()
    assert not (tmp_path / "ran").exists()
