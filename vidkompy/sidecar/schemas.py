"""The JSON Schemas of the package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import orjson

from vidkompy.model import Json


@cache
def schema(name: str = "sidecar") -> Json:
    """The JSON Schema that every sidecar, or every map exported as json, meets."""
    return orjson.loads(files("vidkompy.sidecar").joinpath(f"{name}.schema.json").read_bytes())  # type: ignore[no-any-return]
