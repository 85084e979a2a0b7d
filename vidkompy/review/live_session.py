"""A session as the browser sees it: its state as JSON, its pictures as files, its actions by name. One at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict
from threading import Lock, Timer
from time import monotonic
from typing import Any

from vidkompy.errors import UsageError
from vidkompy.model import Json
from vidkompy.report.crops import Place, amplified, bg_crop, difference, fg_picture, shown_size, webp
from vidkompy.report.page_data import Neighbour, frame_facts
from vidkompy.report.pictures import NEIGHBOURS
from vidkompy.review.frame_reader import FrameReader
from vidkompy.review.page import review_page
from vidkompy.review.session import Change, ReviewSession
from vidkompy.sidecar.pins import pinned_runs

MAX_PICTURES = 256  # kept: 20 kB each
SIDE = 960  # px of a picture's longer side: what a browser shows beside another
MOVES = ("move", "undo", "redo")  # after which FG may lie elsewhere
SECONDS_OF_REST = 0.3  # without another edit, until FG is matched where it lies: keys repeat ten times as fast
MAX_NAMED_CHANGES = 100  # ranges that an apply names


class LiveSession:
    """Answers of one session, to calls from several threads."""

    def __init__(self, session: ReviewSession):
        self._session, self._lock = session, Lock()
        self._readers = {"fg": FrameReader(session.sidecar.fg), "bg": FrameReader(session.sidecar.bg)}
        self._pictures: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._changes: list[Change] = []
        self._version = self._applies = 0  # how often something was done, and was applied
        self._seen = monotonic()
        self._preparation = Timer(0, lambda: None)
        self._is_opened = self._is_left = False

    @property
    def seconds_unseen(self) -> float:
        """Since the page last asked for anything."""
        return monotonic() - self._seen

    def touch(self) -> None:
        """The page is there."""
        self._seen, self._is_opened, self._is_left = monotonic(), True, False

    def leave(self) -> None:
        """The page is gone, or is loaded again."""
        self._seen, self._is_left = monotonic(), True

    @property
    def is_opened(self) -> bool:
        return self._is_opened

    @property
    def is_left(self) -> bool:
        return self._is_left

    def close(self) -> None:
        self._preparation.cancel()
        for reader in self._readers.values():
            reader.close()

    @property
    def version(self) -> int:
        """Another one after each thing that was done."""
        return self._version

    def state(self) -> Json:
        with self._lock:
            return self._state()

    def picture(self, kind: str, fg: int, bg: int) -> bytes:
        """A WebP file: FG's frame, BG's beneath it ("under"), or their difference, amplified.

        Raises IndexError for frames that a clip lacks, KeyError for another kind, MediaError.
        """
        sidecar, place = self._session.sidecar, self._place()
        if not (0 <= fg < sidecar.fg.frames and 0 <= bg < sidecar.bg.frames):
            raise IndexError(f"no frames {fg} and {bg}")
        key = (kind, fg) if kind == "fg" else (kind, fg, bg, place)
        with self._lock:
            if key not in self._pictures:
                draw = {"fg": self._fg, "under": self._under, "difference": self._difference}[kind]
                self._pictures[key] = webp(draw(fg, bg, place))
                if len(self._pictures) > MAX_PICTURES:
                    self._pictures.popitem(last=False)
            return self._pictures[key]

    def frame(self, fg: int, centre: int | None) -> Json:
        """What is said of an FG frame and of the BG frames around `centre`, or around the one it lies on.

        Raises IndexError for frames that a clip lacks, MediaError.
        """
        sidecar = self._session.sidecar
        if not (0 <= fg < sidecar.fg.frames and (centre is None or 0 <= centre < sidecar.bg.frames)):
            raise IndexError(f"no frames {fg} and {centre}")
        place, chosen = self._place(), int(sidecar.frame_map.held_indices()[fg])
        middle = chosen if centre is None else centre
        around = [j for j in (middle + offset for offset in NEIGHBOURS) if 0 <= j < sidecar.bg.frames]
        with self._lock:
            off = [float(difference(self._fg(fg, 0, place), self._under(fg, j, place)).mean()) for j in around]
        neighbours = [Neighbour(j, j - chosen, levels) for j, levels in zip(around, off, strict=True)]
        return frame_facts(sidecar, fg, chosen, self._size(place), neighbours)

    def page(self) -> str:
        """The page as things stand. Raises MediaError."""
        with self._lock:
            return review_page(self._session.sidecar, self._state())

    def act(self, action: str, values: dict[str, Any]) -> Json:
        """Does what the page asks for, and says what holds then.

        values   "version": what the page shows; where another tab did something since, nothing is done
        Raises KeyError for no action, VidkompyError.
        """
        session = self._session
        actions: dict[str, Callable[[], object]] = {
            "pin": lambda: session.pin(_int(values["fg"]), _int(values["bg"])),
            "unpin": lambda: session.unpin(_int(values["first"]), _int(values["last"])),
            "unmatch": lambda: session.mark_unmatched(_int(values["first"]), _int(values["last"])),
            "move": lambda: session.move_to(*(float(values[name]) for name in ("x", "y", "width", "height"))),
            "undo": session.history.undo,
            "redo": session.history.redo,
            "apply": self._apply,
            "save": session.save,
        }
        with self._lock:
            if values.get("version", self._version) != self._version:
                raise UsageError("another tab changed this review meanwhile; look at what holds now, then do it again")
            done = actions[action]()
            self._version += 1
            state = self._state()
        if action in MOVES:
            self._prepare_soon()
        return {**state, "kept": None if done is None else str(done)} if action == "save" else state

    def _prepare_soon(self) -> None:
        """FG is matched at its new place while the person looks at it there, and may move it on."""
        self._preparation.cancel()
        self._preparation = Timer(SECONDS_OF_REST, self._session.prepare)
        self._preparation.daemon = True
        self._preparation.start()

    def _apply(self) -> None:
        self._changes = self._session.apply()
        self._applies += 1

    def _state(self) -> Json:
        session, now = self._session, self._session.now
        sidecar, p = session.sidecar, session.now.placement
        return {
            "version": self._version,
            "applies": self._applies,
            "placement": {"x": p.x, "y": p.y, "width": p.width, "height": p.height, "confidence": p.confidence},
            "pins": [{"fg": r.fg, "bg": r.bg, "count": r.count} for r in pinned_runs(dict(now.pins))],
            "reasons": list(sidecar.quality.reasons),
            "is_applied": session.is_applied,
            "is_saved": session.is_saved,
            "can_undo": session.history.can_undo,
            "can_redo": session.history.can_redo,
            "changes": [asdict(change) for change in self._changes[:MAX_NAMED_CHANGES]],
            "changed_frames": sum(change.last - change.first + 1 for change in self._changes),
        }

    def _place(self) -> Place:
        p = self._session.now.placement
        return Place(p.x, p.y, p.width, p.height)

    def _size(self, place: Place) -> tuple[int, int]:
        width, height = shown_size(place, float(self._session.sidecar.bg.sar), SIDE)
        return width, height

    def _fg(self, fg: int, _: int, place: Place) -> Any:
        return fg_picture(self._readers["fg"].frame(fg), self._size(place))

    def _under(self, _: int, bg: int, place: Place) -> Any:
        return bg_crop(self._readers["bg"].frame(bg), place, self._size(place))

    def _difference(self, fg: int, bg: int, place: Place) -> Any:
        return amplified(difference(self._fg(fg, 0, place), self._under(fg, bg, place)))


def _int(value: object) -> int:
    """Raises TypeError for what is none: true and 1.5 are not."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value
