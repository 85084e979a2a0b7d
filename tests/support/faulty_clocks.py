"""One small film in files whose clock is at fault; and the commands that messages name, run as they stand."""

import subprocess
from pathlib import Path

from support.program_runs import run_ffmpeg

FRAMES = 100
PICTURES = "testsrc2=size=160x90:rate=25:duration=4,noise=alls=12:allf=t:all_seed=5"
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25", "-pix_fmt", "yuv420p", "-crf", "12")
AAC = ("-c:a", "aac", "-b:a", "64k")
FRAGMENTED = ("-movflags", "+frag_keyframe+empty_moov+default_base_moof")
CONTAINERS = {"mkv": (), "mp4": (), "fragmented.mp4": FRAGMENTED, "ts": ()}


def film(path: Path, *filters: str, has_sound: bool = False) -> Path:
    """All 100 frames, or what filters leave of them."""
    muxing = CONTAINERS.get(path.name.partition(".")[2], ())
    graph = ",".join((PICTURES, *filters))
    sound = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2") if has_sound else ()
    passthrough = ("-fps_mode", "passthrough")
    run_ffmpeg("-f", "lavfi", "-i", graph, *sound, *passthrough, *H264, *AAC, *muxing, path)
    return path


def joined(folder: Path, container: str, has_sound: bool = False) -> Path:
    """Two recordings of 2 s glued by their bytes."""
    first = film(folder / f"first.{container}", "trim=end_frame=50", has_sound=has_sound)
    second = film(folder / f"second.{container}", "trim=start_frame=50,setpts=PTS-STARTPTS", has_sound=has_sound)
    path = folder / f"joined.{container}"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    return path


def with_equal_times(folder: Path, container: str) -> Path:
    """Frame 43 carries the time of frame 42."""
    return film(folder / f"equal.{container}", "settb=1/25,setpts='if(eq(N,43),42,N)'")


def command_of(message: str) -> str:
    """What a message says to type, which is its end."""
    at = min(at for word in ("ffmpeg -", "tail -c") if (at := message.find(word)) >= 0)
    return message[at:].strip()


def run_command(command: str, given: Path, output: Path, program: str) -> None:
    """The command by a shell in the folder of `output`, with names in place of IN and OUT.mkv."""
    words = command.replace(" IN ", f" '{given}' ").replace("OUT.mkv", f"'{output}'")
    words = words.replace("ffmpeg -", f"'{program}' -v error -y -")
    done = subprocess.run(
        ["sh", "-c", words], cwd=output.parent, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 0, (words, done.stderr)
