"""Whether a text hands over a way to reach somebody outside: a number, a link, a messenger's id.

Before the step `contact` of a reveal nobody should be asked for that, or be given it unasked. What
is certain is refused, what is likely is shown with a word of caution, and ordinary words pass: a
date, a price or the name of a messenger is none of it. A look at a text costs some microseconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Final


class Grade(IntEnum):
    """How sure it is that a text holds a contact."""

    CLEAR = 0
    LIKELY = 1
    CERTAIN = 2


# Looking a member up in its class is slow enough to show, with every message.
_CLEAR, _LIKELY, _CERTAIN = Grade.CLEAR, Grade.LIKELY, Grade.CERTAIN


# --- numbers, however they are written ------------------------------------------------------

_SYLLABLES: Final = {
    "공": "0", "영": "0", "빵": "0", "일": "1", "이": "2", "둘": "2", "삼": "3", "셋": "3",
    "사": "4", "넷": "4", "오": "5", "육": "6", "륙": "6", "칠": "7", "팔": "8", "구": "9",
    "零": "0", "\u3007": "0", "一": "1", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6",
    "七": "7", "八": "8", "九": "9",
}  # fmt: skip
_WORDS: Final = {
    "하나": "1", "다섯": "5", "여섯": "6", "일곱": "7", "여덟": "8", "아홉": "9",
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
# Letters that stand for digits among digits; they alone never make a number.
_LOOKALIKES: Final = {"o": "0", "l": "1", "i": "1", "|": "1"}
_WORD: Final = re.compile("|".join(_WORDS))
# What every one of these words has and most texts have not.
_WORD_SIGNS: Final = (
    *("하나", "섯", "일곱", "여덟", "아홉"),
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
)
_AS_DIGITS: Final = str.maketrans(_LOOKALIKES)
_AS_TRUE_DIGITS: Final = str.maketrans(_SYLLABLES)

# What may stand between two digits. A colon makes a time of them.
_BETWEEN: Final = r"(?:[^\w:]|_|에|다시|대시|하이픈){0,3}"
_MORE: Final = rf"(?:{_BETWEEN}\d)"
# What comes behind is looked at apart: a digit there makes it none, a syllable does not.
_PHONE: Final = re.compile(
    rf"(?<!\d)0{_BETWEEN}1{_BETWEEN}[016789]{_MORE}{{7,8}}"  # a mobile, digit by digit
    rf"|(?<!\d)01[016789]:\d{{3,4}}:\d{{4}}"
    rf"|82{_BETWEEN}0?{_BETWEEN}1{_BETWEEN}[016789]{_MORE}{{7,8}}"
    rf"|(?<!\d)0[2-6]\d?{_BETWEEN}\d{{3,4}}{_BETWEEN}\d{{4}}"  # a fixed line, by its groups
    rf"|\+{_BETWEEN}[1-9]{_MORE}{{7,13}}"
)
# The rest of a mobile number when its beginning goes without saying.
_HALF: Final = re.compile(r"(?<![\d.,:/-])[2-9]\d{3}\s?[-.]\s?\d{4}(?![\d.,:/-])")
_TRUE_DIGITS_MIN: Final = 7

# --- links and mail -------------------------------------------------------------------------

_TLD: Final = r"(?:com|net|org|kr|xyz|shop|site|app|link|info|biz)(?![a-z0-9])"
_HOST: Final = r"(?<![a-z0-9-])[a-z0-9-]{1,63}"
_DOT: Final = r"(?:[(\[]\s?(?:dot|\.|점|닷)\s?[)\]]|\sdot\s|\s\.\s?|닷|점)"
_LINK: Final = re.compile(
    r"https?\s{0,3}:\s{0,3}/\s{0,3}/\s{0,3}\S|\bwww\s{0,3}\.\s{0,3}[a-z0-9]"
    rf"|[a-z0-9가-힣-]\.(?:co\.)?{_TLD}"
    rf"|{_HOST}\s{{0,3}}{_DOT}\s{{0,3}}{_TLD}"
    rf"|{_HOST}\.[a-z]{{2,6}}/[a-z0-9_@?+-]"
)
# A full stop at the end of a sentence is no dot.
_DOTTED: Final = re.compile(r"\.\s{0,5}[a-z0-9가-힣)\]]|:\s{0,3}/")
_DOT_WORDS: Final = ("dot", "닷", "점")
_HOSTS: Final = (
    *("naver", "gmail", "daum", "hanmail", "nate", "kakao", "outlook", "hotmail", "yahoo"),
    *("icloud", "네이버", "지메일", "다음", "한메일"),
)
_MAIL_HOST: Final = f"(?:{'|'.join(_HOSTS)})"
_MAIL: Final = re.compile(
    r"[a-z0-9_-]\s{0,3}@\s{0,3}[a-z0-9-]{1,63}\s{0,3}\.\s{0,3}[a-z]{2}"
    rf"|[a-z0-9_-]\s{{0,3}}(?:골뱅이|앳|\(at\)|\[at\]|@|\sat\s)\s{{0,3}}{_MAIL_HOST}"
)
_AT_WORDS: Final = ("at", "골뱅이", "앳")

# --- messengers -----------------------------------------------------------------------------

# Names of messengers that mean hardly anything else, and those that do.
_NAMES: Final = (
    *("카카오톡", "카톡", "까톡", "ㅋㅌ", "텔레그램", "인스타그램", "인스타", "디스코드", "디코"),
    *("위챗", "스냅챗", "왓츠앱", "kakaotalk", "kakao", "katalk", "telegram", "instagram", "insta"),
    *("discord", "wechat", "snapchat", "whatsapp"),
)
_VAGUE_NAMES: Final = (
    *("카카오", "라인", "텔레", "페북", "트위터", "line", "tele", "ig", "twitter", "facebook"),
    "signal",
)


# What the names have in common, and other texts seldom have: looking for these is quicker.
_NAME_SIGNS: Final = (
    *("kaka", "katal", "tele", "insta", "disco", "chat", "whats"),
    *(
        "카카오",
        "카톡",
        "까톡",
        "ㅋㅌ",
        "텔레",
        "인스타",
        "디스코드",
        "디코",
        "위챗",
        "스냅챗",
        "왓츠앱",
    ),
)
_VAGUE_SIGNS: Final = ("line", "ig", "twit", "faceb", "signal", "라인", "페북", "트위터")
_ID_SIGNS: Final = ("id", "account", "handle", "username", "아이디", "계정", "유저네임")


def _loosely(names: Sequence[str]) -> str:
    """Match names with a sign between any two of their letters."""
    return "(?:" + "|".join(r"[\W_]?".join(name) for name in names) + ")"


_MESSENGER: Final = rf"(?<![a-z]){_loosely(_NAMES)}"
_VAGUE: Final = rf"(?<![a-z가-힣]){_loosely(_VAGUE_NAMES)}"
_ID_WORD: Final = r"(?:아\W?이\W?디|i\W?d|계정|account|handle|유저\W?네임|username)"
_IS: Final = r"(?:\s{0,3}(?:는|은|이|가|is|:|=|-|→|>)\s{0,3}|\s{1,3}){0,2}"
_HANDLE: Final = r"@?[a-z0-9][a-z0-9._-]{3,30}"
_MARKED_HANDLE: Final = (
    r"(?:@[a-z0-9._-]{3,30}|(?<![a-z0-9._-])(?=[a-z._-]{0,30}[0-9_])[a-z0-9][a-z0-9._-]{3,30})"
)
_MESSENGER_ID: Final = re.compile(
    rf"(?:{_MESSENGER}|{_VAGUE})\W{{0,3}}{_ID_WORD}{_IS}{_HANDLE}"
    rf"|{_MESSENGER}(?:으로|로|에|에서|은|는|추가|친추|dm|디엠)?{_IS}{_MARKED_HANDLE}"
    rf"|{_MESSENGER}\s{{0,3}}[:=]\s{{0,3}}{_HANDLE}"
    rf"|{_MARKED_HANDLE}\W{{0,3}}(?:on\s{{1,3}})?{_MESSENGER}"
)
_ASKS_NAME: Final = re.compile(
    rf"(?:{_MESSENGER}|{_VAGUE})\W{{0,2}}{_ID_WORD}"
    rf"|{_MESSENGER}\W{{0,2}}(?:교환|친추|추가해|으로\s{{0,3}}(?:와|넘어|옮|얘기|연락))"
)
_ASKS: Final = re.compile(
    r"(?:연락처|(?<![가-힣])(?:(?:전화|핸드폰|폰)\s?)?번호)\W{0,2}(?:좀\W?)?(?:알려|줄래|주세요|줘|교환|뭐)"
    r"|(?:phone|cell|mobile)\s?number|(?:your|my)\s(?:number|digits)\b|text\sme\sat|(?:dm|add)\sme\son"
    r"|(?<![\w.])@[a-z0-9._]{4,30}"
)
_ASK_SIGNS: Final = ("번호", "연락처", "number", "digits", "text me", "me on", "@")
_NOISE: Final = re.compile(r"[\W_]+")
_ASCII_NOISE: Final = {sign: None for sign in range(128) if not chr(sign).isalnum()}
_ASCII_BUT_DIGITS: Final = {sign: None for sign in range(128) if not chr(sign).isdecimal()}
_OTHER_DIGIT: Final = re.compile(r"(?![0-9])\d")

# What stands between words, and at the end of a sentence, in a line that hides nothing.
_AMONG_WORDS: Final = (" ", ",", "'", "!", "?", "\n")
# Without any of these, letters alone ask for nothing and give nothing away.
_LETTER_SIGNS: Final = tuple(
    sign.replace(" ", "")
    for sign in (*_WORD_SIGNS, "www", *_DOT_WORDS, *_NAME_SIGNS, *_VAGUE_SIGNS, *_ASK_SIGNS)
    if sign.isascii()
)
_LETTER_HOSTS: Final = tuple(host for host in _HOSTS if host.isascii())

# Signs without a meaning of their own, put between others to hide them.
_HIDDEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\u20e3\ufeff]")


def grade(text: str, before: Callable[[], Sequence[str]] = tuple) -> Grade:
    """Say how sure it is; `before` tells what the same person said just before, oldest first."""
    return _CLEAR if text.isascii() and _is_prose(text) else _searched(text, before)


def _searched(text: str, before: Callable[[], Sequence[str]]) -> Grade:
    plain = _plain(text)
    named = _names_messenger(plain)
    digits = _true_digits(plain)
    if (
        (digits >= _TRUE_DIGITS_MIN and _has_number(plain))
        or (_may_link(plain) and _LINK.search(plain))
        or (_may_mail(plain) and _MAIL.search(plain))
        or (named and _MESSENGER_ID.search(plain))
    ):
        return _CERTAIN
    # A number in pieces, a message each.
    if digits and (pieces := before()) and _has_number(" ".join((*map(_plain, pieces), plain))):
        return _CERTAIN
    asks = (_holds(plain, _ASK_SIGNS) and _ASKS.search(plain)) or (
        named and _ASKS_NAME.search(plain)
    )
    return _LIKELY if asks or (digits and _HALF.search(plain)) else _CLEAR


def _is_prose(text: str) -> bool:
    """Whether an ASCII text has words only, and no sign of anything that is looked for below."""
    letters = text.rstrip(".")
    for sign in _AMONG_WORDS:
        letters = letters.replace(sign, "")
    if not letters.isalpha():
        return False
    letters = letters.lower()
    if _holds(letters, _LETTER_SIGNS):
        return False
    return "at" not in letters or not _holds(letters, _LETTER_HOSTS)


# Each of these looks before a search: most messages hold none of it, and this costs a tenth.


def _names_messenger(plain: str) -> bool:
    letters = plain.translate(_ASCII_NOISE) if plain.isascii() else _NOISE.sub("", plain)
    if _holds(letters, _NAME_SIGNS):
        return True
    return _holds(letters, _VAGUE_SIGNS) and _holds(letters, _ID_SIGNS)


def _may_link(plain: str) -> bool:
    return _DOTTED.search(plain) is not None or "www" in plain or _holds(plain, _DOT_WORDS)


def _may_mail(plain: str) -> bool:
    return "@" in plain or (_holds(plain, _AT_WORDS) and _holds(plain, _HOSTS))


def _holds(plain: str, signs: Sequence[str]) -> bool:
    for sign in signs:  # noqa: SIM110  # a generator costs as much again
        if sign in plain:
            return True
    return False


def _plain(text: str) -> str:
    """Return the text in one form: compatible, without case, digits of all scripts as ours."""
    if text.isascii():
        return text.lower()
    plain = _HIDDEN.sub("", unicodedata.normalize("NFKC", text)).casefold()
    if _OTHER_DIGIT.search(plain) is None:
        return plain
    return "".join(str(unicodedata.decimal(char, char)) for char in plain)


def _worded(plain: str) -> str:
    """Return the text with the words for digits as digits; syllables stay, one for one."""
    return _WORD.sub(lambda found: _WORDS[found[0]], plain) if _holds(plain, _WORD_SIGNS) else plain


def _true_digits(plain: str) -> int:
    if plain.isascii() and not _holds(plain, _WORD_SIGNS):
        return len(plain.translate(_ASCII_BUT_DIGITS))
    return sum(map(str.isdecimal, _worded(plain).translate(_AS_TRUE_DIGITS)))


def _has_number(plain: str) -> bool:
    worded = _worded(plain)
    true = worded.translate(_AS_TRUE_DIGITS)
    if sum(map(str.isdecimal, true)) < _TRUE_DIGITS_MIN:
        return False
    # As it stands too: a syllable at either end belongs to a word, as in "5678이에요".
    return _is_number(true, worded) or (true != worded and _is_number(worded, worded))


def _is_number(digits: str, worded: str) -> bool:
    return any(
        sum(map(str.isdecimal, digits[found.start() : found.end()])) >= _TRUE_DIGITS_MIN
        and not worded[found.end() : found.end() + 1].isdecimal()
        for found in _PHONE.finditer(digits.translate(_AS_DIGITS))
    )
