"""What XML cannot hold is refused, whatever the format."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.invented_sidecars import invented

from vidkompy.drawing.options import DrawingOptions
from vidkompy.errors import UsageError
from vidkompy.exchange.format_contract import ExportName, ExportRequest, load_exporter
from vidkompy.exchange.xml_text import document


@pytest.mark.parametrize("name", ["\x01", "\x1b", "\uffff"])
@pytest.mark.parametrize("to", ["fcpxml", "mlt", "xmeml"])
def test_a_name_that_xml_cannot_hold_is_refused(to: ExportName, name: str) -> None:
    request = ExportRequest(
        invented("equal rates", prefix=f"a{name}"), Path(), Path(), "x", "", DrawingOptions(), False, None
    )
    message = f"a name has the character {name!r}, which XML cannot hold; rename the clip"
    with pytest.raises(UsageError, match=message.replace("\\", "\\\\")):
        load_exporter(to).export(request)


def test_all_else_comes_back() -> None:
    root = ElementTree.Element("root", {"name": "a\tb\nc\r &<>\"' é 東 \U0001f600"})
    text = document(root, "<!DOCTYPE root>")
    assert text.startswith("<!DOCTYPE root>\n<root")
    assert ElementTree.fromstring(text).attrib == root.attrib
