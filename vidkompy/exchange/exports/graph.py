"""The bare filtergraph, for one's own ffmpeg command: what that must say besides is a loss.

ffmpeg has no comments in graphs, and 5.1 takes a file of them by -filter_complex_script, 7 by -/filter_complex.
Source: https://ffmpeg.org/ffmpeg-filters.html#Filtergraph-syntax-1
"""

import shlex

from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.render_script import scripted_job

OPTIONS: frozenset[ExportOption] = frozenset({"drawing"})


def export(request: ExportRequest) -> ExportResult:
    """Raises SidecarError, RenderError."""
    job, _, losses = scripted_job(request)
    message = (
        f"the graph reads its inputs as ffmpeg {shlex.join(job.inputs)} opens them, in this order, "
        f"and is right with {shlex.join(job.output_options)} before the encoder and the output"
    )
    return ExportResult((f"{job.script.graph}\n",), (Loss("command", message), *losses))
