"""What is said of files that hold several video streams: before the work, and again where no match is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from vidkompy.cli.messages import print_message
from vidkompy.errors import MediaError, NoMatch
from vidkompy.media.probe import video_stream_count, video_streams
from vidkompy.media.stream_choice import StreamSelector, VideoStreamFacts, choose_stream


class _Choice(NamedTuple):
    """name: BG, FG or picture. taken: index among the streams."""

    name: str
    streams: list[VideoStreamFacts]
    taken: int

    @property
    def option(self) -> str:
        return f"--{self.name.lower()}-stream"

    @property
    def others(self) -> list[VideoStreamFacts]:
        return [s for s in self.streams if s.index != self.taken and not s.is_still]


@contextmanager
def naming_streams(*clips: tuple[str, Path, StreamSelector]) -> Iterator[None]:
    """Says which video streams there are, and which is taken. Where no match is found, the others are named again.

    clips   of each its name, BG, FG or picture, its path, and what the user asks for
    Raises UsageError where a file has no such stream.
    """
    choices = [choice for clip in clips if (choice := _choice(*clip)) is not None]
    for choice in choices:
        held = ", ".join(stream.text for stream in choice.streams)
        print_message(
            f"note: {choice.name} holds {len(choice.streams)} video streams: {held}; "
            f"{choice.taken} is taken, {choice.option} N takes another"
        )
    try:
        yield
    except NoMatch as e:
        ways = [f"{choice.option} {other.index}" for choice in choices for other in choice.others]
        if not ways:
            raise
        raise NoMatch(f"{e}; or try another video stream: {' or '.join(ways)}") from e


def _choice(name: str, path: Path, selector: StreamSelector) -> _Choice | None:
    """None for a file with one video stream, and for one that cannot be read: who reads it next says why."""
    try:
        streams = video_streams(path) if video_stream_count(path) > 1 else []
    except MediaError:
        return None
    return _Choice(name, streams, choose_stream(path, streams, selector)) if streams else None
