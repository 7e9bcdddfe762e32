"""What an outside fuzzer has to know of the document beside what stands in it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import schemathesis
from schemathesis import GenerationMode

CURSOR = "cursor"
LISTS_MAX = 10_000

_given: OrderedDict[str, str] = OrderedDict()  # the cursor that each list gave last


def _list_of(case: schemathesis.Case[Any]) -> str:
    filters = {k: v for k, v in (case.query or {}).items() if k not in {CURSOR, "limit"}}
    return f"{case.formatted_path} {sorted(filters.items())}"


def _with_integers(value: Any) -> Any:  # noqa: ANN401  # whatever JSON holds
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_with_integers(item) for item in value]
        case dict():
            return {name: _with_integers(item) for name, item in value.items()}
        case _:
            return value


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Of what should be accepted, mend what the form of a document cannot forbid.

    A cursor is sealed, so none that was made up is good: one of this very list is sent, or none.
    JSON Schema takes 7.0 for an integer, a strict reader does not (docs/adr/0009).
    """
    del context, kwargs
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if isinstance(case.body, dict):
        case.body = {name: _with_integers(value) for name, value in case.body.items()}
    if CURSOR in (case.query or {}):
        known = _given.get(_list_of(case))
        case.query |= {CURSOR: known}
        if known is None:
            del case.query[CURSOR]


@schemathesis.hook
def after_call(
    context: schemathesis.HookContext,
    case: schemathesis.Case[Any],
    response: schemathesis.Response,
) -> None:
    """Remember where a list goes on."""
    del context
    if response.status_code != 200 or b'"cursor":"' not in response.content:
        return
    _given[_list_of(case)] = response.json()[CURSOR]
    if len(_given) > LISTS_MAX:
        _given.popitem(last=False)
