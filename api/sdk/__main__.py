"""`python -m api.sdk`: writes the client anew, after a route or a field has come or changed."""

from __future__ import annotations

from api.sdk.files import CLIENT_FOLDER, MADE, written


def main() -> None:
    """Write the files; those of modules that are gone are removed."""
    made = written()
    for path in CLIENT_FOLDER.glob("*.py"):
        if path.name not in made and path.read_text(encoding="utf-8").startswith(MADE):
            path.unlink()
    for name, text in made.items():
        (CLIENT_FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
