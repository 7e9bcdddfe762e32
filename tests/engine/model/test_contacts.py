"""What is taken for a contact, however it is written, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import contacts
from engine.model.contacts import Grade, grade

CERTAIN = """
010-1234-5678
내 번호는 01012345678 이야
010 1234 5678
010.1234.5678 로 문자해
010:1234:5678
0 1 0 1 2 3 4 5 6 7 8
\uff10\uff11\uff10\uff0d\uff11\uff12\uff13\uff14\uff0d\uff15\uff16\uff17\uff18
⓪①⓪ ①②③④ ⑤⑥⑦⑧
0️⃣1️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣
٠١٠١٢٣٤٥٦٧٨
공일공 일이삼사 오육칠팔
공일공에 1234에 5678
공1공 1이삼4 오6칠8
영일영-구팔칠육-오사삼이
010다시1234다시5678
010 일이삼사 5678
o1o-1234-5678
O1O l234 5678
zero one zero one two three four five six seven eight
하나 빼고 공일공일이삼사오육칠팔
+82 10-1234-5678
+82 (0)10 1234 5678
8210 1234 5678
011-234-5678
02-123-4567
031-1234-5678
+1 415 555 2671
0\u200b1\u200b0\u200b1\u200b2\u200b3\u200b4\u200b5\u200b6\u200b7\u200b8
제 번호는 010-1234-5678이에요
01012345678이야
010 1234 5678 오전에 전화해
공일공 일이삼사 오육칠팔이에요
02-123-4567이고요
사010-1234-5678
https://example.com/fox
http : // example.com
www.example.com
example.com 봐봐
여우네.com
example dot com
example(dot)com
example 닷 com
t.me/foxyfox
open.kakao.com/o/abc
discord.gg/fox
bit.ly/3abc
fox@example.com
fox99 @ naver . com
fox99 골뱅이 네이버
fox at gmail
카톡 아이디 fox1234
카톡아이디는 foxyfox
카 톡 아 이 디 fox_99
까톡 fox99
카카오톡: foxyfox
kakao id: foxyfox
Kakao ID foxyfox
k a k a o  fox_99
인스타 @fox.y
인스타는 fox.y_99
insta fox_99
telegram @foxyfox
텔레그램 fox99 추가해
라인 아이디 foxyfox
line id foxyfox
디코 fox_1234
fox_99 on telegram
"""

LIKELY = """
1234-5678 아니고 2345-6789
카톡 아이디 알려줘
카톡 아이디 뭐야?
번호 좀 알려줘
전화번호 교환할래요?
인스타 교환하자
what is your number?
phone number please
나는 @foxyfox
"""

CLEAR = """
안녕하세요
오늘 저녁에 시간 있어요?
2026년 11월 26일 오후 7시 30분
2026-11-26 18:30
2026.11.26. 18:30 ~ 21:00
11/26 7:30, 11/27 8:30, 11/28 9:30
08:30 09:30 10:30 11:30
가격은 1,200,000원이고 배송은 3,000원
₩19,000 · ₩38,000
주문번호 20261126001234
우리은행 앞에서 만나요
이사 오는 날 구경하러 갈게요
오이 사이다 이일 저일 다 사요
일이 많아서 이 일 저 일 하다 보니 오늘도 야근
구구단 이이는 사 이삼은 육 이사 팔 이오 십
삼일절이 언제였지? 삼월 일일
공이 굴러가요
하나 둘 셋 넷 다섯 여섯 일곱
카카오 초콜릿 좋아해요
카톡 프로필 사진 예쁘다
카톡으로 보낸 줄 알았어
인스타 story 봤어?
인스타에 올린 사진
라인업 봤어? 대박
온라인 강의 듣는 중
지하철 2호선 line 2 타고 와
나는 ISTJ이고 키는 178 몸무게는 68
몇 번 버스 타요? 1711번이나 7016번
10 2030 4050 세대
비밀번호를 잊어버렸어
3.14159265358979
1234567890
I lived in Illinois, oil is oil, look lol
one two three, four or five of us
see you at 7. me too. ok.so what
Mr. Kim, e.g. this and/or that
3:2로 이겼다, 10:9
버전 1.2.3.4 말고 2.0.1
ㅋㅋㅋㅋㅋㅋㅋㅋ
👍👍🏽 100%
A4 용지 5장, B5 3장
서울시 마포구 월드컵북로 396 (03925)
위도 37.5665 경도 126.9780
기다릴게요... 정말요... 진짜로...
me@work 같은 말
"""


def lines(block: str) -> list[str]:
    return [line for line in block.strip().splitlines() if line]


@pytest.mark.parametrize("text", lines(CERTAIN))
def test_a_contact_is_found_however_it_is_written(text: str) -> None:
    assert grade(text) is Grade.CERTAIN


@pytest.mark.parametrize("text", lines(LIKELY))
def test_what_asks_for_one_is_likely(text: str) -> None:
    assert grade(text) is Grade.LIKELY


@pytest.mark.parametrize("text", lines(CLEAR))
def test_ordinary_words_pass(text: str) -> None:
    assert grade(text) is Grade.CLEAR


def test_a_number_in_pieces_is_one() -> None:
    assert grade("5678", lambda: ["010", "1234"]) is Grade.CERTAIN
    assert grade("오육칠팔", lambda: ["여기 공일공", "일이삼사"]) is Grade.CERTAIN
    assert grade("안녕", lambda: ["010", "1234"]) is Grade.CLEAR
    assert grade("7시에 봐", lambda: ["어제 010 영화 봤어", "12 명이 왔어"]) is Grade.CLEAR


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_has_a_grade(text: str, before: list[str]) -> None:
    assert grade(text, lambda: before) in Grade


@given(st.text(alphabet="01 -공일oO.", max_size=1_000))
def test_no_text_takes_for_ever(text: str) -> None:
    assert grade(text) in Grade


PIECES = sorted({word for block in (CERTAIN, LIKELY, CLEAR) for word in block.split()})


@given(
    st.lists(st.sampled_from(PIECES) | st.text(alphabet="atoneigLW .:@,!?'_\n", max_size=6)),
    st.sampled_from(["", " ", ".", ", ", "? "]),
)
def test_a_first_look_passes_nothing_that_a_search_would_find(words: list[str], gap: str) -> None:
    text = gap.join(words)
    assert grade(text) is contacts._searched(text, tuple)


def test_most_lines_need_no_search() -> None:
    assert contacts._is_prose("Shall we meet at the river, then? I'd like that.")
    assert not contacts._is_prose("call me. now")
