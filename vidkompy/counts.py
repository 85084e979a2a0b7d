"""Counts of things, as people read them."""


def count_text(n: int, one: str, many: str = "") -> str:
    """
    many   left out where it is `one` with an s

    >>> count_text(1, "cut"), count_text(12345, "cut"), count_text(2, "frame fits", "frames fit")
    ('1 cut', '12,345 cuts', '2 frames fit')
    """
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"
