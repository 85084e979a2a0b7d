"""Which of ffmpeg's lines are repeated: the cause always, wherever it stands among the many that name none."""

from pathlib import Path

import pytest
from support.program_runs import FFMPEGS, Vidkompy, refused

from vidkompy.errors import RenderError
from vidkompy.ffmpeg.exit_diagnosis import check_exit
from vidkompy.ffmpeg.process import RunResult

ENDS_OF_9 = """\
[fc#0 @ 0x557be6adb300] Error sending frames to consumers: Invalid argument
[fc#0 @ 0x557be6adb300] Task finished with error code: -22 (Invalid argument)
[vost#0:0/libx264 @ 0x557be6ad9d00] [enc:libx264 @ 0x557be6ad7d80] Could not open encoder before EOF
[vost#0:0/libx264 @ 0x557be6ad9d00] Task finished with error code: -22 (Invalid argument)
[vost#0:0/libx264 @ 0x557be6ad9d00] Terminating thread with return code -22 (Invalid argument)
[fc#0 @ 0x557be6adb300] Terminating thread with return code -22 (Invalid argument)
[out#0/mp4 @ 0x557be6ad7c40] Nothing was written into output file, because at least one of its streams received no \
packets.
""".splitlines()
OPENING = (
    "Error while opening encoder - maybe incorrect parameters such as bit_rate, rate, width or height.",
    "Error initializing output stream 0:0 -- Error while opening encoder for output stream #0:0 - maybe incorrect "
    "parameters such as bit_rate, rate, width or height",
)
PROFILE = ["x264 [error]: invalid profile: foo", "[libx264 @ 0x557be6ad2280] Error setting profile foo."]
RATES = [
    "[libmp3lame @ 0x5564b107f0c0] Specified sample rate 12345 is not supported by the libmp3lame encoder",
    "[libmp3lame @ 0x5564b107f0c0] Supported sample rates:",
    *(f"[libmp3lame @ 0x5564b107f0c0]   {rate}" for rate in (44100, 48000, 32000, 22050, 24000, 16000, 11025)),
]
UNKNOWN = ["[aost#0:1 @ 0x558841ba2780] Unknown encoder 'nosuch'"]
HEADER = [
    "[mp4 @ 0x556c00b6af80] Tag abcd incompatible with output codec id '27' (avc1)",
    "Could not write header for output file #0 (incorrect codec parameters ?): Invalid data found",
]


def diagnosis_of(*lines: str) -> str:
    with pytest.raises(RenderError) as raised:
        check_exit(RunResult(234, 0, lines), 50, (), Path("o.mp4"))
    return str(raised.value).partition("and said: ")[2]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([*PROFILE, f"[vost#0:0 @ 0x1] [enc:libx264 @ 0x2] {OPENING[0]}", *ENDS_OF_9], PROFILE),
        ([*PROFILE, OPENING[1]], PROFILE),
        ([*RATES, f"[aost#0:1 @ 0x1] {OPENING[0]}", *ENDS_OF_9], [*RATES[:3], "...", *RATES[-3:]]),
        (
            [*UNKNOWN, "Error opening output file file:.o.mp4.", "Error opening output files: Encoder not found"],
            UNKNOWN,
        ),
        ([*HEADER, "Error initializing output stream 0:0 --"], HEADER),
        (
            ["Unrecognized option 'x'.", "Error splitting the argument list: Option not found"],
            ["Unrecognized option 'x'."],
        ),
        (["Svt[info]: SVT [version]: v1.4", "Svt[error]: Instance 1: no", *ENDS_OF_9], ["Svt[error]: Instance 1: no"]),
    ],
)
def test_the_cause_is_reported_and_what_names_none_is_not(lines: list[str], wanted: list[str]) -> None:
    assert diagnosis_of(*lines) == "; ".join(wanted)


def test_what_names_no_cause_is_reported_where_nothing_else_was_printed() -> None:
    assert diagnosis_of(*ENDS_OF_9[1:3]) == "; ".join(ENDS_OF_9[1:3])
    assert diagnosis_of() == "nothing"


def test_what_was_recognised_is_reported_even_from_the_middle() -> None:
    lines = [f"[mux @ 0x1] line {k}" for k in range(20)]
    full = "[out#0/mp4 @ 0x1] Error writing trailer: No space left on device"
    assert f"line 2; ...; {full}; ...; [mux @ 0x1] line 17" in diagnosis_of(*lines[:9], full, *lines[9:])


@pytest.mark.parametrize("binary", FFMPEGS)
def test_a_profile_that_is_not_is_named(vidkompy: Vidkompy, sidecar: Path, binary: str) -> None:
    words = ("--ffmpeg", binary, "--", "-c:v", "libx264", "-profile:v", "foo")
    message = refused(vidkompy, "render", sidecar.name, "-o", "out.mp4", *words).rpartition("and said: ")[2]
    assert message.startswith("x264 [error]: invalid profile: foo; ")
    assert message.endswith("Error setting profile foo.")
