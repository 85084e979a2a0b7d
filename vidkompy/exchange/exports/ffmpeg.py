"""The render as a script that stands alone: for a POSIX shell, or for PowerShell where its name ends in .ps1.

The clips are looked for from the script's folder, the output is written to where the script is called. It draws what
`render` draws, by the same graph, with any ffmpeg from 5.1 on.
"""

from vidkompy.errors import UsageError
from vidkompy.exchange import posix_script, powershell_script
from vidkompy.exchange.format_contract import ExportRequest, ExportResult
from vidkompy.exchange.script_job import places, scripted

_WRITERS = {"": posix_script.drawing, ".sh": posix_script.drawing, ".ps1": powershell_script.drawing}


def export(asked: ExportRequest) -> ExportResult:
    """Raises UsageError, SidecarError, RenderError."""
    if asked.suffix not in _WRITERS:
        raise UsageError(
            f"a script of ffmpeg is .sh, for a POSIX shell, or .ps1, for PowerShell; '{asked.suffix}' is neither: "
            "name another output with -o"
        )
    job, output, losses = scripted(asked)
    return ExportResult((_WRITERS[asked.suffix](job, output, "ffmpeg", places(asked)),), tuple(losses))
