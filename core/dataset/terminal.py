"""A dataset's manifest as tables for the terminal."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType


def info_table(info: Mapping[str, Any]) -> "RenderableType":
    """Return what `store.info` says of a dataset as a rich renderable."""
    from rich.console import Group
    from rich.table import Table

    head = Table.grid(padding=(0, 2))
    sessions, securities = info["shape"]
    size = f"{info['data_bytes'] / 1e6:.1f} MB" + (", cached for memory mapping" if info["is_cached"] else "")
    for name, value in (
        ("source", info["source"]),
        ("synthetic", "yes" if info["synthetic"] else "no"),
        ("sessions", f"{sessions}, {info['start']}..{info['end']}"),
        ("securities", str(securities)),
        ("data", f"{info['data_file']}, {size}"),
        ("sha256", info["sha256"]),
    ):
        head.add_row(name, value)
    fields = Table("field", "unit", "imputed", box=None, pad_edge=False)
    for name, unit in info["fields"].items():
        fields.add_row(name, unit, info["imputed"].get(name, ""))
    return Group(head, "", fields)


def findings_table(findings: Iterable[Mapping[str, Any]]) -> "RenderableType":
    """Return an import's findings as lines, or a sentence where there is none."""
    from rich.console import Group
    from rich.text import Text

    rows = list(findings)
    if not rows:
        return Text("\nfindings: none")
    return Group(Text("\nfindings", style="bold"), *(Text(_line(row)) for row in rows))


def _line(row: Mapping[str, Any]) -> str:
    examples = f" (such as {'; '.join(row['examples'][:2])})" if row["examples"] else ""
    where = f" in {row['where']}" if row["where"] else ""
    return f"  {row['kind']} x {row['count']:,}{where}: {row['detail']}{examples}"
