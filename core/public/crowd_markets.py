"""Markets of many accounts for programs: truth for estimates, a bench for the power of rules and studies, what-ifs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from .core.crowd.account_market import MarketMade
    from .core.crowd.shock import Shock


def account_market(
    *,
    accounts: int = 500,
    securities: int = 60,
    sessions: int = 300,
    seed: int = 7,
    start: str = "2019-01-02",
    margin_ratio: float | None = None,
    feedback: float = 0.0,
    history: bool = False,
    corporate_actions: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> "MarketMade":
    """Return a synthetic market whose margin balances are the contracts of many accounts.

    Parameters
    ----------
    accounts : int
        1 to 20,000. Together they bring a tenth of the float cap, so each stands for many clients alike.
    securities, sessions, seed, start, history, corporate_actions
        As of `liangrong data synth`.
    margin_ratio : float, optional
        Financing margin ratio; the rulebook's by date where absent.
    feedback : float
        Log return of the next session for net purchases as large as the session's turnover; 0 = none.
    progress : callable(done, total), optional

    Returns
    -------
    MarketMade
        ``panel`` is an ordinary panel; ``truth()``, ``days()`` and ``accounts()`` are tables of what nobody publishes;
        ``save(folder)`` writes all of it as a dataset.

    Raises
    ------
    LiangrongError
        Something outside its range.

    Notes
    -----
    What it is not: there is no order book (orders meet the open, within the volume and the price limits); an account
    sees another only in prices; the habits are inventions (half trend followers, a quarter holders, the rest dip buyers
    and contrarians) and nothing was fitted to clients that exist; lenders have shares without limit, and nobody pays in
    after a call. Prices without feedback are those of the same seed without accounts.

    Examples
    --------
    >>> import liangrong as lr
    >>> made = lr.account_market(accounts=20, securities=6, sessions=30)
    >>> made.panel.shape, len(made.accounts())
    ((30, 6), 20)
    """
    from .core.crowd.account_market import crowd_plan, make_market
    from .core.synthetic.synthetic import plan_of

    about: dict[str, Any] = {"history": history, "corporate_actions": corporate_actions, "signal": 0.0, "breaks": 0.0}
    plan = plan_of(seed=seed, securities=securities, sessions=sessions, start=start, **about)
    return make_market(crowd_plan(plan, accounts, margin_ratio, feedback), progress)


def account_markets(seeds: Iterable[int], **options: Any) -> Iterator["MarketMade"]:
    """Yield `account_market` for one seed after another: a bench on which the power of a rule or a study is tried.

    Parameters
    ----------
    seeds : iterable of int
    **options
        The others of `account_market`.

    Examples
    --------
    >>> import liangrong as lr
    >>> small = {"accounts": 20, "securities": 6, "sessions": 30}
    >>> [len(made.panel.sessions) for made in lr.account_markets(range(2), **small)]
    [30, 30]
    """
    for seed in seeds:
        yield account_market(seed=seed, **options)


def read_truth(folder: str | Path) -> "pd.DataFrame":
    """Return what is true of a dataset that `liangrong data synth --accounts` wrote, by date and symbol.

    Raises
    ------
    LiangrongError
        There is none beside the data.
    """
    from .core.crowd.crowd_files import read_truth
    from .functions import _path

    return read_truth(_path("folder", folder))


def shock(
    *,
    fall: float = 0.10,
    margin_ratios: Sequence[float] = (0.5, 0.8, 1.0),
    feedback: float = 0.1,
    accounts: int = 500,
    securities: int = 60,
    before: int = 250,
    after: int = 20,
    seeds: int = 5,
    seed: int = 7,
    page: str | Path | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> "Shock":
    """Return how deep a fall of all prices goes under several financing margin ratios; `liangrong data shock`.

    Parameters
    ----------
    fall : float
        Fraction, at once, within the price limits.
    margin_ratios : sequence of float
    feedback, accounts, securities
        Of each market, as `account_market`.
    before, after : int
        Sessions until the fall, and from it on.
    seeds, seed : int
        Markets of each margin ratio, and the first of them.
    page : path, optional
        Where to write a page (HTML).
    progress : callable(done, total), optional

    Raises
    ------
    LiangrongError
        Something outside its range.
    """
    from .core.crowd.shock import ShockPlan
    from .core.crowd.shock import shock as made_of
    from .core.crowd.shock_page import render_shock
    from .data_views import _write_page

    ratios = tuple(map(float, margin_ratios))
    plan = ShockPlan(fall, ratios, feedback, accounts, securities, before, after, seeds, seed)
    found = made_of(plan) if progress is None else made_of(plan, progress)
    if page is not None:
        _write_page(page, render_shock(found))
    return found
