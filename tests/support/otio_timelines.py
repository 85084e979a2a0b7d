"""Exported timelines, written for a map."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from vidkompy import Sidecar, write_sidecar
from vidkompy.exchange.export import export
from vidkompy.exchange.losses import Loss

NTSC = Fraction(30000, 1001)


def exported_timeline(folder: Path, sidecar: Sidecar, is_exact: bool = False) -> tuple[Any, tuple[Loss, ...]]:
    """x.otio of x.vidkompy.json, read by the library."""
    write_sidecar(sidecar, folder / "x.vidkompy.json")
    losses = export("otio", folder / "x.vidkompy.json", folder / "x.otio", is_exact=is_exact, overwrite=True).losses
    return otio.adapters.read_from_file(str(folder / "x.otio")), losses
