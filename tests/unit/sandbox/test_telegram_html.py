"""Telegram's HTML is read as Telegram reads it."""

import pytest

from sandbox.telegram_html import BadMarkup, parse_html, plain, utf16_length, with_found


def entities(source: str) -> list[tuple[str, int, int]]:
    return [(one.type, one.offset, one.length) for one in parse_html(source).entities]


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("b", "bold"),
        ("strong", "bold"),
        ("i", "italic"),
        ("em", "italic"),
        ("u", "underline"),
        ("ins", "underline"),
        ("s", "strikethrough"),
        ("strike", "strikethrough"),
        ("del", "strikethrough"),
        ("code", "code"),
        ("pre", "pre"),
        ("tg-spoiler", "spoiler"),
        ("blockquote", "blockquote"),
        ("B", "bold"),
    ],
)
def test_every_tag_becomes_its_entity(tag: str, kind: str) -> None:
    assert entities(f"a <{tag}>word</{tag.lower()}> b") == [(kind, 2, 4)]


def test_attributes_that_count_are_kept() -> None:
    read = parse_html(
        '<a href="https://a.example/?x=1&amp;y=2">link</a> <span class="tg-spoiler">x</span> '
        '<code class="language-python">y</code> <blockquote expandable>z</blockquote>'
        '<tg-emoji emoji-id="5">!</tg-emoji>'
    )
    assert [(one.type, dict(one.more)) for one in read.entities] == [
        ("text_link", {"url": "https://a.example/?x=1&y=2"}),
        ("spoiler", {}),
        ("code", {"language": "python"}),
        ("expandable_blockquote", {}),
        ("custom_emoji", {"custom_emoji_id": "5"}),
    ]


def test_nested_tags_overlap_with_the_longer_first() -> None:
    assert entities("<i>a<b>b</b></i>") == [("italic", 0, 2), ("bold", 1, 1)]


def test_offsets_count_utf16_units() -> None:
    assert utf16_length("🔔a") == 3
    assert entities("🔔 <b>on</b>") == [("bold", 3, 2)]


def test_the_four_names_and_numbers_are_decoded_and_other_references_stay() -> None:
    assert (
        parse_html("&lt;&gt;&amp;&quot;&#39;&#x41; &nbsp;&copy; a & b &#0;").text == "<>&\"'A &nbsp;&copy; a & b &#0;"
    )


def test_spaces_around_a_text_are_dropped_and_entities_follow() -> None:
    read = parse_html(" \n <b> word</b> \n")
    assert read.text == "word"
    assert entities(" \n <b> word</b> \n") == [("bold", 0, 4)]


def test_empty_entities_and_links_that_lead_nowhere_vanish() -> None:
    assert entities('<b></b><a href="javascript:alert(1)">x</a><a href="">y</a>') == []


def test_a_link_without_an_address_links_to_its_own_words() -> None:
    (link,) = parse_html("<a>example.com</a>").entities
    assert dict(link.more) == {"url": "example.com"}


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("a <x>", 'Unsupported start tag "x" at byte offset 2'),
        ("🔔 <br/>", 'Unsupported start tag "br/" at byte offset 5'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("1 <2", "Unclosed start tag at byte offset 2"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ('<span class="big">a</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=x/y>a</a>", "Unexpected end of name token at byte offset 8"),
        ('<a ="x">a</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
    ],
)
def test_wrong_markup_is_refused_with_telegrams_words(source: str, complaint: str) -> None:
    with pytest.raises(BadMarkup) as caught:
        parse_html(source)
    assert str(caught.value) == complaint


def test_links_and_commands_are_found_outside_of_code() -> None:
    found = with_found(plain("🔔 /stop@my_bot see https://a.example/b, not a/b nor 1/2"))
    assert [(one.type, one.offset, one.length) for one in found.entities] == [
        ("bot_command", 3, 12),
        ("url", 20, 19),
    ]
    inside = with_found(parse_html('<code>/stop</code> <a href="http://a.example">http://b.example</a>'))
    assert [one.type for one in inside.entities] == ["code", "text_link"]
