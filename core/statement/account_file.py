"""What an account begins with and what moves in and out of it, from a file of the user's or the broker's."""

import math
from collections.abc import Mapping
from datetime import date as Day
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import numpy as np

from ..config.account_flows import FlowConfig, HoldingConfig, OpenContractConfig, OpeningConfig
from ..config.layers import plain_keys
from ..config.run import validate_as
from ..config.values import Model
from ..config.yaml_file import checked
from ..config.yaml_text import text_of
from ..errors import DataError, did_you_mean
from .broker_words import FLOW_NAMES
from .named_columns import NamedColumns

M = TypeVar("M", bound=Model)

OPENING_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        **{
            name: name
            for name in (
                *("date", "kind", "symbol", "shares", "amount", "cost", "opened", "due", "rate", "accrued"),
                *("proceeds", "ratio", "contract", "repaid", "paid", "penalty"),
            )
        },
        **dict.fromkeys(("principal", "sell_amount"), "amount"),
        **dict.fromkeys(("类型", "业务", "业务类型", "合约类型", "负债类型", "合约类别", "信用交易类型"), "kind"),
        **dict.fromkeys(("证券代码", "股票代码", "代码"), "symbol"),
        **dict.fromkeys(("数量", "证券数量", "持仓数量", "股份余额", "未还数量", "剩余数量", "负债数量"), "shares"),
        **dict.fromkeys(("未还合约数量", "未偿还数量", "应还数量"), "shares"),
        **dict.fromkeys(("金额", "未还金额", "未还本金", "剩余金额", "剩余本金", "负债金额", "资金余额"), "amount"),
        **dict.fromkeys(("未偿还金额", "未偿还本金", "未还合约金额", "未还负债金额", "负债本金"), "amount"),
        **dict.fromkeys(("合约数量", "开仓数量", "合约开仓数量"), "opened_shares"),
        **dict.fromkeys(("合约金额", "开仓金额", "合约开仓金额"), "opened_amount"),
        **dict.fromkeys(("已还金额", "已还本金", "已偿还金额"), "repaid"),
        **dict.fromkeys(("已还利息", "已偿还利息", "已付利息"), "paid"),
        **dict.fromkeys(("罚息", "未还罚息"), "penalty"),
        **dict.fromkeys(("合约编号", "合约序号", "融资合约", "融资合约编号", "融券合约编号"), "contract"),
        **dict.fromkeys(("成本", "成本价"), "cost"),
        **dict.fromkeys(("开仓日期", "合约日期", "开仓日", "合约开仓日期"), "opened"),
        **dict.fromkeys(("到期日", "到期日期", "归还截止日", "合约到期日", "合约到期日期", "负债截止日期"), "due"),
        **dict.fromkeys(("利率", "年利率", "费率", "合约利率", "融资利率", "融券费率"), "rate"),
        **dict.fromkeys(("利息", "未还利息", "应还利息", "未付利息", "未还息费", "未付息费", "剩余利息"), "accrued"),
        **dict.fromkeys(("利息费用", "未偿还利息", "息费", "合约利息"), "accrued"),
        **dict.fromkeys(("冻结资金", "融券卖出冻结资金"), "proceeds"),
        "保证金比例": "ratio",
        **dict.fromkeys(("日期", "查询日期"), "date"),
        **dict.fromkeys(("note", "备注", "证券名称", "合约状态", "序号", "币种", "股东代码", "股东账号", "市场"), ""),
        **dict.fromkeys(("股票名称", "名称", "状态", "交易市场", "客户号", "资金账号", "展期次数", "展期状态"), ""),
    }
)
"""Header of a table of positions or of a debt query (合约查询) -> meaning; "" is not read."""

OPENING_KINDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("cash", "现金", "资金"), "cash"),
        **dict.fromkeys(("holding", "collateral", "担保品", "持仓", "普通"), "holding"),
        **dict.fromkeys(("financing", "融资", "融资合约", "融资负债", "融资买入"), "financing"),
        **dict.fromkeys(("short", "融券", "融券合约", "融券负债", "融券卖出"), "short"),
    }
)
"""Name -> what a row is."""

_NUMBERS = (
    *("shares", "amount", "cost", "rate", "accrued", "proceeds", "ratio", "opened_shares", "opened_amount"),
    *("repaid", "paid", "penalty"),
)
_ALONE = ("repaid", "paid", "penalty")


