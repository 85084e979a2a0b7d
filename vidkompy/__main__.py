"""Where the program starts: signals are seen to before anything slow is imported, so that they end it cleanly."""

import os
import sys
from contextlib import suppress


def main() -> None:
    """Exit codes 130 and 143 where the program was interrupted, else those of `cli.main`."""
    try:
        _heed_signals()
        from vidkompy import streams

        streams.settle()
        from vidkompy import cli

        cli.main()
    except KeyboardInterrupt as e:
        with suppress(OSError):
            print(f"vidkompy: interrupted; {str(e) or 'no partial file was left'}", file=sys.stderr, flush=True)
        os._exit(130)  # sys.exit is not enough: once a Ctrl-C went through exec(), Python kills itself with SIGINT


def _heed_signals() -> None:
    import signal

    for name in ("SIGTERM", "SIGHUP"):  # so that finally clauses run; nohup's wish is kept
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: sys.exit(143))
    sys.unraisablehook = _repeat


def _repeat(lost: "sys.UnraisableHookArgs") -> None:
    """What a signal raised in a callback, such as an import lock's, goes no further: the signal has to come again."""
    import _thread
    import signal
    import threading

    for kind, number in ((KeyboardInterrupt, signal.SIGINT), (SystemExit, signal.SIGTERM)):
        if issubclass(lost.exc_type, kind):
            threading.Timer(0.01, _thread.interrupt_main, [number]).start()
            return
    sys.__unraisablehook__(lost)


if __name__ == "__main__":
    main()
