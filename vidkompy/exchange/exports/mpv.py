"""A script for a POSIX shell that shows the composite in mpv at once: nothing is drawn before, and no file is written.

mpv decodes FG and BG, the latter once for each time that the map goes back, and its --lavfi-complex draws the graph of
a render. Tracks are counted over all files, FG's first. The graph stands in a file of options, as a word of a command
may have 128 KiB only. Source: mpv's manual, "--lavfi-complex" and "Configuration Files".
"""

import re
import shlex
from dataclasses import replace

from filtergraphs import Script, compose
from vidkompy.drawing.notes import ENDING_OF_RENDER, composition_notes
from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.plan import plan_layout
from vidkompy.errors import RenderError
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.posix_script import heredoc
from vidkompy.media.file_urls import relative_path
from vidkompy.media.probe import video_stream_count
from vidkompy.model import Clip, Sidecar
from vidkompy.sidecar.document import check_clips

OPTIONS: frozenset[ExportOption] = frozenset()

_INPUT = re.compile(r"\[(\d+):v:\d+\]")


def export(request: ExportRequest) -> ExportResult:
    """Raises SidecarError, RenderError, MediaError."""
    sidecar = request.sidecar
    check_clips(sidecar, request.sidecar_path)
    layout = plan_layout(sidecar, DrawingOptions())
    try:
        script = compose(replace(layout, bg_pts=()))  # without which BG is read from its start: mpv enters none midway
    except ValueError as e:
        raise RenderError(f"this cannot be drawn: {e}") from e
    readers = max(int(number) for number in _INPUT.findall(script.graph))
    graph = _graph_of_mpv(script, sidecar)
    text = _SCRIPT.format(
        fg=_beside(sidecar.fg, request),
        bgs="".join(f" \\\n    --external-file={_beside(sidecar.bg, request)}" for _ in range(readers)),
        options=heredoc(f"lavfi-complex=%{len(graph.encode())}%{graph}"),
    )
    losses = [Loss("drawing", note) for note in composition_notes(sidecar, layout) if ENDING_OF_RENDER not in note]
    if sidecar.bg.audio:
        losses.append(Loss("sound", "BG's sound is left out" + (", FG's is heard" if sidecar.fg.audio else "")))
    losses.append(Loss("seeking", "the graph counts frames: leaping to another place in the player breaks the match"))
    return ExportResult((text,), tuple(losses))


def _graph_of_mpv(script: Script, sidecar: Sidecar) -> str:
    """The graph with mpv's names of tracks, [vid1] being FG's first one, and of its end, [vo]."""
    fg_count, bg_count = (video_stream_count(clip.path) for clip in (sidecar.fg, sidecar.bg))

    def track(match: re.Match[str]) -> str:
        if (number := int(match[1])) == 0:
            return f"[vid{sidecar.fg.stream + 1}]"
        return f"[vid{fg_count + (number - 1) * bg_count + sidecar.bg.stream + 1}]"

    end = script.outputs[script.outputs.index("-map") + 1]
    return f"{_INPUT.sub(track, script.graph)};{end}null[vo]"


def _beside(clip: Clip, request: ExportRequest) -> str:
    """A word for the shell: the clip's path from the script's folder on."""
    path = relative_path(clip.path, request.folder)
    return shlex.quote(path) if path.startswith("/") else f'"$here"/{shlex.quote(path)}'


_SCRIPT = """\
#!/bin/sh
# One video over another, frame by frame, shown by mpv. Usage: sh SCRIPT [MPV OPTIONS]. MPV names another mpv.
set -eu
case $0 in */*) here=${{0%/*}} ;; *) here=. ;; esac
options=$(mktemp)
trap 'rm -f "$options"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
cat > "$options" {options}
"${{MPV:-mpv}}" --include="$options" --hwdec=no{bgs} "$@" -- {fg}
"""
