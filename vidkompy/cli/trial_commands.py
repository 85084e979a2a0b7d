"""doctor and demo: does everything work here?"""

from __future__ import annotations

from vidkompy.cli.commands import Compose, Demo, Doctor
from vidkompy.cli.drawing_commands import run_compose
from vidkompy.cli.output_paths import check_free, path_beside, timecodes_of
from vidkompy.cli.results import Result


def run_doctor(c: Doctor) -> Result:
    from vidkompy.cli.doctor import ffmpeg_facts, ffmpeg_lines

    facts = ffmpeg_facts(c.ffmpeg)
    return Result(facts, tuple(ffmpeg_lines(facts)))


def run_demo(c: Demo, frames: int | None = None) -> Result:
    """frames: of BG, if not as many as `demo` makes by default."""
    from vidkompy.cli.demo import BG_FRAMES, is_as_made, write_pair
    from vidkompy.cli.facts import verdict_facts
    from vidkompy.cli.summary import verdict_lines
    from vidkompy.sidecar.document import read_sidecar
    from vidkompy.verification.frame_comparison import verify

    bg, fg, target = (c.output / name for name in ("background.mp4", "foreground.mp4", "composite.mp4"))
    sidecar_path = path_beside(target, ".vidkompy.json")
    if c.output.exists():
        for path in (bg, fg, target, sidecar_path, timecodes_of(sidecar_path)):
            check_free(path, (), c.overwrite)
    count = frames or BG_FRAMES
    write_pair(bg, fg, c.overwrite, count)
    run_compose(Compose(bg, fg, target, overwrite=c.overwrite), None)
    sidecar = read_sidecar(sidecar_path)
    verdict = verify(sidecar, target)
    is_true = is_as_made(sidecar, count)
    files = {"background": bg, "foreground": fg, "sidecar": sidecar_path, "composite": target}
    lines = [
        *verdict_lines(verdict, sidecar_path, target),
        f"truth   {'found: every frame and the placement are what was made' if is_true else 'NOT found'}",
        *(f"{name:11} {path}" for name, path in files.items()),
    ]
    facts = {"is_right": is_true and verdict.is_right, **{name: str(path) for name, path in files.items()}}
    exit_code = 0 if facts["is_right"] else 1
    return Result({**facts, "is_true": is_true, "render": verdict_facts(verdict)}, tuple(lines), exit_code=exit_code)
