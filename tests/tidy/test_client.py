"""The Python client says what the OpenAPI document says: every path, every field."""

from __future__ import annotations

from api.sdk.files import CLIENT_FOLDER, MADE, written

HOW = "run `.venv/bin/python -m api.sdk` and commit what it writes"


def test_the_client_is_the_one_that_the_document_gives() -> None:
    made = written()
    kept = {
        path.name: text
        for path in CLIENT_FOLDER.glob("*.py")
        if (text := path.read_text(encoding="utf-8")).startswith(MADE)
    }
    assert sorted(kept) == sorted(made), HOW
    assert [name for name, text in made.items() if kept[name] != text] == [], HOW
