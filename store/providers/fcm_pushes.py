"""Pushes by Firebase Cloud Messaging: firebase-admin, in threads of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import firebase_admin
from firebase_admin import credentials, exceptions, messaging
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ContentDecodingError

from engine.errors import Unavailable
from engine.limits_pushes import (
    PUSH_ANSWER_BYTES_MAX,
    PUSH_CALL_S_MAX,
    PUSH_SOCKET_S_MAX,
    PUSH_THREADS_MAX,
)
from engine.model.push import PushText, PushToken
from engine.ports.pushes import Fate
from store.threads import Threads

# The same for every push: whoever carries it learns nothing from how long it lives, how urgent it
# is or what it replaces. A phone that was off for long shows one of them.
_TOPIC: Final = "news"
_LIFE_S: Final = 86_400
_ANDROID: Final = messaging.AndroidConfig(collapse_key=_TOPIC, priority="high", ttl=_LIFE_S)
_APNS: Final = messaging.APNSConfig(
    headers={"apns-priority": "10", "apns-collapse-id": _TOPIC},
    payload=messaging.APNSPayload(aps=messaging.Aps(sound="default")),
)
_WEB: Final = messaging.WebpushConfig(
    headers={"TTL": str(_LIFE_S), "Urgency": "high", "Topic": _TOPIC}
)


class FcmPlace:
    """Where FCM is, and who we are there: what the JSON of a service account says."""

    def __init__(self, url: str, account: Mapping[str, str]) -> None:
        self.url = url
        self.account = credentials.Certificate(dict(account))  # raises ValueError
        if not self.account.project_id:
            raise ValueError("it names no project")


class FcmPushes:
    """Sends pushes; engine.ports.pushes.PushProvider."""

    def __init__(self, app: firebase_admin.App) -> None:
        self._app = app
        self._threads = Threads("FCM takes too long", PUSH_THREADS_MAX, PUSH_CALL_S_MAX)

    async def send(self, token: PushToken, text: PushText) -> Fate:
        """Send one; raises Unavailable."""
        return await self._threads.run(self._send, token, text)

    def _send(self, token: PushToken, text: PushText) -> Fate:
        try:
            messaging.send(_message(token, text), app=self._app)
        except (messaging.UnregisteredError, messaging.SenderIdMismatchError):
            return Fate.DEAD
        except exceptions.InvalidArgumentError:
            return Fate.REFUSED
        except Exception:  # noqa: BLE001  # the library trips over answers that it does not expect
            raise Unavailable("FCM does not take a push") from None
        return Fate.SENT


def _message(token: PushToken, text: PushText) -> messaging.Message:
    notification = messaging.Notification(text.title, text.body)
    message = messaging.Message(
        notification=notification, android=_ANDROID, apns=_APNS, webpush=_WEB
    )
    # Set apart: the library would rather have an installation's id, and warns of every token.
    message.token = token.value
    return message


class _Once(HTTPAdapter):
    """Asks once, follows nothing and reads so much: when to ask again is said by the engine."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  # as its base
        kwargs["stream"] = True
        answer = super().send(request, *args, **kwargs)
        body = answer.raw.read(PUSH_ANSWER_BYTES_MAX + 1, decode_content=True)
        if len(body) > PUSH_ANSWER_BYTES_MAX or answer.is_redirect:
            answer.close()
            raise ContentDecodingError("FCM answers what nobody expects", request=request)
        answer._content, answer._content_consumed = body, True  # noqa: SLF001
        return answer


@contextmanager
def open_fcm(place: FcmPlace) -> Iterator[FcmPushes]:
    """Be ready to send while the block runs."""
    options = {"httpTimeout": PUSH_SOCKET_S_MAX}
    # The library keeps a list of its apps by name; each block has one of its own.
    app = firebase_admin.initialize_app(place.account, options, f"pushes-{id(place)}")
    try:
        _direct(app, place.url)
        yield FcmPushes(app)
    finally:
        firebase_admin.delete_app(app)


def _direct(app: firebase_admin.App, url: str) -> None:
    """Have the library ask there, once for each push. It has no option for either."""
    service = messaging._get_messaging_service(app)  # noqa: SLF001
    service._fcm_url = f"{url}/v1/projects/{app.project_id}/messages:send"  # noqa: SLF001
    session = service._client.session  # noqa: SLF001
    session.mount(url, _Once())
