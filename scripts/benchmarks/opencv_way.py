"""What render is compared with: OpenCV reads both clips, numpy overlays, OpenCV writes mp4v, ffmpeg adds the sound.

Run as a program of its own: BG FG X Y FIRST OUT FFMPEG, where FG frame i lies on BG frame FIRST + i.
"""

import subprocess
import sys

import cv2


def compose(bg: str, fg: str, x: int, y: int, first: int, out: str) -> None:
    below, above = cv2.VideoCapture(bg), cv2.VideoCapture(fg)
    size = int(below.get(cv2.CAP_PROP_FRAME_WIDTH)), int(below.get(cv2.CAP_PROP_FRAME_HEIGHT))
    writer = cv2.VideoWriter(out, cv2.VideoWriter.fourcc(*"mp4v"), above.get(cv2.CAP_PROP_FPS), size)
    for _ in range(first):
        below.grab()
    while True:
        (has_bg, canvas), (has_fg, picture) = below.read(), above.read()
        if not (has_bg and has_fg):
            break
        canvas[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
        writer.write(canvas)
    writer.release()


if __name__ == "__main__":
    bg, fg, x, y, first, out, ffmpeg = sys.argv[1:]
    compose(bg, fg, int(x), int(y), int(first), f"{out}.mp4")
    copied = ["-map", "0:v", "-map", "1:a?", "-c", "copy"]
    subprocess.run([ffmpeg, "-v", "error", "-y", "-i", f"{out}.mp4", "-i", fg, *copied, out], check=True)
