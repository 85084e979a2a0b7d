"""Export formats: modules with `text(sidecar) -> str`, one file each. A new one adds its name here."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:  # the command line reads the names; it must not pay for numpy
    from vidkompy.model import Sidecar

ExportName = Literal["csv", "timecodes"]


def load(name: ExportName) -> Callable[[Sidecar], str]:
    return cast("Callable[[Sidecar], str]", import_module(f"vidkompy.exports.{name}").text)
