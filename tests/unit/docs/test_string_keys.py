"""A key on an event or a command counts, whatever the event is called by then; what is neither does not."""

import ast
from textwrap import dedent

import pytest

from docs.string_keys import find_sources, find_string_keys


def keys_in(code: str, *elsewhere: str) -> int:
    tree = ast.parse(dedent(code))
    return len(find_string_keys(tree, find_sources([tree, *(ast.parse(dedent(text)) for text in (EVENT, *elsewhere))])))


EVENT = """
class Event:
    kind: str
    body: Json
    result: Json | None
"""


@pytest.mark.parametrize(
    ("reading", "count"),
    [
        ("event.body['tcin']", 1),
        ("event.body.get('tcin')", 1),
        ("'tcin' in event.body", 1),
        ("event.body['windows']['opened']", 2),
        ("[one['tcin'] for one in event.body['changes']]", 2),
        ("[stock['state'] for tcin, stock in event.body.items()]", 1),
        ("(event.result or {})['why']", 1),
        ("dict(event.body)['why']", 1),
        ("{**event.body, 'why': ''}['why']", 1),
        ("[event.body[key] for key in ('added', 'there')]", 1),
        ("f\"{event.body['why']}\"", 1),
        ("json.loads(line)['seq']", 1),
        ("next(iter(event.body['changes']))['tcin']", 2),
        ("(said := event.body) and said['why']", 1),
        ("event.body[tcin]", 0),
        ("event.kind['tcin']", 0),
        ("row['tcin']", 0),
        ("headers.get('retry-after')", 0),
        ("msgspec.json.decode(line, type=Event)['seq']", 0),
        ("event.body.get(tcin)", 0),
    ],
)
def test_an_expression_is_as_many_readings_as_it_has_keys_on_json(reading: str, count: int) -> None:
    assert keys_in(f"def read(event, line, row, tcin, headers):\n    return {reading}") == count


@pytest.mark.parametrize(
    "lines",
    [
        "purchases = event.body['purchases']\n    return purchases['queued']",
        "told, result = event.body, event.result\n    return told['a'], result['b']",
        "for one in event.body['asks']:\n        yield one['window']",
        "news = event.body['a'] if event else event.result\n    return news['b']",
        "news: Json = read_it()\n    return [news['a'], news['b']]",
        "return (lambda body: body['a'] or body['b'])(event)",
        "def inner():\n        return event.body['a'] + event.body['b']\n    return inner()",
        "match event.body['what']:\n        case 'stop' if event.body['by']:\n            return 1",
        "KEY = 'by'\n    return event.body[KEY] or event.body.pop(KEY)",
    ],
)
def test_a_value_is_followed_through_the_names_it_is_given(lines: str) -> None:
    assert keys_in(f"def read(event):\n    {lines}") == 2


@pytest.mark.parametrize("annotation", ["Json", "Json | None", "Mapping[str, Any]", "Iterable[Json]", "'Json'"])
def test_a_parameter_is_json_by_its_type(annotation: str) -> None:
    assert keys_in(f"def read(given: {annotation}): return given['tcin']") == 1


@pytest.mark.parametrize(("annotation", "count"), [("", 1), (": dict[str, Any]", 1), (": str", 0), (": Outcome", 0)])
def test_a_parameter_is_json_by_its_name_where_its_type_leaves_that_open(annotation: str, count: int) -> None:
    assert keys_in(f"def read(result{annotation}): return result['tcin']") == count


@pytest.mark.parametrize("result", ["Json", "Any", "list[Json]"])
def test_what_a_function_elsewhere_gives_is_json_by_its_type(result: str) -> None:
    elsewhere = f"class Ledger:\n    def control(self, what: str) -> {result}: ..."
    assert keys_in("def read(ledger): return ledger.control('pause')['until']", elsewhere) == 1


def test_a_parameter_of_another_type_hides_what_has_its_name_outside() -> None:
    assert keys_in("body: Json = {}\ndef read(body: Row): return body['tcin']") == 0


def test_a_mapping_pattern_is_a_reading() -> None:
    assert keys_in("def read(event):\n    match event.body:\n        case {'what': 'stop'}:\n            return 1") == 1


def test_the_lines_of_readings_are_told_in_order() -> None:
    tree = ast.parse("def read(body):\n    a = body['a']\n    return a['b']['c']\n")
    assert find_string_keys(tree, find_sources([tree])) == [2, 3, 3]
