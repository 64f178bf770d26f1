"""The verdict on a comparison and on studies, beside the figures of an answer; that on runs is the archive's."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..archive.verdict import of_rules

OTHER_TABLES = ("responses.csv", "spans.csv")
"""Tables of studies that are of no rule: of behaviour, of events."""


def of_comparison(comparison: Any, rules: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the verdict on a comparison: that of `luck`, over all its trials."""
    luck = comparison.luck
    beating = [name for name, beats in zip(luck.names, luck.beats, strict=True) if beats]
    return {
        "luck": {"judged": True, "trials": luck.trials, "alpha": luck.alpha, "beyond_luck": beating,
                 "words": f"{luck.headline} {comparison.judged}"},
        "lookahead": {"checked": False, "words": "not checked: call `lookahead` with the configuration of a trial"},
        "rules": of_rules(rules),
        "data": {"source": comparison.source, "synthetic": comparison.synthetic, "notes": list(comparison.notes)},
    }  # fmt: skip


def of_study(made: Any, studied: int) -> dict[str, Any]:
    """Return the verdict on a study, where `studied` rules are known to have been studied, this one among them."""
    from ..inference.means import FEWEST_WINDOWS
    from ..study.side_by_side import luck_bar

    t, windows, bar = made.summary.get("t"), made.summary.get("windows"), luck_bar(max(studied, 1))
    is_judged = t is not None and not math.isnan(t) and windows is not None and windows >= FEWEST_WINDOWS
    told = f"{studied} rule{'s are' if studied > 1 else ' is'} known to have been studied here"
    luck = {
        "judged": is_judged,
        "verdict": made.summary["verdict"],
        "trials": studied,
        "t": t,
        "t_beyond_luck": bar,
        "words": f"{made.summary['words']} {told}: |t| {bar:.2f} is what none of so many reaches by luck (95 %).",
    }
    return {"luck": luck, **_of_studied(made)}


def of_studies(made: Any) -> dict[str, Any]:
    """Return the verdict on several rules that were studied side by side."""
    from ..study.side_by_side import judged, luck

    told = {"judged": len(judged(made)) > 0, "trials": len(made.table), "words": luck(made)}
    return {"luck": told, **_of_studied(made)}


def _of_studied(made: Any) -> dict[str, Any]:
    subject = getattr(made, "subject", made)
    words = "not checked: call `lookahead` with a configuration that trades the rule"
    data = {"source": subject.source, "synthetic": subject.synthetic, "notes": list(made.notes)}
    return {"lookahead": {"checked": False, "words": words}, "data": data}


def studies_known(folder: Path, name: str) -> int:
    """Return how many rules were studied into a folder, `name` among them; studies of events and behaviour are none."""
    others = {place.parent.name for table in OTHER_TABLES for place in folder.glob(f"*/{table}")}
    known = {place.parent.name for place in folder.glob("*/summary.json")} - others
    return len(known | {name}) if folder.is_dir() else 1
