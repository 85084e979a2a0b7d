"""All errors that vidkompy raises on purpose, by what the caller can do about them. The number is the exit code.

VidkompyError            1   base class: `except VidkompyError` catches all of them
+-- UsageError           2   the request itself is impossible: bad option, output in the way
+-- MediaError           1   a file cannot be read as video
|   +-- DamageError      1   a file cannot be read as video in all its parts
+-- NoMatch              3   the clips do not show the same content, or nothing tells where they do
+-- SidecarError         1   a sidecar cannot be read, or no longer fits its clips
|   +-- MalformedError   1   a sidecar is malformed at a place in the document
+-- MapError             1   a map that was edited in another program cannot be taken over
+-- RenderError          1   ffmpeg is missing, failed, or wrote something else than was planned
+-- OutputError          1   a file or folder cannot be written
+-- ClusterError         1   a cluster cannot be reached, is lost, or cannot do the work

A message names what, where, got, wanted and the next step, in lower case, paths in quotes.
"""

MAX_EXCERPT_CHARACTERS = 100  # of a value in a message


def excerpt(value: object) -> str:
    """`repr` of a value for a message; of a long one its first MAX_EXCERPT_CHARACTERS."""
    text = repr(value)
    if len(text) <= MAX_EXCERPT_CHARACTERS:
        return text
    return f"{text[:MAX_EXCERPT_CHARACTERS]} ... ({len(text)} characters)"


class VidkompyError(Exception):
    """Exit code 1. Base of all errors raised on purpose; never raised itself."""

    exit_code = 1


class UsageError(VidkompyError):
    """Exit code 2. Raised before work begins: options out of range or that exclude each other, an existing output."""

    exit_code = 2


class MediaError(VidkompyError):
    """Exit code 1. Raised when a clip is probed or decoded: not a video, of unsupported kind, or changed meanwhile."""


class DamageError(MediaError):
    """Exit code 1. Raised when part of a clip is missing or does not decode.

    path      of the clip
    problem   faults and their times, as text
    """

    def __init__(self, path: object, problem: str) -> None:
        super().__init__(f"'{path}' is damaged: {problem}; get an intact copy of it")
        self.path, self.problem = path, problem


class NoMatch(VidkompyError):  # noqa: N818 - it is an answer, not a defect
    """Exit code 3. Raised when no placement, or no frame map, reaches the confidence that was asked for."""

    exit_code = 3


class SidecarError(VidkompyError):
    """Exit code 1. Raised when a sidecar is read, or when the clips that it names are compared with it."""


class MalformedError(SidecarError):
    """Exit code 1. Raised when a sidecar's content breaks its schema or contradicts itself.

    problem     what is wrong, as text
    json_path   in the document, such as $.runs[3].bg
    """

    def __init__(self, path: object, problem: str, json_path: str) -> None:
        super().__init__(f"sidecar '{path}' is malformed: {problem} @ {json_path}")
        self.problem, self.json_path = problem, json_path


class MapError(VidkompyError):
    """Exit code 1. Raised when an export that was edited in another program is imported and cannot be understood."""


class RenderError(VidkompyError):
    """Exit code 1. Raised when ffmpeg cannot be found, fails, or writes something else than was planned."""


class OutputError(VidkompyError):
    """Exit code 1. Raised when a file, a folder or standard output cannot be written."""


class ClusterError(VidkompyError):
    """Exit code 1. Raised when no scheduler answers, when it is lost, or when its workers lack this program."""
