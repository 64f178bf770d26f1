"""`liangrong data show` and `liangrong data market`: what they print, write and refuse."""

import pytest
from liangrong.core.dataset.store import save
from liangrong.core.synthetic.synthetic import generate

MARKET = generate(seed=3, securities=20, sessions=290)
SYMBOL = next(symbol for symbol in MARKET.symbols if symbol.endswith(".SH"))


@pytest.fixture
def dataset(tmp_path):
    save(MARKET, [], tmp_path / "ds")
    return tmp_path / "ds"


def test_a_security_is_shown_with_its_rule_and_in_json(liangrong, content, dataset):
    code, out, err = liangrong("data", "show", "ds", SYMBOL[:6], "--rule", "balance_trend", "--page", "out/one.html")
    assert (code, err) == (0, "")
    assert out.startswith(f"{SYMBOL} on {MARKET.sessions[-1]}: close ")
    assert "seen by a decision before the open of the next session" in out
    assert "quantile: " in out
    assert (dataset.parent / "out" / "one.html").is_file()
    code, _, record = content("data", "show", "ds", SYMBOL, "--rule", "balance_trend", "--on", "2022-01-14")
    assert (code, record["date"], record["rules"][0]["rule"]) == (0, "2022-01-14", "balance_trend")
    assert {"financing_balance", "purchase_share"} <= {row["figure"] for row in record["figures"]}


@pytest.mark.usefixtures("dataset")
def test_without_a_symbol_all_are_listed_and_the_way_to_one_is_told(liangrong, content):
    code, out, _ = liangrong("data", "show", "ds")
    assert code == 0
    assert out.startswith("20 securities, ")
    command = next(line for line in out.splitlines() if line.startswith("one of them: liangrong "))
    assert liangrong(*command.removeprefix("one of them: liangrong ").split())[0] == 0
    assert len(content("data", "show", "ds")[2]["securities"]) == 20


def test_the_market_is_shown_and_its_page_written(liangrong, content, dataset):
    code, out, err = liangrong("data", "market", "ds", "--page", "market.html")
    assert (code, err) == (0, "")
    for words in ("Share of float cap", "With net purchases", "industry 1", "same period of last year", "highest"):
        assert words in out
    assert (dataset.parent / "market.html").is_file()
    record = content("data", "market", "ds")[2]
    assert len(record["days"]["date"]) == len(record["days"]["financing_balance"]) == 290


@pytest.mark.parametrize("words", [("show", "ds", SYMBOL), ("market", "ds"), ("audit", "ds")])
def test_a_page_takes_the_place_of_nothing_but_a_page(liangrong, dataset, words):
    mine = dataset.parent / "my[b].yaml"
    mine.write_text("name: mine\n", encoding="utf-8")
    code, out, err = liangrong("data", *words, "--page", mine.name)
    assert (code, out) == (2, "")
    assert "my[b].yaml exists and is no HTML page, it stays as it is: choose another name for the page" in err
    assert mine.read_text(encoding="utf-8") == "name: mine\n"
    code, out, err = liangrong("data", *words, "--page", "my[b].html")
    assert (code, err) == (0, "")
    assert words[0] == "audit" or "Page: my[b].html" in out


def test_a_page_speaks_the_language_that_is_asked_for_and_the_terminal_stays(liangrong, dataset, monkeypatch):
    def page(*more):
        code, out, err = liangrong("data", "market", "ds", "--page", "market.html", *more)
        assert (code, err) == (0, "")
        assert "Share of float cap" in out
        return (dataset.parent / "market.html").read_text(encoding="utf-8")

    assert '<html lang="en" data-colours="intl">' in page()
    assert '<html lang="zh-CN" data-colours="cn">' in page("--lang", "zh")
    monkeypatch.setenv("LIANGRONG_LANG", "zh")
    spoken = page("--colours", "intl")
    assert '<html lang="zh-CN" data-colours="intl">' in spoken
    assert "<h2>占流通市值比例</h2>" in spoken
    assert '<html lang="en" data-colours="intl">' in page("--lang", "en")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "ds", "999999"), "the data have no security '999999'"),
        (("show", "ds", SYMBOL, "--on", "2022/01/14"), "a date should be written like 2015-08-01"),
        (("show", "ds", SYMBOL, "--rule", "balance_trnd"), "balance_trend"),
        (("show", "ds", SYMBOL, "--decision", "noon"), "`decision` should be one of before_open, at_close"),
        (("show", "ds", "--page", "all.html"), "`page` is of one security"),
        (("show", "ds", SYMBOL, "--run", "demo"), "`--run` is drawn on a page: give `--page FILE` too"),
        (("show", "ds", SYMBOL, "--run", "demo", "--page", "one.html"), "there is no run `demo`"),
        (("show", "nowhere"), "nowhere is not a dataset"),
        (("market", "nowhere"), "nowhere is not a dataset"),
        (("market", "ds", "--on", "1999-01-04"), "lies before the first session"),
    ],
)
def test_what_cannot_be_shown_is_answered_in_a_line(liangrong, dataset, words, said):
    code, _, err = liangrong("data", *words)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not list(dataset.parent.glob("*.html"))
