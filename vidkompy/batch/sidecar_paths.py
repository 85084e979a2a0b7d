"""Where a sidecar that was made elsewhere says that its clips are: where the manifest has them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from vidkompy.batch.pair_task import DONE, Outcome, PairResult
from vidkompy.batch.remote_clips import is_remote
from vidkompy.media.file_urls import relative_path


def with_clip_paths(outcome: Outcome, folder: Path) -> Outcome:
    """An outcome whose sidecar is right in this folder, and the sidecar's new hash; a URL stands as it is.

    Raises OSError.
    """
    if outcome.result.status != DONE:
        return outcome
    name = f"{outcome.result.name}.vidkompy.json"
    path = None if outcome.folder is None else outcome.folder / name
    data = _corrected(outcome.contents[name] if path is None else path.read_bytes(), outcome.result, folder)
    result = replace(outcome.result, sidecar_sha256=hashlib.sha256(data).hexdigest())
    if path is not None:
        path.write_bytes(data)
        return replace(outcome, result=result)
    return replace(outcome, result=result, contents={**outcome.contents, name: data})


def _corrected(data: bytes, result: PairResult, folder: Path) -> bytes:
    from vidkompy.sidecar.document import format_json  # takes 0.2 s

    document = json.loads(data)
    for role, clip in (("fg", result.clips[0].clip), ("bg", result.bg)):
        document["clips"][role]["path"] = clip if is_remote(clip) else relative_path(Path(clip), folder)
    return format_json(document).encode()
