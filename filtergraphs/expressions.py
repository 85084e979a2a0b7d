"""Integer sequences as ffmpeg expressions: balanced trees of if(lt()) over straight lines."""

from collections.abc import Sequence

from filtergraphs.digital_lines import Line, fit

_EXACT = 2**53  # ffmpeg computes in doubles: below this every product, sum and floored quotient of integers is exact


def table(values: Sequence[int], variable: str) -> str:
    """Expression whose value is values[variable], for one line and for 200,000.

    Balanced, because ffmpeg refuses sums and chains of more than about 100 terms. Past its end it extrapolates.
    Raises ValueError for values that doubles cannot hold on the way.
    """
    return _tree(fit(values), variable)


def selection(indices: Sequence[int]) -> str:
    """Expression for `select` that passes exactly the frames `indices` (increasing), if input stops at the last."""
    return f"eq(n,{table(indices, 'selected_n')})"


def ramp(size: tuple[int, int], edges: Sequence[bool], reach: int, full: int, step: tuple[int, int]) -> str:
    """Expression for `geq`: `full` at the edges, falling in a straight line to 0 at `reach` px inside them.

    size    of the frame, px
    edges   left, top, right, bottom: whether it falls from there
    step    px per sample of the plane
    """
    centres = [f"(X+0.5)*{step[0]}", f"(Y+0.5)*{step[1]}"]
    inside = [*centres, *(f"{length}-{centre}" for length, centre in zip(size, centres, strict=True))]
    least = str(reach)
    for distance, falls in zip(inside, edges, strict=True):
        least = f"min({least},{distance})" if falls else least
    return f"{full}-floor({full}*{least}/{reach}+0.5)"


def _tree(lines: Sequence[Line], variable: str) -> str:
    if len(lines) == 1:
        return _leaf(lines[0], variable)
    middle = len(lines) // 2
    low, high = _tree(lines[:middle], variable), _tree(lines[middle:], variable)
    return f"if(lt({variable},{lines[middle].start}),{low},{high})"


def _leaf(line: Line, variable: str) -> str:
    ends = (line.p * line.start, line.p * (line.start + line.count - 1))
    if max(abs(line.c), *(max(abs(end), abs(end + line.c)) for end in ends)) >= _EXACT:
        raise ValueError(f"frames {line.start} to {line.start + line.count - 1} need numbers of 2**53 and more: {line}")
    if line.p == 0:
        return str(line.c // line.q)
    factor = variable if line.p == 1 else f"{line.p}*{variable}"
    total = f"{factor}{line.c:+d}" if line.c else factor
    return total if line.q == 1 else f"floor(({total})/{line.q})"
