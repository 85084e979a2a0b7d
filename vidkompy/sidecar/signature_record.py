"""Signatures of clips in a sidecar's JSON, and back: one line each."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from pathlib import Path

import numpy as np

from vidkompy.errors import MalformedError
from vidkompy.model import Json
from vidkompy.signature import SIGNATURE_SIDE, Signature

CELLS = SIGNATURE_SIDE**2  # bytes of a picture


def signature_json(signature: Signature) -> Json:
    """
    >>> signature_json(Signature(0, 1, np.full((1, 8, 8), 16, np.uint8), "89abcdef"))["luma"][:12]
    'EBAQEBAQEBAQ'
    """
    return {
        "first": signature.first,
        "count": signature.count,
        "checksum": signature.checksum,
        "luma": b64encode(signature.luma.tobytes()).decode(),
    }


def signature_from_json(s: Json, frames: int, path: Path, json_path: str) -> Signature:
    """frames: of the clip. Raises MalformedError."""
    if s["first"] + s["count"] > frames:
        problem = f"reaches frame {s['first'] + s['count'] - 1}, the clip has 0..{frames - 1}"
        raise MalformedError(path, problem, f"{json_path}.count")
    try:
        data = b64decode(s["luma"], validate=True)
    except binascii.Error as e:
        raise MalformedError(path, f"is no base64: {str(e).lower()}", f"{json_path}.luma") from e
    if len(data) % CELLS or not CELLS <= len(data) <= CELLS * s["count"]:
        problem = f"holds {len(data)} bytes, wanted {CELLS} for each picture, and at most one a frame"
        raise MalformedError(path, problem, f"{json_path}.luma")
    luma = np.frombuffer(data, np.uint8).reshape(-1, SIGNATURE_SIDE, SIGNATURE_SIDE)
    return Signature(s["first"], s["count"], luma, s["checksum"])
