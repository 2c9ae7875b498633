"""Text for people: wrapped paragraphs, kept code, nothing that steers the terminal."""

from __future__ import annotations

import io

import pytest

from redislab.learn.draw import PlainDrawer, RichDrawer, visible
from redislab.learn.events import Event

MARKDOWN = """\
A paragraph that was
broken by hand.

- an item that is long enough to be wrapped
- another

    SET k v   # code stays as it is, however long the line may become

```
a  b
```"""


def drawn(event: Event, width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    stream = io.StringIO()
    PlainDrawer(stream).draw([event])
    return stream.getvalue()


def test_paragraphs_are_wrapped_and_code_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(Event("say", MARKDOWN), 40, monkeypatch) == (
        "A paragraph that was broken by hand.\n"
        "\n"
        "- an item that is long enough to be\n"
        "  wrapped\n"
        "- another\n"
        "\n"
        "    SET k v   # code stays as it is, however long the line may become\n"
        "\n"
        "```\na  b\n```\n"
    )


def test_control_characters_are_made_visible() -> None:
    assert visible("a\x1b[2Jb\tc\nd\x07") == "a\\x1b[2Jb\tc\nd\\x07"


@pytest.mark.parametrize("drawer", [PlainDrawer, RichDrawer])
def test_a_course_cannot_steer_the_terminal(drawer: type) -> None:
    stream = io.StringIO()
    drawer(stream).draw([Event("say", "x\x1b]0;title\x07"), Event("info", "\x1b[2J"), Event("choices", "\x9b5A")])
    assert "\x1b" not in stream.getvalue()
    assert "\x9b" not in stream.getvalue()


def test_what_went_well_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(Event("solved", "Solved."), 80, monkeypatch) == "[x] Solved.\n"
    assert drawn(Event("mistake", "Look again."), 80, monkeypatch) == "Not yet. Look again.\n"
