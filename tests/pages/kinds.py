"""One page of each kind, of small data that have something to show."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from compare.small import RUN, written
from liangrong.core.audit.audit import audit
from liangrong.core.audit.page import render_page
from liangrong.core.compare.comparing import carry_out_all, concluded, prepare_comparison
from liangrong.core.compare.page import render_leaderboard
from liangrong.core.pages.language import speaking
from liangrong.core.run.metrics import summarise
from liangrong.core.run.page import render as render_run
from liangrong.core.run.security_choice import securities_that_mattered
from liangrong.core.study.design import Design
from liangrong.core.study.many_page import render_comparison
from liangrong.core.study.names import named_rules
from liangrong.core.study.outcome import Subject, study
from liangrong.core.study.page import render as render_study
from liangrong.core.study.side_by_side import SideBySide
from liangrong.core.study.side_by_side import compare as beside
from liangrong.core.synthetic.synthetic import generate
from liangrong.core.views.market_page import render_market
from liangrong.core.views.market_view import market_view
from liangrong.core.views.security_page import render_security
from liangrong.core.views.security_view import security_view
from run.fabricated import fabricated_path, fabricated_result
from study.markets import market, question

KEYS = {
    "strategy.rule": ["balance_trend", "force_balance"],
    "strategy.rule.parameters.window": [5, 10],
    "strategy.parameters.quantile": [0.25, 0.4],
}


@cache
def _panel():
    return generate(securities=24, sessions=320)


@cache
def _result():
    made = fabricated_result()
    return replace(made, summary=summarise(made, start_equity=1e6, synthetic=True, source="generated market"))


def _run() -> str:
    made = _result()
    chosen = securities_that_mattered(made)
    return render_run(made, paths=[fabricated_path(one.symbol, made.equity["date"]) for one in chosen])


@cache
def _study():
    panel = market()
    subject = Subject(name="mine", claim="a claim", formula="F / M", parameters={"window": 5}, synthetic=True)
    other = np.random.default_rng(5).normal(size=panel.shape)
    asked = question(panel, signal=1.0, controls={"price_reversal": other})
    return study(asked, Design(horizons=(1, 2, 5), resamples=50), subject)


def _studies() -> str:
    summary = _study().summary
    table = beside(dict.fromkeys(("one", "two"), summary), {name: f"rules/{name}" for name in ("one", "two")})
    return render_comparison(SideBySide(table=table, horizon=5, source="nowhere", notes=("A note.",)))


@cache
def _market():
    return market_view(_panel())


@cache
def _security():
    seen = np.isfinite(_panel()["financing_balance"]).sum(axis=0)
    return security_view(_panel(), _panel().symbols[int(seen.argmax())], None, named_rules(["balance_trend"]))


@cache
def _audit():
    panel = _panel()
    close = panel["close"].copy()
    close[100:104, 5] *= 40.0
    return audit(panel.with_fields({"close": close}))


@cache
def _comparison(folder: Path):
    run = {**RUN, "data": {**RUN["data"], "source": "synthetic"}}
    prepared = prepare_comparison(written(folder, run=run, trials={"keys": KEYS}))
    return concluded(prepared, carry_out_all(prepared, folder / "out")[0])


KINDS: dict[str, Callable[[Path], str]] = {
    "run": lambda _: _run(),
    "study": lambda _: render_study(_study()),
    "studies": lambda _: _studies(),
    "market": lambda _: render_market(_market(), "made"),
    "security": lambda _: render_security(_security(), "made"),
    "audit": lambda _: render_page(_audit(), "made"),
    "compare": lambda folder: render_leaderboard(_comparison(folder)),
}


def page_of(kind: str, folder: Path, language: str) -> Path:
    """Return the file of a page of a kind, written where it is not yet."""
    path = folder / f"{kind}-{language}.html"
    if not path.exists():
        with speaking(language):
            path.write_text(KINDS[kind](folder), encoding="utf-8")
    return path
