"""The text of JSON documents: as the standard library indents it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from imagelock.report.as_json import VERSION, document
from imagelock.report.style import inert_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), values))
def test_a_document_is_indented_as_by_the_standard_library(
    fields: dict[str, object],
) -> None:
    fields.pop("version", None)
    expected = json.dumps({"version": VERSION, **fields}, indent=2)
    assert document(**fields) == inert_json(expected) + "\n"
