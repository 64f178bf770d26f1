"""What tushare's errors mean: it raises plain `Exception` with a sentence in Chinese."""

import re

from .pace import Trouble

TOKEN = "TUSHARE_TOKEN"
"""Environment variable with the user's token."""

# Sentences about rates refer to the page about permissions (权限), so they are looked for first.
_BY_DAY = re.compile(r"每天最多访问|每日最多访问|次/天|次/日")
_BY_HOUR = re.compile(r"每小时最多访问|次/小时")
_BY_MINUTE = re.compile(r"每分钟?最多访问|次/分钟?|频率|频次|[Tt]oo many requests")
_TOKEN = re.compile(r"token", re.IGNORECASE)
_PERMISSION = re.compile(r"权限|积分|permission")


def tushare_trouble(error: Exception) -> Trouble:
    """Return what an error of tushare's client means.

    Parameters
    ----------
    error : Exception
        Such as ``抱歉，您每分钟最多访问该接口200次，权限的具体详情访问：…``.
    """
    said = str(error).strip() or type(error).__name__
    if type(error) is not Exception:  # of the network, or of reading the answer
        return Trouble("again", f"{type(error).__name__}: {said}")
    quoted = f"tushare says “{said}”."
    if _BY_DAY.search(said):
        return Trouble("stop", f"{quoted} The day's calls are used up: give the same command again tomorrow")
    if _BY_HOUR.search(said):
        return Trouble("stop", f"{quoted} The hour's calls are used up: give the same command again in an hour")
    if _BY_MINUTE.search(said):
        return Trouble("minute", f"{quoted} Give a lower `--per-minute`")
    if _TOKEN.search(said):
        return Trouble("stop", f"{quoted} Look up your token at tushare.pro and set {TOKEN} to it")
    if _PERMISSION.search(said):
        return Trouble(
            "stop",
            f"{quoted} Your account's points do not reach for this table: leave it out of `--what`, or get the points",
        )
    return Trouble("again", quoted)
