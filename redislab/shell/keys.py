"""Keys that do something of their own at the prompt. Everything else is as prompt_toolkit has it (emacs or vi)."""

from __future__ import annotations

from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.keys import Keys

from redislab.shell.lines import is_open

__all__ = ["bindings"]


def bindings() -> KeyBindings:
    """The key bindings of the prompt."""
    keys = KeyBindings()

    @keys.add(Keys.BracketedPaste)
    def paste(event: KeyPressEvent) -> None:
        """Pasted text is typed text: lines that end are run, the last one waits for Enter."""
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        buffer = event.current_buffer
        ends = text.endswith("\n") and text.strip() != ""
        buffer.insert_text(text.rstrip("\n") if ends else text)
        if ends and not is_open(buffer.text):
            buffer.validate_and_handle()

    return keys
