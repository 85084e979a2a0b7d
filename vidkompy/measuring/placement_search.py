"""Where FG lies on the canvas, searched from the proxies of both clips."""

from __future__ import annotations

from functools import partial
from typing import Any

from vidkompy.media.progress_callback import ProgressCallback, report_progress
from vidkompy.media.proxies import Proxies
from vidkompy.model import PlacementResult
from vidkompy.placement import search
from vidkompy.placement.candidates import FrameIndexPairs
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.mix_ups import refuse_mix_ups
from vidkompy.placement.refusals import CHECK_OR_FORCE
from vidkompy.placement.registration import ProxyPair
from vidkompy.placement.search_parameters import PlacementParameters, ScaleRange


def search_placement(
    fg: Proxies,
    bg: Proxies,
    scale_range: ScaleRange,
    min_confidence: float,
    audio_pairs: FrameIndexPairs = (),
    on_progress: ProgressCallback | None = None,
    parameters: PlacementParameters = PlacementParameters(),
    wanted_confidence: float = 0.0,
    is_moving: search.PlaceCheck = lambda *_: False,
) -> PlacementResult:
    """Where FG lies on the canvas, from proxies with large copies.

    scale_range      canvas px per FG px that are tried
    min_confidence   probability of being right below which the placement is refused
    wanted_confidence   below which other causes are looked for: FG mirrored, clips swapped; 0: min_confidence
    audio_pairs      (FG frame, BG frame) that sound alike
    is_moving        see `find_placement`
    Raises NoMatch.
    """
    box, suspicions = content_box(fg, parameters.letterbox), list[bool]()

    def seems_to_move(*words: Any) -> bool:
        suspicions.append(is_moving(*words))
        return suspicions[-1]

    def on_stage(done: int, total: int) -> None:
        for proxies in (fg, bg):
            proxies.release()
        report_progress(on_progress, "placing", done, total)

    on_doubt = partial(
        refuse_mix_ups, ProxyPair(fg, bg, box), scale_range, wanted_confidence or min_confidence, parameters
    )
    stages = audio_pairs, on_stage, parameters, on_doubt, seems_to_move
    placement, pairs = search.find_placement(fg, bg, box, scale_range, min_confidence, CHECK_OR_FORCE, *stages)
    return PlacementResult(box, placement, pairs, ended_early=any(suspicions))
