"""A script for a POSIX shell that writes FG and the BG below it, as training and comparison want them.

Both sides have equally many frames of one size and format: two videos without loss, or two folders of pictures with
equal names. Frames of videos follow at FG's nominal rate; pictures are numbered by FG's frames.
"""

from filtergraphs.comparison import BG_SIDE, FG_SIDE
from vidkompy.exchange import posix_script
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.matched_sides import matched_sides, side_losses
from vidkompy.exchange.posix_script import quoted_words
from vidkompy.exchange.render_script import clip_paths, script_words

OPTIONS: frozenset[ExportOption] = frozenset()

EVEN_FG, EVEN_BG = "[even_fg]", "[even_bg]"


def export(request: ExportRequest) -> ExportResult:
    """Raises SidecarError, RenderError."""
    sidecar = request.sidecar
    composition, script, matched = matched_sides(request)
    rate = sidecar.fg.frame_rate
    even = f"settb={rate.denominator}/{rate.numerator},setpts=N"
    graph = f"{script.graph};{FG_SIDE}{even}{EVEN_FG};{BG_SIDE}{even}{EVEN_BG}"
    command = ('"$ffmpeg" -hide_banner -nostdin', *quoted_words(script_words(script.inputs, clip_paths(request))))
    text = _SCRIPT.format(
        opening=posix_script.opening(request.ffmpeg or "ffmpeg", graph),
        count=len(matched),
        numbers="\n".join(map(str, matched.tolist())),
        fg_side=EVEN_FG,
        bg_side=EVEN_BG,
        command=posix_script.wrapped(command),
    )
    sound = [Loss("sound", "pairs are pictures: no sound is in them")] if sidecar.fg.audio or sidecar.bg.audio else []
    return ExportResult((text,), (*side_losses(sidecar, composition), *sound))


_SCRIPT = """\
#!/bin/sh
# FG and the part of BG that it lies on, frame by frame. Usage: sh SCRIPT [FOLDER [KIND]]
# KIND is video (default): FOLDER/fg.mkv and FOLDER/bg.mkv without loss; or an ending of pictures, such as png or tiff:
# FOLDER/fg/N.png and FOLDER/bg/N.png, N being FG's frame. FOLDER: pairs. FFMPEG names another ffmpeg, 5.1 or newer.
set -eu
folder=${{1:-pairs}} kind=${{2:-video}}
case $folder in
    *%*) printf '%s\\n' "'$folder' has a %, which numbers pictures in ffmpeg; name another folder" >&2; exit 2 ;;
esac
if [ -e "$folder" ]; then
    printf '%s\\n' "'$folder' exists; name another folder, or remove it" >&2
    exit 1
fi
{opening}
case $folder in /*) target=$folder ;; *) target=./$folder ;; esac
mkdir -p "$target"
if [ "$kind" = video ]; then
    set -- -map '{fg_side}' -fps_mode passthrough -c:v ffv1 "file:$target/fg.mkv" \\
        -map '{bg_side}' -fps_mode passthrough -c:v ffv1 "file:$target/bg.mkv"
else
    mkdir "$target/fg" "$target/bg"
    set -- -map '{fg_side}' -fps_mode passthrough "file:$target/fg/part-%d.$kind" \\
        -map '{bg_side}' -fps_mode passthrough "file:$target/bg/part-%d.$kind"
fi
echo "writing {count} frames of FG, and of BG, to $folder" >&2
{command} \\
    "$graph_option" "$graph" "$@"
[ "$kind" = video ] && exit
n=0
while read -r frame; do
    n=$((n + 1))
    for side in fg bg; do mv "$target/$side/part-$n.$kind" "$target/$side/$frame.$kind"; done
done << 'FRAMES'
{numbers}
FRAMES
"""
