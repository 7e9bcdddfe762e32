"""What an operator does with papers of applicants: list the open ones, look at one, decide."""

from __future__ import annotations

import argparse
import os
import socket
from pathlib import Path

from api.admin_reports import said_when
from api.serve import Process
from engine.errors import BadRequest, NotFound
from engine.ids import ReviewId, is_id
from engine.limits import LIST_PAGE_MAX
from engine.model.look import Look
from engine.model.picture import FileKind
from engine.model.review import RefusalReason, ReviewCase, ReviewHead

_SUFFIXES = {FileKind.JPEG: ".jpg", FileKind.PNG: ".png", FileKind.PDF: ".pdf"}
_OWNER_ONLY = 0o600


def add_reviews(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the verbs."""
    verbs.add_parser("reviews", help="list the papers that wait for a decision, the oldest first")
    one = verbs.add_parser("review", help="look at a paper, or decide; the look is logged")
    one.add_argument("review", type=ReviewId, help="its name, from the list")
    one.add_argument("--operator", required=True, help="who looks")
    one.add_argument("--why", required=True, help="why they look")
    done = one.add_mutually_exclusive_group()
    done.add_argument("--out", type=Path, help="a folder: write the paper there, to be looked at")
    done.add_argument("--admit", action="store_true", help="let the applicant in")
    reasons = [reason.value for reason in RefusalReason]
    done.add_argument("--refuse", choices=reasons, help="do not, and tell them why")


async def list_reviews(process: Process) -> str:
    """Say which papers wait; nothing in the list is about a person."""
    heads: list[ReviewHead] = []
    while True:
        after = heads[-1].review if heads else None
        page = await process.store.reviews.waiting(after=after, limit=LIST_PAGE_MAX)
        heads += page
        if len(page) < LIST_PAGE_MAX:
            break
    lines = [f"{one.review}  {said_when(one.at)}  {one.group}  {one.group_name}" for one in heads]
    return "\n".join([*lines, f"{len(heads)} open"])


async def decide_review(process: Process, chosen: argparse.Namespace) -> str:
    """Look at one paper, or decide on it."""
    look, now_ms = Look(chosen.operator, socket.gethostname(), chosen.why), process.world.now_ms()
    if not is_id(chosen.review):
        raise NotFound("there is no such open review")
    reviews = process.store.reviews
    if chosen.admit or chosen.refuse is not None:
        refusal = None if chosen.admit else RefusalReason(chosen.refuse)
        await reviews.decide(chosen.review, refusal, look, process.policy.groups, now_ms=now_ms)
        return f"{chosen.review} decided: {refusal or 'admitted'}"
    return _told(await reviews.read(chosen.review, look, now_ms=now_ms), chosen.out)


def _told(case: ReviewCase, folder: Path | None) -> str:
    head, paper = case.head, case.paper
    said = (
        f"{head.review}  {said_when(head.at)}  {head.group_name}: {case.nickname}, "
        f"{paper.kind}, {len(paper.data)} bytes"
    )
    return said if folder is None else f"{said}, in {_write(case, folder)}"


def _write(case: ReviewCase, folder: Path) -> Path:
    """Write the paper for its operator alone; never over a file, nor through a link."""
    path = folder / f"{case.head.review}{_SUFFIXES[case.paper.kind]}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(path, flags, _OWNER_ONLY), "wb") as file:
            file.write(case.paper.data)
    except OSError as error:
        raise BadRequest(f"the paper cannot be written there: {error.strerror}") from None
    return path
