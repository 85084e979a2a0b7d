"""A review changes nothing on disk before it is saved, and then what was applied, with the old sidecar kept."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread, get_ident

import pytest
from support.folder_state import on_disk

from vidkompy.alignment.blended_frames import MatchedFrames
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.frame_matching import match_frames
from vidkompy.errors import SidecarError, UsageError
from vidkompy.media import proxies
from vidkompy.media.decoding import seek_luma
from vidkompy.model import U8, UNMATCHED, Clip
from vidkompy.review import placed_maps
from vidkompy.review.edits import Edits
from vidkompy.review.session import Change, ReviewSession
from vidkompy.sidecar.document import read_sidecar
from vidkompy.sidecar.pins import pinned_frames


def test_nothing_is_written_before_it_is_saved(session: ReviewSession) -> None:
    folder = session.path.parent
    before, text, seen = on_disk(folder), session.path.read_bytes(), int(session.sidecar.frame_map.bg[12])
    session.pin(12, seen + 1)
    assert session.apply() == [Change(12, 12, seen, seen + 1)]
    session.mark_unmatched(20, 24)
    session.apply()
    assert on_disk(folder) == before
    kept = session.save()
    assert kept is not None
    assert (kept.name, kept.read_bytes()) == ("x.vidkompy.json.old", text)
    found = read_sidecar(session.path)
    assert pinned_frames(found.pins) == {12: seen + 1} | dict.fromkeys(range(20, 25), UNMATCHED)
    assert int(found.frame_map.bg[12]) == seen + 1
    assert (found.frame_map.bg[20:25] == UNMATCHED).all()
    said = f"pin 12={seen + 1} contradicts the pictures: frame 12 shows BG frame {seen}, and the pin lies 1 frame later"
    assert said in found.quality.reasons
    assert session.is_saved
    session.unpin(0, 35)
    session.apply()
    again = session.save()
    assert again is not None
    assert again.name == "x.vidkompy.json.old2"
    assert read_sidecar(session.path).frame_map.bg.tolist() == sidecar_map(kept)


def sidecar_map(path: Path) -> list[int]:
    copied = path.with_name("old.vidkompy.json")
    shutil.copy2(path, copied)
    found: list[int] = read_sidecar(copied).frame_map.bg.tolist()
    return found


def test_edits_are_taken_back_and_made_again(session: ReviewSession) -> None:
    before = session.sidecar.frame_map.bg.tolist()
    session.pin(12, before[12] + 1)
    session.apply()
    session.history.undo()
    assert not session.is_applied
    session.apply()
    assert session.sidecar.frame_map.bg.tolist() == before
    session.history.redo()
    session.apply()
    assert session.sidecar.frame_map.bg[12] == before[12] + 1
    with pytest.raises(UsageError, match="nothing to redo"):
        session.history.redo()


def test_a_moved_place_is_aligned_anew_and_has_no_score(session: ReviewSession) -> None:
    before = session.sidecar.frame_map.bg.tolist()
    session.move_to(60.9, 37, 192, 110)
    session.apply()
    session.save()
    found = read_sidecar(session.path)
    assert (found.placement.x, found.placement.score, found.placement.confidence) == (60.9, None, None)
    assert "the placement was set by hand" in found.quality.reasons
    assert found.frame_map.bg.tolist() == before


def test_what_is_not_applied_is_not_saved(session: ReviewSession) -> None:
    session.pin(12, 20)
    before = on_disk(session.path.parent)
    with pytest.raises(UsageError, match="not applied yet"):
        session.save()
    assert on_disk(session.path.parent) == before


def test_a_sidecar_that_another_program_wrote_is_not_replaced(session: ReviewSession) -> None:
    session.pin(12, int(session.sidecar.frame_map.bg[12]))
    session.apply()
    session.path.write_text(session.path.read_text() + " ")
    before = on_disk(session.path.parent)
    with pytest.raises(SidecarError, match="changed by another program"):
        session.save()
    assert on_disk(session.path.parent) == before


def test_frames_and_places_that_are_none_are_refused(session: ReviewSession) -> None:
    edits: tuple[Callable[[], None], ...] = (
        lambda: session.pin(36, 0),
        lambda: session.pin(0, 48),
        lambda: session.pin(-1, 0),
        lambda: session.mark_unmatched(5, 4),
        lambda: session.unpin(0, 36),
        lambda: session.move_to(float("nan"), 0, 10, 10),
        lambda: session.move_to(0, 0, 0, 10),
        lambda: session.move_to(1e7, 0, 10, 10),
    )
    for edit in edits:
        with pytest.raises(UsageError):
            edit()
    assert not session.history.can_undo


def test_an_edit_that_changes_nothing_is_none(session: ReviewSession) -> None:
    place = session.now.placement
    session.move_to(place.x, place.y, place.width, place.height)
    assert session.now == Edits(place)
    assert not session.history.can_undo


def test_a_wrong_place_is_not_claimed_to_be_right(session: ReviewSession) -> None:
    """The pixels are asked, as by `refine`; a place that is gone back to is as it was."""
    first = session.sidecar
    session.move_to(64, 38, 192, 110)
    session.apply()
    levels = session.sidecar.frame_map.confidence
    assert levels is not None
    assert float(levels.max()) < 0.31
    assert any("fit better" in reason for reason in session.sidecar.quality.reasons)
    place = first.placement
    session.move_to(place.x, place.y, place.width, place.height)
    session.apply()
    assert session.sidecar.placement == place
    assert session.sidecar.frame_map.bg.tolist() == first.frame_map.bg.tolist()
    assert not any("fit better" in reason for reason in session.sidecar.quality.reasons)
    session.move_to(61.2, 37, 192, 110)
    session.apply()
    levels = session.sidecar.frame_map.confidence
    assert levels is not None
    assert float(levels.min()) > 0.9


def test_a_place_is_matched_once_and_nothing_is_decoded_for_it_again(
    session: ReviewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    matched: list[int] = []
    decoded: list[tuple[Path, int]] = []

    def matching(fg: Features, bg: Features, engine: EngineName, search: SearchOptions) -> MatchedFrames:
        matched.append(len(fg))
        return match_frames(fg, bg, engine, search)

    def decoding(clip: Clip, indices: Sequence[int]) -> dict[int, U8]:
        decoded.extend((clip.path, i) for i in indices)
        return seek_luma(clip, indices)

    monkeypatch.setattr(placed_maps, "match_frames", matching)
    monkeypatch.setattr(proxies, "seek_luma", decoding)
    for x, pinned in ((61.5, 12), (61, 13), (61.5, 14), (61.5, 15)):
        session.move_to(x, 37, 192, 110)
        session.pin(pinned, int(session.sidecar.frame_map.bg[pinned]))
        session.apply()
    assert len(matched) == 1
    assert len(decoded) == len(set(decoded))


def test_a_place_is_matched_before_it_is_applied(session: ReviewSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the thread that prepares it, for which whoever applies it meanwhile waits."""
    matched: list[int] = []

    def matching(fg: Features, bg: Features, engine: EngineName, search: SearchOptions) -> MatchedFrames:
        matched.append(get_ident())
        return match_frames(fg, bg, engine, search)

    monkeypatch.setattr(placed_maps, "match_frames", matching)
    session.move_to(61.5, 37, 192, 110)
    preparing = Thread(target=session.prepare)
    preparing.start()
    preparer = preparing.ident
    session.apply()
    preparing.join()
    session.move_to(62, 37, 192, 110)
    session.prepare()
    session.apply()
    assert len(matched) == 2
    assert matched[0] in (preparer, get_ident())
    assert session.sidecar.placement.x == 62
    session.move_to(1000, 37, 192, 110)  # outside the canvas
    session.prepare()
    with pytest.raises(UsageError, match="outside the canvas"):
        session.apply()


def test_a_save_of_what_did_not_change_writes_nothing(session: ReviewSession) -> None:
    before = on_disk(session.path.parent)
    assert session.save() is None
    session.pin(12, 20)
    session.history.undo()
    assert session.save() is None
    assert (on_disk(session.path.parent), session.saves) == (before, 0)
