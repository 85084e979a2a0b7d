"""What is ignored of FG is left out of every grid, cell by cell, and never less of it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vidkompy.limits import MAX_IGNORED_BOXES
from vidkompy.media.ignored_area import compared_cells, compared_share, problem_of_area, problem_of_box
from vidkompy.model import PixelBox

WIDTH, HEIGHT = 48, 30
X, Y = st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)


@st.composite
def boxes(draw: st.DrawFn) -> PixelBox:
    x0, y0 = draw(X), draw(Y)
    return x0, y0, draw(st.integers(x0 + 1, WIDTH)), draw(st.integers(y0 + 1, HEIGHT))


@given(st.lists(boxes(), max_size=5), st.integers(1, 60), st.integers(1, 60))
def test_a_cell_counts_where_it_shows_no_ignored_px(ignored: list[PixelBox], rows: int, columns: int) -> None:
    found = compared_cells(ignored, (0, 0, WIDTH, HEIGHT), (rows, columns))
    px = np.ones((HEIGHT, WIDTH), np.bool_)
    for x0, y0, x1, y1 in ignored:
        px[y0:y1, x0:x1] = False
    for row in range(rows):
        for column in range(columns):
            top, bottom = row * HEIGHT // rows, -(-(row + 1) * HEIGHT // rows)
            left, right = column * WIDTH // columns, -(-(column + 1) * WIDTH // columns)
            if found[row, column]:
                assert px[top:bottom, left:right].all()
    if (rows, columns) == (HEIGHT, WIDTH):
        np.testing.assert_array_equal(found, px)


@given(st.lists(boxes(), max_size=5))
def test_the_share_that_is_compared_is_that_of_the_px(ignored: list[PixelBox]) -> None:
    px = compared_cells(ignored, (0, 0, WIDTH, HEIGHT), (HEIGHT, WIDTH))
    assert abs(compared_share(ignored, WIDTH, HEIGHT) - px.mean()) < 1e-12


def test_a_margin_takes_more_and_an_area_beside_the_boxes_nothing() -> None:
    box = (20, 10, 24, 14)
    plain = compared_cells([box], (0, 0, WIDTH, HEIGHT), (HEIGHT, WIDTH))
    wider = compared_cells([box], (0, 0, WIDTH, HEIGHT), (HEIGHT, WIDTH), 2)
    assert (~plain).sum() == 16
    assert (~wider).sum() == 64
    assert compared_cells([box], (24, 0, WIDTH, HEIGHT), (10, 10)).all()


def test_what_is_wrong_with_boxes_is_named() -> None:
    assert problem_of_box((0, 0, WIDTH, HEIGHT), WIDTH, HEIGHT) is None
    assert "is empty" in str(problem_of_box((5, 5, 5, 9), WIDTH, HEIGHT))
    assert "reaches beyond FG, which is 48x30" in str(problem_of_box((5, 5, 49, 9), WIDTH, HEIGHT))
    assert problem_of_area([], WIDTH, HEIGHT) is None
    assert "only 3.3% of FG is left" in str(problem_of_area([(0, 0, WIDTH, 29)], WIDTH, HEIGHT))
    many = [(0, 0, 1, 1)] * (MAX_IGNORED_BOXES + 1)
    assert "there are 501 ignored boxes" in str(problem_of_area(many, WIDTH, HEIGHT))
