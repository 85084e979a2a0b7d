"""Entry point: installs signal handlers before anything heavy is imported, so that Ctrl-C and SIGTERM end it cleanly.

While a command runs, a signal becomes an exception, so that staging files are removed. Before and after there is
nothing to clean up, and the process ends at once. Either way the exit code is 130 or 143, without a traceback.
"""

import os
import sys

TYPE_CHECKING = False  # as in `vidkompy/__init__`: what is imported here is a time in which Ctrl-C shows a traceback
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_EXIT_CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 143}
_NOTHING_LEFT = "no partial file was left"


def main() -> None:
    """Exit codes 130 and 143 where the program was interrupted, else those of `cli.main`. Never returns."""
    _install_handlers()
    try:
        from vidkompy.cli import std_streams

        std_streams.configure_streams()
        from vidkompy.cli import main

        _run_command(main.main)
    except KeyboardInterrupt as e:
        _exit(130, f"vidkompy: interrupted; {str(e) or _NOTHING_LEFT}")
    except SystemExit as e:
        is_number = e.code is None or isinstance(e.code, int)
        _exit(int(e.code or 0) if is_number else 1, "" if is_number else str(e.code))


def _run_command(command: "Callable[[], None]") -> None:
    """Its frame on the stack tells `_handle` that there may be something to clean up."""
    command()


def _install_handlers() -> None:
    """Handlers are set by `_signal`, which is built in; `signal` would read two more modules first."""
    import _signal

    for name in _EXIT_CODES:
        number = getattr(_signal, name, None)
        defaults = (_signal.SIG_DFL, _signal.default_int_handler)
        # What is ignored stays so: nohup, or & in a script.
        if number is not None and _signal.getsignal(number) in defaults:
            _signal.signal(number, _handle)
    sys.unraisablehook = _resend_lost


def _handle(number: int, frame: "FrameType | None") -> None:
    """While the command works, an exception: finally clauses run. Before and after it there is nothing to clean up."""
    import _signal

    is_interrupt = number == _signal.SIGINT
    while frame is not None:
        if frame.f_code is _resend_lost.__code__:  # what is raised in a hook is lost
            _resend(number)
            return
        if frame.f_code is _run_command.__code__:
            raise KeyboardInterrupt if is_interrupt else SystemExit(143)
        frame = frame.f_back
    try:
        if is_interrupt:
            os.write(2, f"vidkompy: interrupted; {_NOTHING_LEFT}\n".encode())
    finally:
        os._exit(130 if is_interrupt else 143)


def _exit(code: int, message: str) -> None:
    """The process ends without the interpreter's own shutdown, in which a signal shows a traceback or kills.

    Nothing here needs it.
    """
    import _signal

    for name in _EXIT_CODES:
        if hasattr(_signal, name):
            _signal.signal(getattr(_signal, name), _signal.SIG_IGN)
    try:
        if message:
            print(message, file=sys.stderr)
        if streams := sys.modules.get("vidkompy.cli.std_streams"):
            streams.discard_unwritten()
    finally:
        os._exit(code)


def _resend_lost(lost: "sys.UnraisableHookArgs") -> None:
    """An exception that a signal raised in a callback, such as an import lock's, goes no further: send it again."""
    import _signal

    for kind, number in ((KeyboardInterrupt, _signal.SIGINT), (SystemExit, _signal.SIGTERM)):
        if issubclass(lost.exc_type, kind):
            _resend(number)
            return
    sys.__unraisablehook__(lost)


def _resend(number: int) -> None:
    """Soon, from another thread; not by `threading`, whose locks the interrupted code may hold."""
    import _thread
    import signal
    import time

    def interrupt() -> None:
        time.sleep(0.01)
        _thread.interrupt_main(signal.Signals(number))

    _thread.start_new_thread(interrupt, ())


if __name__ == "__main__":
    main()
