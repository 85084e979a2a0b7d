"""Expressions of ffmpeg for integer sequences: balanced trees of if(lt()) over straight lines. And a ramp for `geq`."""

from collections.abc import Sequence

from filtergraphs.digital_lines import Line, fit

_FIRST_INEXACT = (
    2**53
)  # ffmpeg computes in doubles: below this every product, sum and floored quotient of integers is exact


def table(values: Sequence[int], variable: str) -> str:
    """Expression whose value is values[variable], for one line and for 200,000.

    Balanced, because ffmpeg refuses sums and chains of more than about 100 terms. Past its end it extrapolates.
    variable   ffmpeg's name of what counts the values from 0 on
    Raises ValueError for values that doubles cannot hold on the way.

    >>> table([0, 0, 1, 1, 2, 2, 9, 10, 11], "N")
    'if(lt(N,6),floor((N)/2),N+3)'
    """
    return _balanced(fit(values), variable)


def selection(indices: Sequence[int]) -> str:
    """Expression for `select` that passes exactly the frames `indices` (increasing), if input stops at the last.

    >>> selection([1, 3, 5])
    'eq(n,2*selected_n+1)'
    """
    return f"eq(n,{table(indices, 'selected_n')})"


def polyline(points: Sequence[tuple[float, float]], variable: str) -> str:
    """Expression for the value at `variable` of straight lines from point to point; the outer ones go on.

    points   at least two, ascending

    >>> polyline([(0, 0.0), (2, 1.0), (4, 4.0)], "val")
    'if(lt(val,2),0+(val-0)*0.5,1+(val-2)*1.5)'
    """
    if len(points) > 2:
        middle = len(points) // 2
        before, after = polyline(points[: middle + 1], variable), polyline(points[middle:], variable)
        return f"if(lt({variable},{points[middle][0]:.9g}),{before},{after})"
    (x, y), (next_x, next_y) = points
    return f"{y:.9g}+({variable}-{x:.9g})*{(next_y - y) / (next_x - x):.9g}"


def ramp(
    size: tuple[float, float],
    edges: Sequence[bool],
    reach: int,
    full: int,
    step: tuple[int, int],
    corner: tuple[float, float] = (0, 0),
) -> str:
    """Expression for `geq`: `full` at the edges, falling in a straight line to 0 at `reach` px inside them.

    size    of the frame, px
    corner  left and top, where it is a rectangle in a frame
    edges   left, top, right, bottom: whether it falls from there
    step    px per sample of the plane, across and down

    At distance d px from the nearest of those edges, measured at the middle of a sample, it is
    full - round(full * min(d, reach) / reach).

    >>> ramp((48, 32), (True, False, False, True), 6, 255, (2, 2))
    '255-floor(255*min(min(6,(X+0.5)*2),32-(Y+0.5)*2)/6+0.5)'
    """
    to_edges = _distances(size, step, corner)
    nearest = str(reach)
    for distance, falls in zip(to_edges, edges, strict=True):
        if falls:
            nearest = f"min({nearest},{distance})"
    return f"{full}-floor({full}*{nearest}/{reach}+0.5)"


def mask_around(
    size: tuple[float, float], corner: tuple[float, float], full: int, step: tuple[int, int], inside: str = "0"
) -> str:
    """Expression for `geq`: `inside` in a rectangle of a frame, `full` around it, shares where its edge is.

    >>> mask_around((48, 32), (8, 4), 255, (1, 1))
    'max(floor(255*clip(0.5-min(min((X+0.5)*1-8,(Y+0.5)*1-4),min(56-(X+0.5)*1,36-(Y+0.5)*1)),0,1)+0.5),min(0,255))'
    """
    left, top, right, bottom = _distances(size, step, corner)
    return f"max(floor({full}*clip(0.5-min(min({left},{top}),min({right},{bottom})),0,1)+0.5),min({inside},{full}))"


def _distances(
    size: tuple[float, float], step: tuple[int, int], corner: tuple[float, float]
) -> tuple[str, str, str, str]:
    """From the middle of a sample to each edge of a rectangle, px: left, top, right, bottom."""
    before, after = [], []
    for name, length, grid, start in zip("XY", size, step, corner, strict=True):
        at = f"({name}+0.5)*{grid}"
        before.append(f"{at}-{start:.12g}" if start else at)
        after.append(f"{start + length:.12g}-{at}")
    return before[0], before[1], after[0], after[1]


def _balanced(lines: Sequence[Line], variable: str) -> str:
    """A tree of choices between halves: its depth grows with the logarithm of the number of lines."""
    if len(lines) == 1:
        (line,) = lines
        return _leaf(line, variable)
    middle = len(lines) // 2
    before, after = _balanced(lines[:middle], variable), _balanced(lines[middle:], variable)
    return f"if(lt({variable},{lines[middle].start}),{before},{after})"


def _leaf(line: Line, variable: str) -> str:
    last = line.start + line.count - 1
    products = (line.p * line.start, line.p * last)
    sums = (product + line.c for product in products)
    if max(abs(number) for number in (line.c, *products, *sums)) >= _FIRST_INEXACT:
        raise ValueError(f"frames {line.start} to {last} need numbers of 2**53 and more: {line}")
    if line.p == 0:
        return str(line.c // line.q)
    factor = variable if line.p == 1 else f"{line.p}*{variable}"
    total = f"{factor}{line.c:+d}" if line.c else factor
    return total if line.q == 1 else f"floor(({total})/{line.q})"
