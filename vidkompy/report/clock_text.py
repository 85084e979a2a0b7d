"""Times and counts as people read them."""

from __future__ import annotations

MINUTE, HOUR = 60, 3600  # s


def clock_text(seconds: float, decimals: int = 2) -> str:
    """
    >>> clock_text(4.2), clock_text(-75.5, 1), clock_text(3725, 0)
    ('0:04.20', '-1:15.5', '1:02:05')
    """
    ticks = round(abs(seconds) * 10**decimals)
    whole, part = divmod(ticks, 10**decimals)
    hours, minutes, rest = whole // HOUR, whole // MINUTE % MINUTE, whole % MINUTE
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    tail = f".{part:0{decimals}d}" if decimals else ""
    return f"{'-' if seconds < 0 and ticks else ''}{head}:{rest:02d}{tail}"


def probability_text(p: float) -> str:
    """Never 1, as nothing is certain.

    >>> probability_text(1.0), probability_text(0.5)
    ('0.999', '0.50')
    """
    return f"{min(p, 0.999):.3f}" if p > 0.99 else f"{p:.2f}"


def list_text(words: list[str]) -> str:
    """
    >>> list_text(["a", "b", "c"])
    'a, b and c'
    """
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
