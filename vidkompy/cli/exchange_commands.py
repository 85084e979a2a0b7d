"""export and import."""

from __future__ import annotations

from vidkompy.cli.commands import Export, Import
from vidkompy.cli.drawing_commands import drawing_of
from vidkompy.cli.messages import print_message
from vidkompy.cli.results import Result
from vidkompy.counts import count_text
from vidkompy.drawing.options import check_drawing_options
from vidkompy.errors import UsageError


def run_export(c: Export) -> Result:
    from vidkompy.exchange.export import export

    check_drawing_options(c.drawing)
    target = None if c.output is None or str(c.output) == "-" else c.output
    exported = export(c.to, c.sidecar, target, drawing_of(c.drawing), c.exact, c.overwrite, c.ffmpeg, c.fcpxml_version)
    if target is None and len(exported.texts) > 1:
        raise UsageError(f"this takes {len(exported.texts)} files of {c.to}; name the first with -o")
    for loss in exported.losses:
        print_message(f"loss   {loss.message}")
    text = exported.texts[0] if target is None else None
    losses = [loss.as_json() for loss in exported.losses]
    facts = {"format": c.to, "output": None if target is None else str(target), "text": text, "losses": losses}
    return Result(facts, data=text)


def run_import(c: Import) -> Result:
    from vidkompy.exchange.map_import import import_map

    imported = import_map(c.file, c.output, c.sidecar, c.overwrite)
    print_message(f"{imported.changed or 'none'} of {count_text(imported.sidecar.fg.frames, 'FG frame')} changed")
    for note in imported.notes:
        print_message(f"note: {note}")
    facts = {"sidecar": str(c.output), "changed": imported.changed, "notes": list(imported.notes)}
    return Result(facts, (str(c.output),))
