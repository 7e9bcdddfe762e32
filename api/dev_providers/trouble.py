"""What a provider of payments does wrong on the way: planned by a test, one step at a time."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from threading import Lock

from api.dev_providers.door import Answer

Json = dict[str, object]


class Fault(StrEnum):
    """What happens to one request."""

    REFUSE = "refuse"  # an error of the provider's own, and nothing was done
    DROP = "drop"  # nothing was done, and no answer comes
    LOSE = "lose"  # it was done, and no answer comes: a time-out after success
    GARBLE = "garble"  # it was done, and a page of HTML comes instead of an answer


HANG = Answer(hang=True)
PAGE = Answer(200, b"<html><body>Bad gateway</body></html>", (("Content-Type", "text/html"),))


def reply(code: int, /, **fields: object) -> Answer:
    """Answer with an object of JSON."""
    return Answer(code, json.dumps(fields).encode(), (("Content-Type", "application/json"),))


@dataclass
class Troubles:
    """The faults that wait, by the name of a step; a step without one goes well."""

    waiting: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    lock: Lock = field(default_factory=Lock)

    def plan(self, step: str, *faults: Fault) -> None:
        """Let the next requests of this step go wrong, each in its way."""
        self.waiting[step].extend(faults)

    def around(self, step: str, do: Callable[[], Answer], refusal: Answer) -> Answer:
        """Do a step, one at a time, with the fault that waits for it."""
        with self.lock:
            fault = self.waiting[step].popleft() if self.waiting[step] else None
            if fault is Fault.REFUSE:
                return refusal
            if fault is Fault.DROP:
                return HANG
            done = do()
        return {None: done, Fault.LOSE: HANG, Fault.GARBLE: PAGE}[fault]


@dataclass
class Idempotency:
    """Answers by the key of a request: the same key with the same words gets the same answer."""

    kept: dict[str, tuple[bytes, Answer]] = field(default_factory=dict)
    refusal: Answer = field(default_factory=lambda: reply(400, code="INVALID_IDEMPOTENCY_KEY"))

    def once(self, headers: Mapping[str, str], body: bytes, do: Callable[[], Answer]) -> Answer:
        """Answer as before, or do it and remember; errors of the provider's own are not kept."""
        key = headers.get("Idempotency-Key")
        if key is None:
            return do()
        if key in self.kept:
            first, answer = self.kept[key]
            return answer if first == body else self.refusal
        answer = do()
        if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self.kept[key] = (body, answer)
        return answer
