"""XML documents as text."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from vidkompy.errors import UsageError

_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(root: Element, head: str) -> str:
    """head: what comes before the root. Raises UsageError where a name has a character that XML has no word for.

    Source: XML 1.0, 2.2 Characters; 2.11 End-of-Line Handling, for which a bare carriage return is lost.
    """
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    if forbidden := _FORBIDDEN.search(text):
        raise UsageError(
            f"a name has the character {forbidden[0]!r}, which XML cannot hold; rename the clip and its path in the "
            "sidecar, or choose another format, such as otio"
        )
    return f"{head}\n{text}\n"
