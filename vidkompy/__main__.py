"""Where the program starts: signals are seen to before anything is imported, so that they end it cleanly."""

import os
import sys

TYPE_CHECKING = False  # as in `vidkompy/__init__`: what is imported here is a time in which Ctrl-C shows a traceback
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_ENDINGS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 143}  # exit codes
_LAST_WORDS = "no partial file was left"


def main() -> None:
    """Exit codes 130 and 143 where the program was interrupted, else those of `cli.main`. Never returns."""
    _heed_signals()
    try:
        from vidkompy.cli import std_streams

        std_streams.configure_streams()
        from vidkompy.cli import main

        _work(main.main)
    except KeyboardInterrupt as e:
        _end(130, f"vidkompy: interrupted; {str(e) or _LAST_WORDS}")
    except SystemExit as e:
        is_number = e.code is None or isinstance(e.code, int)
        _end(int(e.code or 0) if is_number else 1, "" if is_number else str(e.code))


def _work(command: "Callable[[], None]") -> None:
    """Its frame on the stack says that there is something to clean up."""
    command()


def _heed_signals() -> None:
    """`_signal` is there from the start; `signal` would read two more modules first."""
    import _signal

    for name in _ENDINGS:
        number = getattr(_signal, name, None)
        usual = (_signal.SIG_DFL, _signal.default_int_handler)
        if (
            number is not None and _signal.getsignal(number) in usual
        ):  # what is ignored stays so: nohup, or & in a script
            _signal.signal(number, _heed)
    sys.unraisablehook = _repeat


def _heed(number: int, frame: "FrameType | None") -> None:
    """While the command works, an exception: finally clauses run. Before and after it there is nothing to clean up."""
    import _signal

    is_interrupt = number == _signal.SIGINT
    while frame is not None:
        if frame.f_code is _repeat.__code__:  # what is raised in a hook is lost
            _come_again(number)
            return
        if frame.f_code is _work.__code__:
            raise KeyboardInterrupt if is_interrupt else SystemExit(143)
        frame = frame.f_back
    try:
        if is_interrupt:
            os.write(2, f"vidkompy: interrupted; {_LAST_WORDS}\n".encode())
    finally:
        os._exit(130 if is_interrupt else 143)


def _end(code: int, said: str) -> None:
    """Without the interpreter's own end, in which a signal shows a traceback or kills. Nothing here waits for it."""
    import _signal

    for name in _ENDINGS:
        if hasattr(_signal, name):
            _signal.signal(getattr(_signal, name), _signal.SIG_IGN)
    try:
        if said:
            print(said, file=sys.stderr)
        if streams := sys.modules.get("vidkompy.cli.std_streams"):
            streams.hush()
    finally:
        os._exit(code)


def _repeat(lost: "sys.UnraisableHookArgs") -> None:
    """What a signal raised in a callback, such as an import lock's, goes no further: the signal has to come again."""
    import _signal

    for kind, number in ((KeyboardInterrupt, _signal.SIGINT), (SystemExit, _signal.SIGTERM)):
        if issubclass(lost.exc_type, kind):
            _come_again(number)
            return
    sys.__unraisablehook__(lost)


def _come_again(number: int) -> None:
    """Not by `threading`, whose locks what was interrupted may hold."""
    import _thread
    import signal
    import time

    def interrupt() -> None:
        time.sleep(0.01)
        _thread.interrupt_main(signal.Signals(number))

    _thread.start_new_thread(interrupt, ())


if __name__ == "__main__":
    main()
