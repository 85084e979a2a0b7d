"""What shows that a file is what became of a clip: its signature, or its pictures where they are still at hand."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from vidkompy.errors import NoMatch
from vidkompy.measuring.proxy_acquisition import kept_proxies, obtain_proxies
from vidkompy.media.cache import Cache
from vidkompy.media.progress_callback import ProgressCallback
from vidkompy.media.proxies import Proxies
from vidkompy.media.signatures import cell_means, checksum, signature_of
from vidkompy.model import U8, Clip
from vidkompy.records import Record
from vidkompy.relinking.parameters import SignatureParameters
from vidkompy.relinking.signature_match import Mismatch, SignatureMatch, match_signature
from vidkompy.signature import Signature

Basis = Literal["bytes", "all frames", "signature", "old file", "other clip"]
ADVICE = "analyse it: vidkompy analyze BG FG"


class Evidence(Record):
    """How it is known that a file shows what a clip did, and from which frame of it on.

    shift        old frame that is the new clip's first
    compared     frames whose pictures were compared
    difference   grey levels by which these differ, rms; None where they were not measured so
    words        for people
    """

    basis: Basis
    shift: int
    compared: int
    difference: float | None
    words: str


def evidence_of_pictures(
    before: Clip, new: Proxies, stage: str, cache: Cache, on_progress: ProgressCallback | None
) -> Evidence | str:
    """Evidence by pictures of the old clip, or why they do not tell. Raises NoMatch where they show another clip."""
    cells = cell_means(new)
    doubts = []
    if before.signature is not None:
        if _is_checked(before.signature, before, new):
            frames = before.signature.count
            words = f"{_all_of(frames, before)} decode to the same pictures (checksum)"
            return Evidence("all frames", 0, frames, 0.0, words)
        found = _matched(before, new, before.signature, cells)
        if isinstance(found, SignatureMatch):
            return _told("signature", found, before, "with its signature in the sidecar")
        doubts.append(found.reason)
    old, where = _old_proxies(before, stage, cache, on_progress)
    if old is not None:
        parameters = SignatureParameters()
        dense = signature_of(old, most=parameters.dense_frames)
        if _is_checked(dense, before, new):
            words = f"{_all_of(dense.count, before)} decode to the same pictures as {where}"
            return Evidence("all frames", 0, dense.count, 0.0, words)
        found = _matched(before, new, dense, cells)
        if isinstance(found, SignatureMatch):
            return _told("old file", found, before, f"with {where}")
        doubts.append(found.reason)
    return doubts[-1] if doubts else "the sidecar has no signature of it, and the old file is gone"


def is_intact(clip: Clip) -> bool:
    """Whether its file is there, unchanged."""
    try:
        if not clip.path.is_file() or clip.path.stat().st_size != clip.size:
            return False
        with clip.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == clip.sha256
    except OSError:
        return False


def other_content_error(path: Path, before: Clip, reason: str) -> NoMatch:
    return NoMatch(f"'{path}' is not what '{before.path}' was: {reason}; {ADVICE}")


def _is_checked(signature: Signature, before: Clip, new: Proxies) -> bool:
    """Whether each frame decodes to the same small copy as before."""
    if len(new.small) != before.frames:
        return False
    part = new.small[signature.first : signature.first + signature.count]
    return checksum(part) == signature.checksum


def _matched(before: Clip, new: Proxies, signature: Signature, cells: U8) -> SignatureMatch | Mismatch:
    """Raises NoMatch."""
    found = match_signature(signature, cells, before.frames)
    if isinstance(found, Mismatch) and found.is_other:
        raise other_content_error(new.clip.path, before, found.reason)
    return found


def _old_proxies(
    before: Clip, stage: str, cache: Cache, on_progress: ProgressCallback | None
) -> tuple[Proxies | None, str]:
    """Small copies of the old clip and where they come from; None where neither its file nor a copy is there."""
    cached = kept_proxies(before, cache)
    if cached is not None:
        return cached, "copies in the cache"
    if not is_intact(before):
        return None, ""
    return obtain_proxies(before, stage, cache, on_progress), f"'{before.path}', which is still there"


def _told(basis: Basis, found: SignatureMatch, before: Clip, source: str) -> Evidence:
    alike = "are equal" if found.is_exact else f"differ by {found.difference:.1f} grey levels"
    still = "; nothing moves in it, so that frames were not told apart" if found.is_still else ""
    words = f"{found.compared} of {before.frames} frames compared {source} {alike}{still}"
    return Evidence(basis, found.shift, found.compared, round(found.difference, 3), words)


def _all_of(frames: int, clip: Clip) -> str:
    return f"all {frames} frames" if frames == clip.frames else f"all {frames} frames that were searched"
