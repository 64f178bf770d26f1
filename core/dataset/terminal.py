"""A dataset's manifest as tables for the terminal."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

_LEFT = re.compile(r"and ([\d,]+) more")
"""What the list of files of a manifest ends with where it is not whole."""


def info_table(info: Mapping[str, Any]) -> "RenderableType":
    """Return what `store.info` says of a dataset as a rich renderable."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    head = Table.grid(padding=(0, 2))
    head.add_column(no_wrap=True)
    head.add_column(overflow="fold")
    sessions, securities = info["shape"]
    parts = len(info["parts"])
    size = f"{parts} file{'s'[: parts != 1]}, {info['data_bytes'] / 1e6:.1f} MB"
    size += ", cached for memory mapping" if info["is_cached"] else ""
    for name, value in (
        ("source", info["source"]),
        ("synthetic", "yes" if info["synthetic"] else "no"),
        *([("prices", info["adjusted"])] if info.get("adjusted") else []),
        ("sessions", f"{sessions}, {info['start']}..{info['end']}"),
        ("securities", str(securities)),
        *([("corporate actions", f"{info['action_count']:,}: runs apply them")] if info["action_count"] else []),
        *([("listings that ended", f"{info['ending_count']:,}: runs carry them out")] if info["ending_count"] else []),
        ("data", size),
        ("version", f"{info['version']}, digest {info['digest']}"),
        *_last_import(info["imports"]),
        *([("MISSING", ", ".join(info["missing"]))] if info["missing"] else []),
    ):
        head.add_row(name, Text(value))
    fields = Table(box=None, pad_edge=False)
    for name in ("field", "unit", "imputed"):
        fields.add_column(name, overflow="fold")
    for name, unit in info["fields"].items():
        fields.add_row(*map(Text, (name, unit, info["imputed"].get(name, ""))))  # a manifest's words are no markup
    return Group(head, "", fields)


def _last_import(imports: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what a manifest remembers of the last import, as a row."""
    if not imports:
        return []
    last = imports[-1]
    taken = "; ".join(f"{one['source']} ({_few(one['files'])})" for one in last["taken_for"])
    return [("imports", f"{len(imports)}, the last at {last['at']}: {taken}")]


def findings_table(findings: Iterable[Mapping[str, Any]]) -> "RenderableType":
    """Return an import's findings as lines, or a sentence where there is none."""
    from rich.console import Group
    from rich.text import Text

    rows = list(findings)
    if not rows:
        return Text("\nfindings of the files: none")
    return Group(Text("\nfindings of the files", style="bold"), *(Text(_line(row)) for row in rows))


def _line(row: Mapping[str, Any]) -> str:
    examples = f" (such as {'; '.join(row['examples'][:2])})" if row["examples"] else ""
    where = f" in {row['where']}" if row["where"] else ""
    return f"  {row['kind']} x {row['count']:,}{where}: {row['detail']}{examples}"


def taken_lines(taken: Iterable[Mapping[str, Any]]) -> "RenderableType":
    """Return what each file was taken for, and why, as lines."""
    from rich.console import Group
    from rich.text import Text

    return Group(*(Text(_taken(one)) for one in taken), "")


def _taken(one: Mapping[str, Any]) -> str:
    return f"{_few(one['files'])}: taken for {one['source']}; {one['why']}"


def _few(files: Sequence[str]) -> str:
    """Return the first files and how many others there are; of a long list a manifest keeps some and their number."""
    left = _LEFT.fullmatch(files[-1]) if len(files) > 1 else None
    count = len(files) - 1 + int(left[1].replace(",", "")) if left else len(files)
    return ", ".join(files[:3]) + (f" and {count - 3:,} more" if count > 3 else "")
