"""Every table that is printed, at several widths: a figure is shown whole or not at all."""

import re

import pytest

RUN = """\
name: small
data: {source: synthetic, options: {seed: 3, securities: 12, sessions: 40}}
strategy: {name: buy_and_hold}
"""
FIGURE = re.compile(r"[+-]?\d[\d,.]*\d")
WIDTHS = (40, 60, 80)
LISTS = [["rules"], ["strategies"], ["tables"], ["data", "sources"], ["data", "kinds"], ["rules", "spread_zscore"]]
DATA = [["data", what, "ds"] for what in ("info", "show", "market", "facts", "audit", "leverage")]
RUNS = [["runs"], ["runs", "show", "small"], ["runs", "diff", "a", "b"]]


def figures(text: str) -> set[str]:
    return set(FIGURE.findall(text))


def fits(liangrong, monkeypatch, words) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    whole = liangrong(*words)[1]
    assert "left out at this width" not in whole
    for width in WIDTHS:
        monkeypatch.setenv("COLUMNS", str(width))
        code, out, _ = liangrong(*words)
        assert code in (0, 1)
        cut = {one for one in figures(out) - figures(whole) if len(one) > 2}
        assert cut == set(), f"{' '.join(words)} at {width}"
        assert "…" not in out or "…" in whole


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_lists(words, liangrong, monkeypatch):
    fits(liangrong, monkeypatch, words)


def test_tables_of_data(liangrong, monkeypatch):
    made = liangrong("data", "synth", "--to", "ds", "--securities", 12, "--sessions", 80, "--breaks", 0.01)
    assert made[0] == 0
    for words in DATA:
        fits(liangrong, monkeypatch, words)


@pytest.mark.slow
def test_tables_of_runs(liangrong, monkeypatch, tmp_path):
    (tmp_path / "small.yaml").write_text(RUN, encoding="utf-8")
    assert liangrong("run", "small.yaml")[0] == 0
    assert liangrong("run", "small.yaml", "--out", "a")[0] == 0
    assert liangrong("run", "small.yaml", "--out", "b", "--set", "account.cash=12_345_678")[0] == 0
    for words in RUNS:
        fits(liangrong, monkeypatch, words)
