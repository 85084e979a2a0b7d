"""Everything that can go wrong, by what the caller can do about it.

VidkompyError            exit code 1
+-- UsageError           2   the request itself is impossible: bad option, output in the way
+-- MediaError           1   a file cannot be read as video
|   +-- DamageError      1   or not all of it
+-- NoMatch              3   the two clips do not show the same content, or the tool cannot tell where
+-- SidecarError         1   a sidecar is malformed, or no longer fits its clips
|   +-- MalformedError   1   at a place in the document
+-- MapError             1   a map that was edited elsewhere cannot be taken over
+-- RenderError          1   ffmpeg is missing, failed, or wrote something else than asked
+-- OutputError          1   a file or folder cannot be written

A message says what, where, got, wanted and the next step, in lower case, paths in quotes.
"""

MOST_REPEATED = 100  # characters of a value in a message


def excerpt(value: object) -> str:
    """A value as a message repeats it: of a long one the beginning."""
    text = repr(value)
    return text if len(text) <= MOST_REPEATED else f"{text[:MOST_REPEATED]} ... ({len(text)} characters)"


class VidkompyError(Exception):
    exit_code = 1


class UsageError(VidkompyError):
    exit_code = 2


class MediaError(VidkompyError):
    pass


class DamageError(MediaError):
    """what: is wrong with the file, and when."""

    def __init__(self, path: object, what: str) -> None:
        super().__init__(f"'{path}' is damaged: {what}; get an intact copy of it")
        self.path, self.what = path, what


class NoMatch(VidkompyError):  # noqa: N818 - it is an answer, not a defect
    exit_code = 3


class SidecarError(VidkompyError):
    pass


class MalformedError(SidecarError):
    """place: such as $.runs[3].bg"""

    def __init__(self, path: object, what: str, place: str) -> None:
        super().__init__(f"sidecar '{path}' is malformed: {what} @ {place}")
        self.what, self.place = what, place


class MapError(VidkompyError):
    pass


class RenderError(VidkompyError):
    pass


class OutputError(VidkompyError):
    pass
