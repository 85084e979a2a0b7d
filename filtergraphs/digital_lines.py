"""Digital straight lines: integer sequences as few rounded lines, the one compact form of maps and timestamps.

A line of slope rise / run runs through a point (k, v) if v = floor((rise * k - least) / run), which is to say if the
remainder rise * k - run * v lies in least .. least + run - 1. Points at the ends of that range are leaning points:
upper ones have the remainder `least`, lower ones least + run - 1. A next point whose remainder is less by one lies just
above the line, and all points so far are on a steeper one: from the first upper leaning point through the new one. If
it is more by one the same holds below, from the first lower leaning point. Further off there is no line.
"""

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

    Any piece of a digital line is one itself, so taking the longest line each time gives the fewest.
    Source: Debled-Rennesson & Reveilles 1995, doi:10.1142/S0218001495000249 (a digital line and its leaning points).
    Differs: slopes are not limited to 0..1. The recurrence is unchanged by shears, so starting from the first
    difference covers any slope, negative ones too.

    >>> fit([0, 0, 1, 1, 2, 2, 9, 10, 11])
    [Line(start=0, count=6, p=1, c=0, q=2), Line(start=6, count=3, p=1, c=3, q=1)]
    """
    lines: list[Line] = []
    start = 0
    while start < len(values):
        lines.append(_longest(values, start))
        start += lines[-1].count
    return lines


def values(lines: Iterable[Line]) -> Iterator[int]:
    """The sequence that `lines` stands for: the inverse of `fit`.

    >>> list(values([Line(0, 4, 1, 0, 2), Line(4, 2, 3, 0, 1)]))
    [0, 0, 1, 1, 12, 15]
    """
    for line in lines:
        for k in range(line.start, line.start + line.count):
            yield (line.p * k + line.c) // line.q


def _longest(values: Sequence[int], start: int) -> Line:
    """Longest line from `start`, by remainders and leaning points (see above)."""
    first = start, values[start]
    if start + 1 == len(values):
        return Line(start, 1, 0, values[start], 1)
    second = start + 1, values[start + 1]
    rise, run = values[start + 1] - values[start], 1
    least = rise * start - values[start]
    upper_first = lower_first = first
    upper_last = lower_last = second
    k = start + 2
    while k < len(values):
        v = values[k]
        remainder = rise * k - run * v
        if remainder < least - 1 or remainder > least + run:
            break
        if remainder == least - 1:
            lower_first, upper_last = lower_last, (k, v)
            pivot_k, pivot_v = upper_first
            rise, run = v - pivot_v, k - pivot_k
            least = rise * k - run * v
        elif remainder == least + run:
            upper_first, lower_last = upper_last, (k, v)
            pivot_k, pivot_v = lower_first
            rise, run = v - pivot_v, k - pivot_k
            least = rise * k - run * v - run + 1
        else:
            if remainder == least:
                upper_last = (k, v)
            if remainder == least + run - 1:
                lower_last = (k, v)
        k += 1
    return Line(start, k - start, rise, -least, run)
