"""Seek points: entered only where a decoder that conceals nothing gets as far as a whole picture."""

from pathlib import Path

import av
import av.error
import pytest
from support.program_runs import run_ffmpeg

from vidkompy.drawing.seek_points import fg_seek
from vidkompy.media.probe import probe
from vidkompy.model import Clip

LIFE = "life=s=160x96:r=25:ratio=0.3:mold=10:seed=3,format=yuv420p,gblur=3"  # x264 refers across open groups in it
WANTED = 190  # of 250 frames


def film(path: Path, groups: str) -> Clip:
    run_ffmpeg("-f", "lavfi", "-i", LIFE, "-t", "10", "-c:v", "libx264", "-x264opts", f"{groups}:keyint=25", path)
    return probe(path)


def decodes_from(clip: Clip, position: int) -> bool:
    """Whether a decoder that stops at the first error gets a picture there. position: us."""
    with av.open(str(clip.path)) as container:
        container.seek(position)
        video = container.streams.video[0]
        video.codec_context.options = {"err_detect": "explode"}
        try:
            return next(container.decode(video), None) is not None
        except av.error.FFmpegError:
            return False


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_a_closed_group_is_entered(tmp_path: Path, container: str) -> None:
    clip = film(tmp_path / f"x.{container}", "open-gop=0")
    seek = fg_seek(clip, WANTED)
    assert seek is not None
    assert decodes_from(clip, seek.position)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_a_group_whose_first_frames_refer_to_the_one_before_is_not(tmp_path: Path, container: str) -> None:
    closed, clip = film(tmp_path / f"closed.{container}", "open-gop=0"), film(tmp_path / f"x.{container}", "open-gop=1")
    seek = fg_seek(closed, WANTED)
    assert seek is not None
    assert not decodes_from(clip, seek.position)  # as libavcodec sees it
    assert fg_seek(clip, WANTED) is None
