"""What is said of pins that the pictures contradict."""

import numpy as np

from vidkompy.measuring.pinned_frames import MAX_NAMED_PINS, contradictions
from vidkompy.model import FrameMap


def test_pins_are_counted_as_people_count() -> None:
    free = FrameMap(np.arange(20))
    by_two = [(i, i + 2) for i in range(MAX_NAMED_PINS + 2)]
    assert contradictions(free, [(3, 4)])[0].endswith("and the pin lies 1 frame later")
    assert contradictions(free, by_two[:1])[0].endswith("and the pin lies 2 frames later")
    assert contradictions(free, by_two[:-1])[-1] == "so does 1 other pin"
    assert contradictions(free, by_two)[-1] == "so do 2 other pins"
