"""Lines of a JSON text on which its values stand."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vidkompy.sidecar.json_positions import line_of


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"\w{1,4}", fullmatch=True), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
@settings(max_examples=40)
def test_every_value_of_a_document_is_found_on_its_line(document: Any) -> None:
    """With one token a line, the number of lines before a value is the number of tokens before it."""
    text = json.dumps(document, indent=1)

    def walk(value: Any, place: str) -> None:
        at = text.splitlines()[line_of(text, place) - 1]
        openings: dict[type, str] = {dict: "{", list: "["}
        shape = openings.get(type(value), json.dumps(value))
        assert shape in at
        for key, inner in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            walk(inner, f"{place}.{key}" if isinstance(value, dict) else f"{place}[{key}]")

    walk(document, "$")
