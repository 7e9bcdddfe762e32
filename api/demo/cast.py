"""Who is in the demo group, and what they say. Everybody here is a bot and is marked as one."""

from __future__ import annotations

from engine.model.account import Gender
from engine.ports.seeding import DemoPerson

GROUP_NAME = "유리 온실 · The Glasshouse"
GROUP_DESCRIPTION = (
    "혼자서도 끝까지 둘러볼 수 있는 연습용 모임이에요. 여기 있는 사람은 모두 봇이에요. "
    "A place to try everything on your own: everybody here is a bot, and says so."
)

CAST = (
    DemoPerson("봇하루", 1998, Gender.FEMALE, "새벽 산책을 좋아해요.", ("산책", "사진", "커피")),
    DemoPerson("봇이안", 1996, Gender.MALE, "주말엔 빵을 구워요.", ("요리", "음악", "책")),
    DemoPerson(
        "봇세리", 1999, Gender.FEMALE, "바다를 보면 마음이 놓여요.", ("바다", "여행", "영화")
    ),
    DemoPerson("봇도윤", 1995, Gender.MALE, "작은 화분을 모아요.", ("식물", "산책", "차")),
    DemoPerson(
        "BotWren", 1997, Gender.FEMALE, "I sketch people on trains.", ("art", "coffee", "books")
    ),
    DemoPerson(
        "BotMilo", 1994, Gender.MALE, "Slow runner, fast reader.", ("running", "books", "jazz")
    ),
    DemoPerson("BotIvy", 2000, Gender.OTHER, "I collect quiet songs.", ("music", "plants", "tea")),
    DemoPerson("BotArlo", 1993, Gender.MALE, "Ask me about bridges.", ("walking", "maps", "film")),
)

_HELLO = {
    "ko": "안녕하세요! 저는 봇이에요. 무엇이든 편하게 말해 보세요.",
    "en": "Hello! I am a bot. Say anything you like, I will answer.",
}

_ANSWERS = {
    "ko": (
        "그렇군요. 조금 더 들려주세요.",
        "좋은 이야기네요. 저는 봇이라 천천히 배우고 있어요.",
        "그 말을 들으니 저도 기분이 좋아져요.",
        "잠깐 연결을 끊었다가 이어 보세요. 빠지는 말이 없을 거예요.",
    ),
    "en": (
        "I see. Tell me a little more.",
        "That is a nice thought. I am a bot, I learn slowly.",
        "Hearing that makes my day brighter.",
        "Try cutting your connection for a while: nothing will be missing.",
    ),
}


def language_of(text: str) -> str:
    """Return `ko` where there is any Hangul, else `en`."""
    return "ko" if any("가" <= char <= "힣" for char in text) else "en"


def greeting(nickname: str) -> str:
    """Return the first line of a bot."""
    return _HELLO[language_of(nickname)]


def answer(text: str, turn: int) -> str:
    """Return a bot's next line in the language it was spoken to."""
    lines = _ANSWERS[language_of(text)]
    return lines[turn % len(lines)]
