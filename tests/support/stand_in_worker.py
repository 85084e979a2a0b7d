"""A worker process without video: it answers as the real one does, and does what the name of FG asks for.

argv: a file to which each start of a command adds a line "COMMAND NAME PROCESS", and seconds that each analysis
takes. Up to a hyphen FG's name is a case of `analyze`; any other works. BG's name is the confidence, if it is a number.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

EATEN_BYTES = 300 << 20
CONFIDENCE = 0.9
SLEEP = 1000  # s: longer than any test waits


def main() -> None:
    requests: SimpleQueue[list[str]] = SimpleQueue()
    Thread(target=receive, args=(requests,), daemon=True).start()
    while True:
        command, *words = requests.get()
        output = Path(words[words.index("-o") + 1])
        name = output.name.partition(".")[0]
        with Path(sys.argv[1]).open("ab", buffering=0) as log:
            log.write(f"{command} {name} {os.getpid()}\n".encode())
        if command == "analyze":
            analyze(words[0], words[1], output)
        else:
            output.write_text(command)
            answer()


def receive(requests: SimpleQueue[list[str]]) -> None:
    """As the real one: nothing of it outlives the batch."""
    for line in sys.stdin.buffer:
        requests.put(json.loads(line)["arguments"])
    if os.getpgid(0) == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def analyze(bg: str, fg: str, output: Path) -> None:
    doing = Path(fg).stem.partition("-")[0]
    prepare(doing, output)
    match doing:
        case "hangs" | "stubborn":
            time.sleep(SLEEP)
        case "eats":
            eaten = b"x" * EATEN_BYTES
            time.sleep(SLEEP + len(eaten))
        case "crashes" | "half" | "leaves":
            crash()
        case "exits":
            sys.stderr.write("it is\nall over\n")
            sys.stderr.flush()
            os._exit(7)
        case "rubbish":
            say("all is well")
        case "poor":
            say('{"exit_code": 0}')
        case "halfdone" | "nothing":
            answer(confidence=CONFIDENCE, reasons=[])
        case "refused":
            answer(3, error="they show different things")
        case "fails":
            answer(1, error="'fg.mp4' is no video")
        case "full":
            answer(1, error="cannot write 'x': no space left on device")
        case _:
            try:
                work(bg, fg, output)
            except OSError as e:
                answer(1, error=f"cannot write '{output}': {(e.strerror or str(e)).lower()}")


def prepare(doing: str, output: Path) -> None:
    if doing in ("stubborn", "eats"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if doing in ("half", "halfdone"):
        output.write_text('{"clips": {"fg')
    if doing == "leaves":
        leave(output.parent.parent / "child")
    if doing == "once" and starts(output) == 1:
        crash()
    if doing == "waits" and starts(output) == 1:
        time.sleep(SLEEP)


def work(bg: str, fg: str, output: Path) -> None:
    if Path(bg).stem == "none":
        answer(3, error="they show different things")
        return
    if Path(bg).stem == "crashes":
        output.write_text("{")
        (output.parent / ".begun").mkdir()
        crash()
    if Path(bg).stem == "unreadable":
        answer(1, error=f"'{bg}' is no video")
        return
    text = json.dumps({"clips": {"bg": {"sha256": content_hash(bg)}, "fg": {"sha256": content_hash(fg)}}})
    seconds = float(sys.argv[2])
    with output.open("w") as file:
        file.write(text[:20])
        file.flush()
        time.sleep(seconds)
        file.write(text[20:])
    try:
        confidence = float(Path(bg).stem)
    except ValueError:
        confidence = CONFIDENCE
    answer(confidence=confidence, reasons=[])


def answer(exit_code: int = 0, **facts: Any) -> None:
    said = {"exit_code": exit_code, "answer": facts, "message": facts.get("error", ""), "cpu_seconds": 0.25}
    say(json.dumps(said))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def crash() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave(note: Path) -> None:
    """A child that lives on."""
    child = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    note.write_text(str(child.pid))


def starts(output: Path) -> int:
    name = output.name.partition(".")[0]
    return Path(sys.argv[1]).read_text().count(f"analyze {name} ")


def content_hash(clip: str) -> str:
    return hashlib.sha256(Path(clip).read_bytes()).hexdigest() if Path(clip).exists() else ""


if __name__ == "__main__":
    main()
