"""Where the trials of a comparison stand: over all sessions, over the judged ones, or nowhere as none has a ratio."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..pages import formats
from ..pages.language import say
from .board_figures import JUDGED


def none_has(ratios: ArrayLike) -> bool:
    """Return whether no Sharpe ratio (K,) of the trials exists, since their equity never moved."""
    return bool(np.isnan(np.asarray(ratios, dtype=np.float64)).all())


def none_words() -> str:
    """Say so."""
    return say("No trial has a Sharpe ratio: none of them traded.")


def with_judged(board: pd.DataFrame, luck: Any) -> pd.DataFrame:
    """Return the leaderboard with the Sharpe ratio over the judged sessions beside that over all."""
    own = dict(zip(luck.names, luck.sharpe, strict=True))
    controls = dict(zip(luck.control_names, luck.control_sharpe, strict=True))
    ratios = [(controls if row.kind == "control" else own)[row.label] for row in board.itertuples()]
    made = board.copy()
    made.insert(list(made.columns).index("sharpe_error") + 1, JUDGED, ratios)
    return made


def differs(board: pd.DataFrame) -> bool:
    """Return whether any ratio over the judged sessions is another than over all, as far as is shown."""
    apart = (board["sharpe"].astype(float) - board[JUDGED].astype(float)).abs()
    return bool((apart >= 0.005).any())


def judged_words(board: pd.DataFrame) -> str:
    """Say who leads over the judged sessions where that is another trial than over all; empty elsewhere."""
    own = board[board["kind"] == "trial"]
    if none_has(own["sharpe"]) or none_has(own[JUDGED]):
        return ""
    rows = own.to_dict("records")
    first, best = rows[0], rows[int(np.nanargmax(own[JUDGED].to_numpy(dtype=np.float64)))]
    if first["trial"] == best["trial"]:
        return ""
    return say(
        "Two bests: {first} over all sessions ({all}; {part} over the judged ones), {best} over the judged ones, of "
        "which the verdict speaks ({judged}; {whole} over all).",
        first=first["label"],
        all=formats.number(first["sharpe"]),
        part=formats.number(first[JUDGED]),
        best=best["label"],
        judged=formats.number(best[JUDGED]),
        whole=formats.number(best["sharpe"]),
    )
