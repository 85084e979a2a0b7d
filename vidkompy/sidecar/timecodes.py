"""Timestamp format v2: when each FG frame is shown, and so each frame of what is drawn from it, in ms.

Its second line is a comment that says for which file it is. Source: mkvmerge manual, "External timestamp files",
https://mkvtoolnix.download/doc/mkvmerge.html
"""

from vidkompy.model import Sidecar


def timecodes_text(sidecar: Sidecar) -> str:
    fg = sidecar.fg
    ticks = (fg.pts - fg.start_pts).tolist()
    head = f"# timestamp format v2\n# of the frames of {fg.path.name!r}, and of what is drawn from it\n"
    return head + "".join(f"{float(1000 * t * fg.time_base):.6f}\n" for t in ticks)
