"""How a study was made, sentence by sentence: for returns, and for crash risk."""

from ..inference.means import FEWEST_WINDOWS
from ..pages import formats
from ..pages.language import say
from .crash_target import PAST
from .outcome import Study


def return_method(study: Study) -> list[str]:
    """Return what a reader has to know of a study of returns."""
    controls = _controls(study)
    return [
        say(
            "Returns run {entry}, adjusted, before costs and price limits; a suspended entry or exit has none.",
            entry=say(study.summary["entry"]),
        ),
        say("Each row of a score uses what was public at its decision."),
        say(
            "t: returns over h sessions overlap, so what the decisions earned is sorted by the session that earned it, "
            "and the error is the Newey-West error of that series (Hodrick 1992, standard errors 1B; 4 (n / 100)^(2/9) "
            "lags). A |t| below 1.96 cannot be told from chance; with fewer than {n} spans without overlap no t is "
            "trusted.",
            n=f"{FEWEST_WINDOWS}",
        ),
        say(
            "Slope: by-session regressions of returns on the ranked score beside ranked controls ({controls}); the "
            "mean slope is the return of the highest rank over the lowest.",
            controls=controls,
        ),
        say("Securities that were delisted while held have no return, which flatters whatever prefers them."),
    ]


def crash_method(study: Study) -> list[str]:
    """Return what a reader has to know of a study of crash risk."""
    return [
        say(
            "Abnormal returns: daily log returns less that of all securities in equal parts, from the entry of the "
            "decision on ({entry}); windows with fewer than three quarters of their returns have no figure.",
            entry=say(study.summary["entry"]),
        ),
        say(
            "NCSKEW: skewness of a window with its sign turned. DUVOL: log of the mean square of returns below the "
            "window's mean over that of those above. Both after Chen, Hong and Stein (2001), who take six months; "
            "shorter windows are noisier. Tail: share of sessions below −1.645 deviations of the {n} sessions before "
            "the decision, which past crashes raise.",
            n=f"{PAST}",
        ),
        say("Price limits spread a crash over several sessions, which lowers its skewness."),
        say("Each row of a score uses what was public at its decision."),
        say(
            "t: windows overlap and none of their sessions has a skewness of its own, so the error is made of the "
            "slowest waves of the correlations by session, half as many as there are spans without overlap, with "
            "Student's t (Müller 2007; Lazarus and others 2018), widened so that 1.96 is the 5 % level. With fewer "
            "than {n} spans no t is trusted.",
            n=f"{FEWEST_WINDOWS}",
        ),
        say(
            "Slope: by-session regressions of crash risk on the ranked score beside ranked controls ({controls}), past "
            "skewness and volatility over {n} sessions among them.",
            controls=_controls(study),
            n=f"{PAST}",
        ),
        say("The verdict is that of NCSKEW, fixed beforehand; of three measures asked, one is beyond chance sooner."),
        say("Securities that were delisted within a window have no figure, which hides the worst crashes."),
    ]


def _controls(study: Study) -> str:
    return ", ".join(formats.idea(name) for name in study.summary["controls"]) or say("none")