def read_opening(path: str | Path) -> OpeningConfig:
    """Read what an account holds and owes before its first session.

    Parameters
    ----------
    path : path
        YAML with the keys of `account.opening`, or a table (CSV in UTF-8 or GBK, a spreadsheet) with a row for the
        cash, for each holding and each contract: kind (cash, holding, financing or short), symbol, shares, amount
        (cash, principal or sell amount; CNY), cost (CNY per share), opened, due, rate (a fraction, or with a percent
        sign), accrued, proceeds, ratio; and date, the same on every row. A broker's debt query (合约查询) is such a
        table; headers and kinds are English or Chinese.

    Raises
    ------
    ConfigError, DataError
        A file that is none, an unknown column or key, a row that is no holding and no contract; with its line.
    """
    if Path(path).suffix.lower() in (".yaml", ".yml"):
        raw, lines = plain_keys(text_of(Path(path)), str(path))
        return checked(raw, str(path), lines, OpeningConfig)
    return _valid(str(path), _rows(path).keys, OpeningConfig)


class StatedDebt(NamedTuple):
    """A contract as a debt query states it, one that is settled with an amount of 0."""

    line: int
    kind: str  # financing or short
    symbol: str
    opened: Day
    contract: str  # the broker's number of it; "" = none
    figures: dict[str, float]  # what it says: amount, shares, accrued, rate, due (20240708), …


class Debts(NamedTuple):
    """A broker's debt query (合约查询)."""

    date: np.datetime64 | None  # at whose close; None = the file does not say
    contracts: list[StatedDebt]


def read_debts(path: str | Path) -> Debts:
    """Read a debt query: a table as `read_opening` takes it, of which the contracts count; raises as it does."""
    rows = _rows(path)
    return Debts(np.datetime64(rows.keys["date"], "D") if "date" in rows.keys else None, rows.debts)


class _Rows(NamedTuple):
    keys: dict[str, Any]  # of an opening
    debts: list[StatedDebt]


def _rows(path: str | Path) -> _Rows:
    """Return the keys that a table holds, and what it states of contracts."""
    table = NamedColumns(path, OPENING_COLUMNS, ("kind",), "table of an account", "holding or contract")
    numbers = {name: _rates(table) if name == "rate" else table.numbers(name) for name in _NUMBERS}
    days = {name: table.days(name) for name in ("opened", "due", "date")}
    made: dict[str, Any] = {"holdings": [], "contracts": []}
    debts = []
    for i, where in enumerate(table.where):
        row = {name: float(column[i]) for name, column in numbers.items() if not math.isnan(column[i])}
        row |= {name: str(column[i]) for name, column in days.items() if not np.isnat(column[i])}
        kind, symbol = _kind(where, table.text("kind")[i], OPENING_KINDS), table.symbol(i)
        if kind in ("financing", "short") and "opened" in row:
            known = table.lines[i], kind, symbol, Day.fromisoformat(str(row["opened"])), table.text("contract")[i]
            debts.append(StatedDebt(*known, _stated(row)))
        _add(made, where, kind, symbol, row)
    return _Rows(made, debts)


def _stated(row: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures of a contract's row; what is left is what was opened where nothing else says it."""
    figures = {name: float(value) for name, value in row.items() if name not in ("opened", "due", "date", "cost")}
    for name in ("amount", "shares"):
        if name not in figures and f"opened_{name}" in figures:
            figures[name] = figures.pop(f"opened_{name}")
    penalty = figures.pop("penalty", 0.0)
    if penalty or "accrued" in figures:
        figures["accrued"] = figures.get("accrued", 0.0) + penalty
    return figures | ({"due": float(row["due"].replace("-", ""))} if "due" in row else {})


FLOW_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in ("date", "kind", "amount", "symbol", "shares")},
        **dict.fromkeys(("日期", "发生日期", "成交日期"), "date"),
        **dict.fromkeys(("类型", "业务", "业务类型", "业务名称"), "kind"),
        **dict.fromkeys(("金额", "发生金额"), "amount"),
        **dict.fromkeys(("证券代码", "股票代码"), "symbol"),
        **dict.fromkeys(("数量", "证券数量", "成交数量"), "shares"),
        **dict.fromkeys(("note", "备注", "证券名称", "币种"), ""),
    }
)
"""Header of a table of flows -> meaning."""


