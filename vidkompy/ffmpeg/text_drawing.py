"""Which ffmpeg draws text: one that was built with drawtext, and finds a font on this machine."""

from __future__ import annotations

import os

from filtergraphs.safety import check_graph
from vidkompy.errors import RenderError
from vidkompy.ffmpeg.binary import PATH_VARIABLE, Ffmpeg, find_ffmpeg, list_ffmpegs
from vidkompy.ffmpeg.kept_answers import NO_ANSWERS, KeptAnswers
from vidkompy.ffmpeg.process import run_trial

_WAY_OUT = "leave the text out with --no-text, or name another ffmpeg with --ffmpeg"
_FONTS = "install a font that fontconfig finds (Debian: apt install fonts-dejavu-core)"


def find_text_drawer(
    named: str | None,
    encoder: str,
    filters: frozenset[str],
    decoders: frozenset[str] = frozenset(),
    answers: KeptAnswers = NO_ANSWERS,
) -> Ffmpeg:
    """As `find_ffmpeg`, for a graph with text: of those that were not named, the first that finds a font, too.

    Raises RenderError.
    """
    try:
        chosen = find_ffmpeg(named, encoder, filters, decoders, answers=answers)
    except RenderError as e:
        if "drawtext" in str(e):
            raise RenderError(f"{e}; without drawtext there is no text: {_WAY_OUT}") from e
        raise
    problem = _font_problem(chosen)
    if not problem:
        return chosen
    problems = [f"'{chosen.path}' says: {problem}"]
    others = () if named or os.environ.get(PATH_VARIABLE) else list_ffmpegs(answers)
    for other in others:
        if other.path == chosen.path or other.missing_features(encoder, filters, decoders):
            continue
        problem = _font_problem(other)
        if not problem:
            return other
        problems.append(f"'{other.path}' says: {problem}")
    raise RenderError(f"text cannot be drawn, as {'; '.join(problems)}; {_FONTS}, {_WAY_OUT}")


def _font_problem(ffmpeg: Ffmpeg) -> str:
    """What it says as it draws a letter; "" if it does."""
    graph = "color=size=64x64:rate=1,drawtext=text=x:font=Sans:fontsize=14[v]"
    check_graph(graph)
    trial = run_trial(ffmpeg.path, ["-filter_complex", graph, "-map", "[v]", "-frames:v", "1", "-f", "null", "-"])
    return "" if trial.succeeded else trial.error
