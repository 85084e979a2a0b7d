"""Where a sidecar that was made elsewhere says that its clips are: where the manifest has them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from vidkompy.batch.pair_task import DONE, Outcome, PairResult
from vidkompy.media.file_urls import relative_path


def with_clip_paths(outcome: Outcome, folder: Path) -> Outcome:
    """Contents from elsewhere, with a sidecar that is right in this folder; a URL stands as it is.

    The result has the new hash.
    """
    if outcome.result.status != DONE:
        return outcome
    name = f"{outcome.result.name}.vidkompy.json"
    data = _corrected(outcome.contents[name], outcome.result, folder)
    result = replace(outcome.result, sidecar_sha256=hashlib.sha256(data).hexdigest())
    return replace(outcome, result=result, contents={**outcome.contents, name: data})


def _corrected(data: bytes, result: PairResult, folder: Path) -> bytes:
    from vidkompy.sidecar.document import format_json  # takes 0.2 s

    document = json.loads(data)
    for role, clip in (("fg", result.clips[0].clip), ("bg", result.bg)):
        document["clips"][role]["path"] = clip if "://" in clip else relative_path(Path(clip), folder)
    return format_json(document).encode()
