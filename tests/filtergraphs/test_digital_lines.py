"""Straight lines through integer sequences: an exact inverse, as few as possible, each with the least denominator."""

from fractions import Fraction
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from filtergraphs.digital_lines import Line, fit, values

ANY = st.lists(st.integers(-(10**12), 10**12), max_size=40)
STEPS = st.lists(st.integers(-1, 3), max_size=60).map(lambda steps: [sum(steps[:k]) for k in range(len(steps) + 1)])
DRAWN = st.builds(
    lambda p, c, q, count: [(p * k + c) // q for k in range(count)],
    st.integers(-500, 500),
    st.integers(-500, 500),
    st.integers(1, 60),
    st.integers(1, 60),
)
SEQUENCES = st.one_of(ANY, STEPS, DRAWN)


@given(SEQUENCES)
def test_values_are_the_inverse_of_fit(sequence: list[int]) -> None:
    lines = fit(sequence)
    assert list(values(lines)) == sequence
    assert [line.at(k) for line in lines for k in range(line.start, line.start + line.count)] == sequence


@given(SEQUENCES)
def test_no_line_can_be_extended_so_no_fewer_lines_do(sequence: list[int]) -> None:
    """Part of a straight piece is straight, so taking the longest piece each time gives the fewest."""
    for line in fit(sequence)[:-1]:
        low, high = slopes(sequence[line.start : line.start + line.count + 1])
        assert low >= high


@given(SEQUENCES)
def test_denominators_are_the_smallest(sequence: list[int]) -> None:
    for line in fit(sequence):
        if line.count > 1:
            low, high = slopes(sequence[line.start : line.start + line.count])
            assert low < Fraction(line.p, line.q) < high
            for q in range(1, line.q):
                assert not low < Fraction(int(low * q // 1) + 1, q) < high


@given(DRAWN)
def test_a_drawn_line_is_one_line(sequence: list[int]) -> None:
    assert len(fit(sequence)) == 1


def test_a_long_rational_rate_is_one_line() -> None:
    assert fit([472 * k // 483 for k in range(200_000)]) == [Line(0, 200_000, 472, 0, 483)]


def test_timestamps_rounded_to_milliseconds_are_one_line() -> None:
    (line,) = fit([(1001 * k + 15) // 30 for k in range(100_000)])
    assert (line.p, line.q) == (1001, 30)


def slopes(sequence: list[int]) -> tuple[Fraction, Fraction]:
    """Open interval of the slopes of all lines through `sequence`, from all pairs; empty when there is none."""
    pairs = [(j - i, sequence[j] - sequence[i]) for i, j in combinations(range(len(sequence)), 2)]
    return max(Fraction(dv - 1, dk) for dk, dv in pairs), min(Fraction(dv + 1, dk) for dk, dv in pairs)
