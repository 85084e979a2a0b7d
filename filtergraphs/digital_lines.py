"""Integer sequences as few straight lines: the one compact form of maps and timestamps."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """Piece of an integer sequence: for start <= k < start + count the value is floor((p*k + c) / q)."""

    start: int
    count: int
    p: int
    c: int
    q: int

    def at(self, k: int) -> int:
        return (self.p * k + self.c) // self.q


def fit(values: Sequence[int]) -> list[Line]:
    """Fewest lines that reproduce `values` exactly; each with the smallest possible q. Linear time.

    Source: Debled-Rennesson & Reveilles 1995, doi:10.1142/S0218001495000249 (a digital line and its leaning points).
    Differs: slopes are not limited to 0..1. The recurrence is unchanged by shears, so starting from the first
    difference covers any slope, negative ones too.
    """
    lines: list[Line] = []
    start = 0
    while start < len(values):
        lines.append(_longest(values, start))
        start += lines[-1].count
    return lines


def values(lines: Iterable[Line]) -> Iterator[int]:
    """The sequence that `lines` stands for: the inverse of `fit`."""
    for line in lines:
        for k in range(line.start, line.start + line.count):
            yield (line.p * k + line.c) // line.q


def _longest(values: Sequence[int], start: int) -> Line:
    """Longest line from `start`. Keeps mu <= a*x - b*y < mu + b over its points, so y = floor((a*x - mu) / b)."""
    y = values[start]
    if start + 1 == len(values):
        return Line(start, 1, 0, y, 1)
    a, b = values[start + 1] - y, 1
    mu = a * start - y
    upper_first = lower_first = (start, y)  # points with remainder mu, and mu + b - 1
    upper_last = lower_last = (start + 1, values[start + 1])
    x = start + 2
    while x < len(values):
        y = values[x]
        remainder = a * x - b * y
        if remainder < mu - 1 or remainder > mu + b:
            break
        if remainder == mu - 1:
            lower_first, upper_last = lower_last, (x, y)
            a, b = y - upper_first[1], x - upper_first[0]
            mu = a * x - b * y
        elif remainder == mu + b:
            upper_first, lower_last = upper_last, (x, y)
            a, b = y - lower_first[1], x - lower_first[0]
            mu = a * x - b * y - b + 1
        else:
            if remainder == mu:
                upper_last = (x, y)
            if remainder == mu + b - 1:
                lower_last = (x, y)
        x += 1
    return Line(start, x - start, a, -mu, b)
