"""The frame map that exported scripts are tried on."""

# holds, a drop, steps of 2, backwards, a jump back, unmatched frames at the head, within and at the end
EVERY_STEP = (
    *(-1, 4, 5, 6, 6, 6, 7, 9, 11, 13, 15, 14, 13, 12, -1, -1),
    *(3, 4, 4, 5, 5, 6, 6, 30, 31, 33, 34, 36, 37, 47, 0, 2),
)
