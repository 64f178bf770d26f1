"""Guides in a terminal: what Markdown leaves to a browser is said in words."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.markdown import Markdown
    from rich.table import Table

    from .topics import Topic

_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_TITLED = re.compile(r"^```(\w+) title=(\S+)\n", re.MULTILINE)
_GUIDE_LINK = re.compile(r"\[([^\]]+)\]\((\w+)\.(?:en|zh)\.md(?:#[^)]*)?\)")
_IDEOGRAPH = r"[\u2014\u2018-\u201d\u2026\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_INSIDE_CHINESE = re.compile(rf"(?<={_IDEOGRAPH})\n *(?={_IDEOGRAPH})|(?<=[，。；：、（])\n *(?=[`\[(A-Za-z])")


def list_of_topics(found: "list[Topic]", shown_by: str) -> "Table":
    """Return the topics, each with its sentence, and in the title the command that shows one."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, title=shown_by, title_justify="left", title_style="")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")  # Chinese has no blanks to break at
    for topic in found:
        table.add_row(topic.name, topic.sentence)
    return table


def rendered(text: str) -> "Markdown":
    """Return a guide for a terminal; what is too wide for a column goes on in its next line."""
    from rich.markdown import Markdown, TableElement

    class Folded(TableElement):
        def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> Iterator[Any]:
            for table in super().__rich_console__(console, options):
                for column in getattr(table, "columns", ()):
                    column.overflow = "fold"
                yield table

    class Guide(Markdown):
        elements = {**Markdown.elements, "table_open": Folded}  # noqa: RUF012 - declared so by rich

    return Guide(readable(text))


def readable(text: str) -> str:
    """Return a guide with the file of each block above it, commands for links to guides, and Chinese lines joined."""
    parts, end = [], 0
    for block in _FENCE.finditer(text):
        parts += [_prose(text[end : block.start()]), _TITLED.sub(r"`\2`:\n\n```\1\n", block[0])]
        end = block.end()
    return "".join([*parts, _prose(text[end:])])


def _prose(text: str) -> str:
    return _INSIDE_CHINESE.sub("", _GUIDE_LINK.sub(r"\1 (`liangrong help \2`)", text))
