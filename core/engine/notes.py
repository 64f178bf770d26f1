"""What the reader of a result has to know, one sentence each."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from .rules_used import changes_used, rules_used
from .scenario import Scenario


def notes_of(scenario: Scenario, contracts: pd.DataFrame, equity: pd.DataFrame) -> tuple[str, ...]:
    """Return the notes of a finished run."""
    return (*_on_data(scenario), *_on_rules(scenario), *_on_account(scenario, contracts, equity))


def _on_data(scenario: Scenario) -> Iterator[str]:
    panel = scenario.panel
    yield (
        "No table of corporate actions: prices are taken as they are, so dividends and splits appear as price moves; "
        "give adjusted prices where that matters."
    )
    used = [f for f in scenario.strategy.needs(scenario.parameters) if f in panel.imputed]
    for field in used:
        yield f"The strategy reads `{field}`, which is imputed: {panel.imputed[field]}."
    for finding in scenario.findings:
        yield f"Import: {finding.kind} x {finding.count} ({finding.detail})."


def _on_rules(scenario: Scenario) -> Iterator[str]:
    config, panel = scenario.config, scenario.panel
    if config.market.board is not None:
        yield f"Every security follows the rules of the board `{config.market.board}`, by configuration."
    lists = [name for name in ("financing_eligible", "short_eligible") if name not in panel]
    if config.market.eligibility == "all":
        yield "Every security may be financed and shorted, by configuration."
    elif lists:
        yield f"The data have no list {' and '.join(lists)}: every security counts as eligible."
    if config.account.borrow_share is not None and "short_volume" not in panel:
        yield "`account.borrow_share` has no effect: the data have no short_volume."
    changes = changes_used(scenario)
    if changes:
        listed = "; ".join(f"{rule.name} {rule.value} from {rule.effective}" for rule in changes)
        yield f"Rules that changed during the run: {listed}."
    secondary = sorted({rule.name for rule in rules_used(scenario) if rule.is_secondary})
    if secondary:
        yield f"Rules that rest on a secondary source: {', '.join(secondary)}; `liangrong check` shows them."


def _on_account(scenario: Scenario, contracts: pd.DataFrame, equity: pd.DataFrame) -> Iterator[str]:
    lines = scenario.config.account.lines
    below = int((equity["maintenance_ratio"] < lines.call).sum())
    if below:
        yield (
            f"The maintenance ratio closed below the call line {lines.call:.2f} on {below} sessions; this version "
            "draws and counts that, and carries out no forced sale."
        )
    end = np.datetime64(equity["date"].iloc[-1], "D")
    overdue = int(
        ((contracts["due"] < end) & (contracts["closed"].isna() | (contracts["closed"] > contracts["due"]))).sum()
    )
    if overdue:
        yield f"{overdue} contracts stayed open beyond their due day; this version does not close them."
    if (equity["equity"] < 0.0).any():
        yield "The account was insolvent: its equity fell below zero."
