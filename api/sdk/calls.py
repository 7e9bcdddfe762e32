"""The text of a function that makes a call, from its operation in the OpenAPI document."""

from __future__ import annotations

import re

from api.sdk.models import Json, annotation, docstring, may_be_left_out

JSON = "application/json"
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def function(method: str, path: str, operation: Json, schemas: Json) -> str:
    """Return a function that makes the call."""
    ids = PLACEHOLDER.findall(path)
    parameters = [one for one in _list(operation["parameters"]) if str(one["in"]) != "path"]
    status, answer = _answer(operation, schemas)
    takes = [f"{name}: str" for name in ids]
    gives = [f'"{method.upper()}"', _path(path, ids), _value(answer)]
    if status != "200":
        gives.append(f"status={status}")
    asked = [one for one in parameters if str(one["in"]) == "query"]
    named = [_parameter(one, schemas) for one in asked]
    if asked:
        pairs = ", ".join('"{0}": {0}'.format(one["name"]) for one in asked)
        gives.append(f"query={{{pairs}}}")
    if "requestBody" in operation:
        takes.append(_body(operation["requestBody"], schemas))
        gives.append("body=body")
        if JSON not in operation["requestBody"]["content"]:
            takes.append("media_type: str")
            gives.append("media_type=media_type")
    if any(str(one["in"]) == "header" for one in parameters):
        named.append("key: str | None = None")
        gives.append("key=key")
    takes += ["*", *named] if named else []
    said = docstring(str(operation["summary"]))
    return (
        f"def {operation['operationId']}({', '.join(takes)}) -> Call[{answer}]:\n{said}\n"
        f"    return Call({', '.join(gives)})\n\n\n"
    )


def schemas_of(operation: Json) -> list[Json]:
    """Return the schemas of what is sent and of what comes back when it goes well."""
    _, success = _success(operation)
    contents = [success.get("content", {}), operation.get("requestBody", {}).get("content", {})]
    return [
        *(content[JSON]["schema"] for content in contents if JSON in content),
        *(one["schema"] for one in _list(operation["parameters"])),
    ]


def _success(operation: Json) -> tuple[str, Json]:
    ((status, success),) = (
        (status, answer) for status, answer in operation["responses"].items() if status < "300"
    )
    return status, success


def _answer(operation: Json, schemas: Json) -> tuple[str, str]:
    """Return the status of success and the type of what comes with it."""
    status, success = _success(operation)
    content = success.get("content", {})
    if not content:
        return status, "None"
    return status, annotation(content[JSON]["schema"], schemas) if JSON in content else "bytes"


def _body(body: Json, schemas: Json) -> str:
    """Return the parameter of the body; bytes where they are signed, or are a file."""
    schema = body["content"].get(JSON, {}).get("schema", {})
    kind = annotation(schema, schemas) if "$ref" in schema else "bytes"
    return f"body: {kind}" if body["required"] else f"body: {kind} | None = None"


def _parameter(parameter: Json, schemas: Json) -> str:
    kind = annotation(parameter["schema"], schemas)
    return f"{parameter['name']}: {kind if parameter['required'] else may_be_left_out(kind)}"


def _path(path: str, ids: list[str]) -> str:
    if not ids:
        return f'"{path}"'
    template = PLACEHOLDER.sub("{}", path)
    return f'path("{template}", {", ".join(ids)})'


def _value(answer: str) -> str:
    return "type(None)" if answer == "None" else answer


def _list(value: object) -> list[Json]:
    assert isinstance(value, list)
    return value
