"""A doubtful place, looked at without the parts of FG that a banner covers."""

import numpy as np
import pytest
from support.placed_proxies import H, W, X, Y, clip, luma, noisy

from vidkompy.placement.coarse_fit import fit_times_at
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.registration import ProxyPair, Registration, coarse_problem_at, register
from vidkompy.placement.search import _sure_without_altered_parts
from vidkompy.placement.search_end import stop_rule
from vidkompy.placement.search_parameters import PlacementParameters
from vidkompy.placement.transforms import ISOTROPIC

PARAMETERS = PlacementParameters()


def bannered(kind: str) -> ProxyPair:
    """Blocks of black and white move over a quarter of FG."""
    frames = luma(kind, 80)
    fg = noisy(frames[6:74, Y : Y + H, X : X + W])
    blocks = 255 * np.random.default_rng(2).integers(0, 2, 6)
    banner = np.tile(np.repeat(blocks, 40)[:W], (H // 4, 1))
    fg[:, H - H // 4 :] = [np.roll(banner, 2 * i, axis=1) for i in range(len(fg))]
    return ProxyPair(proxies := clip(fg), clip(frames), content_box(proxies))


def left_at(clips: ProxyPair, place: list[float]) -> Registration:
    """What a fit that ended at `place` has to say, scale and corner in px of BG."""
    problem, start = coarse_problem_at(clips, 1.0, False, ISOTROPIC, 1.0, PARAMETERS.registration), np.array(place)
    fit = fit_times_at(problem, start)
    assert fit is not None
    return register(clips, problem, fit, start, PARAMETERS.registration, most_start_cost=0.0)


@pytest.mark.parametrize("kind", ["handheld", "tripod"])
@pytest.mark.parametrize("place", [[1.02, 1.02, X - 3, Y - 1], [1.03, 1.03, X - 4, Y - 1]])
def test_a_place_that_a_banner_drew_away_is_found_again(kind: str, place: list[float]) -> None:
    clips = bannered(kind)
    away = left_at(clips, place)
    assert away.transform.tolist() == place
    found = _sure_without_altered_parts(clips, [away], [], stop_rule(clips.fg, PARAMETERS), PARAMETERS)
    assert found[0].transform.tolist() == [1, 1, X, Y]
    assert found[0].plain_cost < away.plain_cost


def test_a_place_where_what_is_left_does_not_fit_perfectly_is_not_taken() -> None:
    """It is 4 px beside the right one: the fit was drawn away too far."""
    clips = bannered("handheld")
    away = left_at(clips, [1.0, 1.0, X + 3.0, Y])
    assert not _sure_without_altered_parts(clips, [away], [], stop_rule(clips.fg, PARAMETERS), PARAMETERS)
