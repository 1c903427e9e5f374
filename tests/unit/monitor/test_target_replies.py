"""What kind of answer came back."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.circuit_breaker import LONGEST_PAUSE
from monitor.errors import CallRefused, KeyRefused, Misasked, Passing, Retired, ShopError, Throttled, Walled
from monitor.target.replies import Reply, find_key, read_answer, read_retry_after
from monitor.target.shapes import AnswerBody, AnswerData
from tests.builders import AT

CAPTCHA = b'{"captchaRelativeURL": "/c?u=1", "captchaAbsoluteURL": "https://x/c?u=1"}'
BLOCK_SCRIPT = b'{"appId" : "PX3Igf", "jsClientSrc": "/i.js", "blockScript": "/c.js"}'
PAGE = b"\xef\xbb\xbf \n<!doctype html><title>Access denied</title>"
GOOD = b'{"data": {"product_summaries": []}}'
KEY = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.guards("monitor", "each refusal of the shop is the error that says what to do")
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b" ", Misasked),
        (400, b'{"errors": [{"message": "Tcins cannot be more than 30"}]}', CallRefused),
        (401, b"", KeyRefused),
        (401, PAGE, KeyRefused),
        (403, CAPTCHA, Walled),
        (403, b"", Walled),
        (403, PAGE, Walled),
        (404, b"", CallRefused),
        (404, PAGE, Walled),
        (410, b"", Retired),
        (429, b"", Throttled),
        (429, PAGE, Throttled),
        (429, CAPTCHA, Walled),
        (435, b"", Walled),
        (200, BLOCK_SCRIPT, Walled),
        (500, BLOCK_SCRIPT, Walled),
        (200, CAPTCHA, Walled),
        (200, PAGE, Walled),
        (206, PAGE, Walled),
        (200, b"", CallRefused),
        (200, b'{"data": {"product_summ', CallRefused),
        (200, b"[" * 100_000, CallRefused),
        (200, b"\xff\xfe\x00", CallRefused),
        (204, b"", CallRefused),
        (302, b"", Misasked),
        (418, b"", CallRefused),
        (424, b"{}", CallRefused),
        (500, b"", CallRefused),
        (500, PAGE, CallRefused),
        (502, PAGE, Passing),
        (503, b"", Passing),
        (504, b"", Passing),
    ],
)
def test_each_signal_is_the_error_that_says_what_to_do(status: int, body: bytes, error: type[ShopError]) -> None:
    with pytest.raises(ShopError) as caught:
        read_answer("the call", Reply(status=status, body=body))
    assert type(caught.value) is error
    assert "the call" in str(caught.value)


@pytest.mark.parametrize("status", [200, 206, 404])
def test_json_is_read_where_some_may_be_of_use(status: int) -> None:
    assert read_answer("the call", Reply(status=status, body=GOOD)) == AnswerBody(data=AnswerData(product_summaries=()))


def test_a_block_script_without_the_wall_s_name_is_no_wall() -> None:
    answer = read_answer("the call", Reply(status=200, body=b'{"data": {}, "x": "blockScript"}'))
    assert answer == AnswerBody(data=AnswerData())


def test_the_shop_s_own_words_on_a_refusal_are_quoted() -> None:
    body = b'{"errors": [{"message": "Tcins cannot be more than 30"}]}'
    with pytest.raises(CallRefused, match="Tcins cannot be more than 30"):
        read_answer("the call", Reply(status=400, body=body))


@pytest.mark.parametrize("status", [403, 429, 503])
def test_the_wait_that_the_shop_asks_for_goes_with_the_error(status: int) -> None:
    with pytest.raises(ShopError) as caught:
        read_answer("the call", Reply(status=status, body=b"", retry_after=timedelta(seconds=9)))
    assert caught.value.retry_after == timedelta(seconds=9)


@pytest.mark.guards(
    "monitor", "no `Retry-After` blinds for longer than a day, and none but a plain one for longer than 15 min"
)
@pytest.mark.parametrize(
    ("text", "wait"),
    [
        (None, None),
        ("120", timedelta(seconds=120)),
        (" 1.5 ", timedelta(seconds=1.5)),
        ("0", timedelta(0)),
        ("86400", timedelta(hours=24)),
        ("86401", LONGEST_PAUSE),
        ("-5", LONGEST_PAUSE),
        ("soon", LONGEST_PAUSE),
        ("", LONGEST_PAUSE),
        ("nan", LONGEST_PAUSE),
        ("inf", LONGEST_PAUSE),
        ("-Infinity", LONGEST_PAUSE),
        ("1e300", LONGEST_PAUSE),
        ("1e400", LONGEST_PAUSE),
        ("9" * 400, LONGEST_PAUSE),
        ("Sun, 22 Nov 2026 14:04:22 GMT", timedelta(seconds=60)),
        ("Sun, 22 Nov 2026 14:04:22 -0000", timedelta(seconds=60)),
        # Another clock than ours is behind, and means now.
        ("Sun, 22 Nov 2026 14:00:00 GMT", timedelta(0)),
        ("Sun, 22 Nov 2026 12:00:00 GMT", LONGEST_PAUSE),
        ("Sun, 22 Nov 2099 14:00:00 GMT", LONGEST_PAUSE),
        ("Sun, 99 Nov 2026 14:00:00 GMT", LONGEST_PAUSE),
        ("Mon, 01 Jan 0001 00:00:00 +2359", LONGEST_PAUSE),
    ],
)
def test_retry_after_is_a_plain_wait_of_at_most_a_day_or_the_longest_pause(
    text: str | None, wait: timedelta | None
) -> None:
    assert read_retry_after(text, at=AT) == wait


def test_retry_after_as_a_date_is_reckoned_from_the_time_of_the_answer() -> None:
    at = datetime(2026, 11, 22, 14, 4, 12, tzinfo=UTC)
    assert read_retry_after("Sun, 22 Nov 2026 14:04:22 GMT", at=at) == timedelta(seconds=10)


@pytest.mark.parametrize(
    "page",
    [f'<script>{{"apiKey":"{KEY}"}}</script>', f'"apiKey" : "{KEY}"', f'JSON.parse("{{\\"apiKey\\":\\"{KEY}\\"}}")'],
)
@pytest.mark.parametrize("status", [200, 404])
def test_the_key_is_found_in_a_page_and_in_its_scripts(page: str, status: int) -> None:
    assert find_key(Reply(status=status, body=page.encode())) == KEY


@pytest.mark.parametrize("page", [b"", b'"apiKey":"0123"', b'"apiKey":""', b"\xff"])
def test_a_page_may_show_no_key(page: bytes) -> None:
    assert find_key(Reply(status=200, body=page)) is None


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, b"", Walled),
        (435, b"", Walled),
        (200, b'<div id="px-captcha"></div>', Walled),
        (200, b"Press &amp; Hold to confirm you are a human", Walled),
        (429, b"", Throttled),
        (404, b"", Passing),
        (500, b"", Passing),
    ],
)
def test_a_page_that_did_not_come_says_nothing_of_the_key(status: int, body: bytes, error: type[ShopError]) -> None:
    with pytest.raises(error):
        find_key(Reply(status=status, body=body))
