"""The render as a script that stands alone: for a POSIX shell, or for PowerShell where its name ends in .ps1.

The clips are looked for from the script's folder, the output is written to where the script is called. It draws what
`render` draws, by the same graph, with any ffmpeg from 5.1 on.
"""

from vidkompy.exchange import posix_script, powershell_script
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.render_script import clip_paths, render_script, scripted_job

OPTIONS: frozenset[ExportOption] = frozenset({"drawing"})

WRITERS = {"": posix_script.render_text, ".sh": posix_script.render_text, ".ps1": powershell_script.render_text}
FFMPEG = "ffmpeg"  # the one on PATH, where the script runs


def export(request: ExportRequest) -> ExportResult:
    """Raises SidecarError, RenderError."""
    job, output, losses = scripted_job(request)
    script = render_script(job, output, FFMPEG, clip_paths(request))
    return ExportResult((WRITERS[request.suffix](script),), losses)
