"""What can be wished for a drawing: options of render and compose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Audio = Literal["auto", "fg", "bg", "mix", "none"]
Pitch = Literal["follow", "keep"]


@dataclass(frozen=True)
class Drawing:
    """How a composition is drawn and heard."""

    audio: Audio = "auto"
    """whose sound is heard; auto: FG's if it has any, else BG's"""
    pitch: Pitch = "follow"
    """what becomes of BG's pitch where its speed changes"""
