"""JSON -> grids: records, columns, or `fields` beside `data`, wherever in the document they lie."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ..errors import DataError
from .grid import Grid, as_text, rows_reader

_ROWS = ("data", "items", "rows", "list")
_HEADERS = ("fields", "columns", "head")


def json_grids(path: Path, raw: bytes, known: Collection[str]) -> list[Grid]:
    """Return the tables of a JSON document, or of one record in each line; those with most `known` headers.

    Raises
    ------
    DataError
        No JSON, or no table in it.
    """
    try:
        document = _parsed(path, raw)
        found = [grid for grid in _tables(path, document, "") if grid.header]
    except RecursionError:
        raise DataError(f"{path} is JSON of a thousand levels, not a table: fetch the file again") from None
    if not found:
        raise DataError(f"{path} is JSON without a table: expected records, or `fields` beside `data`, with a row")
    hits = [sum(key in known for key in grid.keys) for grid in found]
    return [grid for grid, count in zip(found, hits, strict=True) if count == max(hits)]


def _parsed(path: Path, raw: bytes) -> Any:
    try:
        text = raw.decode("utf-8-sig")
        try:
            document = json.loads(text)
            return [document] if path.suffix.lower() == ".jsonl" else document
        except ValueError:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise DataError(f"{path} begins like JSON and is none ({error}): fetch the file again") from None


def _tables(path: Path, node: Any, day: str) -> Iterator[Grid]:
    """Yield the tables of a node and of what it holds; `day` is what the nodes above say of the day."""
    if isinstance(node, list):
        records = [one for one in node if isinstance(one, dict)]
        if records and len(records) == len(node) and _is_flat(records[0]):
            yield _of_records(path, records, day)
            return
        for one in node:
            yield from _tables(path, one, day)
    elif isinstance(node, dict):
        own = node.get("date") or node.get("reportDate") or day
        day = own if isinstance(own, str) and own[:2] in ("19", "20") else day
        header = next((node[name] for name in _HEADERS if _is_header(node.get(name))), None)
        rows = next((node[name] for name in _ROWS if isinstance(node.get(name), list)), None)
        if header is not None and rows is not None:
            yield _grid(path, [as_text(cell) for cell in header], rows, day)
        elif node and all(isinstance(column, list) for column in node.values()) and _is_level(node):
            yield _grid(path, list(node), list(zip(*node.values(), strict=True)), day)
        else:
            for one in node.values():
                yield from _tables(path, one, day)


def _is_header(node: Any) -> bool:
    return isinstance(node, list) and bool(node) and all(isinstance(cell, str) for cell in node)


def _is_flat(record: dict[str, Any]) -> bool:
    return bool(record) and not any(isinstance(value, list | dict) for value in record.values())


def _is_level(node: dict[str, list[Any]]) -> bool:
    """Return whether a dict of lists is a table by columns."""
    return len(node) > 1 and len({len(column) for column in node.values()}) == 1 and not _is_nested(node)


def _is_nested(node: dict[str, list[Any]]) -> bool:
    return any(isinstance(cell, list | dict) for column in node.values() for cell in column[:1])


def _of_records(path: Path, records: list[dict[str, Any]], day: str) -> Grid:
    header = list(dict.fromkeys(name for record in records for name in record))
    return _grid(path, header, [[record.get(name) for name in header] for record in records], day)


def _grid(path: Path, header: list[str], rows: list[Any], day: str) -> Grid:
    if not rows:
        raise DataError(f"{path} has columns and no row: nothing to import")
    grid = Grid(path=path, header=header, read=rows_reader(rows, 1), word="row", day=day)
    grid.head = [[as_text(cell) for cell in row] for row in rows[:3]]
    return grid