def read_flows(path: str | Path) -> list[tuple[str, FlowConfig]]:
    """Read what moves in and out of an account: path and line, and the flow, row by row.

    Parameters
    ----------
    path : path
        CSV (UTF-8 or GBK) or a spreadsheet with the columns date, kind, and amount (CNY) of a deposit or a withdrawal,
        symbol and shares of a transfer; headers and kinds in English or Chinese. Amounts and shares carry no sign, or
        that of their direction.

    Raises
    ------
    DataError
        A file that is none, an unknown column, a row that is no flow; with its line.
    """
    table = NamedColumns(path, FLOW_COLUMNS, ("date", "kind"), "table of flows", "flow")
    days, amounts, shares = table.days("date", is_needed=True), table.numbers("amount"), table.numbers("shares")
    made = []
    for i, where in enumerate(table.where):
        kind = _kind(where, table.text("kind")[i], FLOW_NAMES)
        row: dict[str, Any] = {"kind": kind, "date": str(days[i])}
        sign = -1.0 if kind in ("withdrawal", "transfer_out") and (amounts[i] < 0.0 or shares[i] < 0.0) else 1.0
        row |= {name: sign * float(n[i]) for name, n in (("amount", amounts), ("shares", shares)) if n[i] == n[i]}
        row |= {"symbol": table.symbol(i)} if table.text("symbol")[i] else {}
        made.append((f"{where}, column `symbol`", _valid(where, row, FlowConfig)))
    return made


def _add(made: dict[str, Any], where: str, kind: str, symbol: str, row: dict[str, Any]) -> None:
    """Add a row of the table to the keys of the opening."""
    day = row.pop("date", None)
    penalty = row.pop("penalty", 0.0)
    if penalty and kind in ("financing", "short"):
        row["accrued"] = row.get("accrued", 0.0) + penalty
    for name in _ALONE:
        row.pop(name, None)
    if day is not None and made.setdefault("date", day) != day:
        raise DataError(f"{where}, column `date`: should be {made['date']} as on the rows before, got {day}")
    if kind == "cash":
        if set(row) != {"amount"} or symbol:
            raise DataError(f"{where}: a row of the kind `cash` should give an `amount` and nothing else")
        if "cash" in made:
            raise DataError(f"{where}: a second row of the kind `cash`: give one")
        made["cash"] = row["amount"]
        return
    shares, amount = row.pop("opened_shares", None), row.pop("opened_amount", None)  # where nothing says what is left
    row = {"symbol": symbol, **row}
    row.setdefault("shares", shares)
    if kind == "holding":
        row.pop("amount", None)
        made["holdings"].append(_valid(where, row, HoldingConfig).model_dump())
        return
    if row.get("amount", amount) == 0.0:
        return  # settled
    row["sell_amount" if kind == "short" else "principal"] = row.pop("amount", amount)
    made["contracts"].append(_valid(where, {"kind": kind, **row}, OpenContractConfig).model_dump())


def _rates(table: NamedColumns) -> Any:
    """Return the rates as fractions: those in percent say so, in the cell or in the header."""
    texts = table.text("rate")
    in_percent = np.array([text.endswith("%") for text in texts]) | ("%" in table.headers.get("rate", ""))
    table.texts["rate"] = [text.rstrip("%").strip() for text in texts]
    return np.where(in_percent, np.round(table.numbers("rate") / 100.0, 12), table.numbers("rate"))


def _kind(where: str, name: str, kinds: Mapping[str, str]) -> str:
    plain = name.lower().replace(" ", "_").replace("-", "_")
    if plain not in kinds:
        hint = did_you_mean(plain, kinds).rstrip()
        raise DataError(
            f"{where}, column `kind`: should be one of {', '.join(kinds)}, got {name!r}{hint and ': '}{hint}"
        )
    return kinds[plain]


def _valid(where: str, row: Mapping[str, Any], model: type[M]) -> M:
    """Return the row as a model; DataError that names the column."""
    made = validate_as(dict(row), model)
    if isinstance(made, list):
        problem = made[0]
        column = f", column `{problem.keys[-1]}`" if problem.keys else ""
        raise DataError(f"{where}{column}: {problem.message[:1].lower()}{problem.message[1:]}, got {problem.given!r}")
    return made
