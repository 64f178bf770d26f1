"""The tables of a run, the oracle's and an engine's in the same form: lists of rows, dates as dates."""

import datetime as dt
from typing import Any

EQUITY = (
    "cash",
    "long_value",
    "short_value",
    "principal",
    "accrued",
    "equity",
    "maintenance_ratio",
    "available_margin",
)


def of_run(run) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of the oracle's run; `reason` of a refusal is the set of all reasons."""
    return {
        "flows": [
            {
                "date": m.day,
                "kind": m.kind,
                "symbol": m.symbol,
                "shares": m.shares,
                "price": m.price,
                "amount": m.amount,
                "reason": m.reasons or frozenset({""}),
            }
            for m in run.moves.rows
        ],
        "equity": [{"date": c.day} | {name: getattr(c, name) for name in EQUITY} for c in run.closes],
        "fills": [_fill(fill) for fill in run.fills],
        "refusals": [
            {"date": r.day, "symbol": r.symbol, "kind": r.kind, "shares": r.shares, "reason": r.reasons}
            for r in run.refusals
        ],
        "margin_events": [
            {"date": e.day, "event": e.event, "ratio": e.ratio, "deadline": e.deadline, "contract": e.contract}
            | ({} if e.amount is None else {"amount": e.amount})
            for e in run.desk.events
        ],
        "forced_sales": [
            {"date": s.day, "cause": s.cause, "symbol": s.symbol, "kind": s.kind, "wanted": s.wanted, "done": s.done}
            for s in run.desk.sales
        ],
        "contracts": [_contract(contract) for contract in run.book.every],
    }


def _fill(fill):
    return {
        "date": fill.day,
        "symbol": fill.symbol,
        "kind": fill.kind,
        "shares": fill.shares,
        "price": fill.price,
        "value": fill.value,
        "commission": fill.fees.commission,
        "stamp_duty": fill.fees.duty,
        "transfer_fee": fill.fees.transfer,
        "interest": fill.interest,
    }


def _contract(contract):
    amount = "principal" if contract.kind == "financing" else "sell_amount"
    return {
        "date": contract.closed,
        "id": contract.number,
        "kind": contract.kind,
        "symbol": contract.symbol,
        "opened": contract.opened,
        "closed": contract.closed,
        "due": contract.due,
        "shares": contract.first[0],
        "rate": contract.rate,
        "interest": contract.paid + contract.interest,
        "amount_years": contract.years,
        amount: contract.first[1],
    }


def of_result(result):
    """Return the tables of an engine's result."""
    names = ("equity", "fills", "refusals", "margin_events", "forced_sales", "contracts")
    tables: dict[str, list[dict[str, Any]]] = {
        name: [_plain(row) for row in getattr(result, name).to_dict("records")] for name in names
    }
    flows = result.flows
    tables["flows"] = [] if flows is None else [_plain(row) for row in flows.to_dict("records")]
    tables["contracts"].sort(key=lambda row: row["id"])
    for row in tables["contracts"]:
        row["date"] = row["closed"]
    return tables


def _plain(row):
    """Return a row without the types of pandas: a missing value is None."""
    plain = {}
    for name, value in row.items():
        missing = value is None or value != value
        plain[name] = (
            None if missing else value.date() if hasattr(value, "date") and not isinstance(value, dt.date) else value
        )
        if hasattr(value, "to_pydatetime") and not missing:
            plain[name] = value.date()
    return plain
