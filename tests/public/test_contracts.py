"""The contract checks: each finds its bad example, says so in a sentence, and leaves the good ones alone."""

import liangrong as lr
import numpy as np
import pytest
from liangrong import contract
from liangrong.core.sources import SOURCES, Finding, Imported, Source
from liangrong.strategies import STRATEGIES
from liangrong.strategies.rules import RULES
from liangrong.testing import ContractError, check_rule, check_source, check_strategy
from oracles.rules_suite import rule
from public import bad_ideas as bad

RULES_THAT_BREAK = {
    bad.Peeks: "`Peeks` knew the future, on a history that ends on",
    bad.MarksTheLastOfAMonth: "`MarksTheLastOfAMonth` knew the future, on a history that ends on",
    bad.PeeksOnce: "`PeeksOnce` knew the future, on a history that ends on",
    bad.KnowsTheLength: "`KnowsTheLength` knew the future",
    bad.Fills: "`Fills` should have no opinion of a security of which its fields know nothing, got 0 for",
    bad.CountsTheUnknown: "`CountsTheUnknown` counts a security of which its fields know nothing: expected",
    bad.NeedsMore: "on a panel of financing_balance alone, got DataError: the panel has no field `close`",
    bad.ReadsMore: r"`ReadsMore` reads other fields than it says it needs \(financing_balance\): expected",
    bad.GivesAView: "`GivesAView` should be its own array, it is a view of `financing_balance`: copy it",
    bad.Draws: "`Draws` is not deterministic: expected",
    bad.Narrow: r"`Narrow` should give float64 \(300, 16\) on the panel, got float64 \(300,\)",
    bad.Whole: r"`Whole` should give float64 \(300, 16\) on the panel, got int64 \(300, 16\)",
    bad.Boundless: "`Boundless` should give numbers or NaN on the panel, got -?inf in row",
    bad.Silent: "`Silent` should have an opinion somewhere on the panel, got NaN in every cell",
    bad.Fails: r"`Fails` should give float64 \(300, 16\) on the panel, got KeyError: 'nothing'",
    bad.Unworded: "`more` of rule `Unworded` should say what it does, with its unit, got no words",
    bad.OutOfBounds: "`OutOfBounds` should have defaults that fit: `more` .* at least 2, got 1",
    bad.UpsideDown: "`UpsideDown` should have defaults that fit",
    bad.Unknown: "`Unknown` needs the field `mood`",
    int: "a rule should be a subclass of Rule, or an object of one, got <class 'int'>",
}


@pytest.mark.parametrize("found", RULES_THAT_BREAK, ids=lambda found: found.__name__)
def test_a_rule_that_breaks_its_contract(found, monkeypatch):
    monkeypatch.setattr(contract, "SECONDS", 1e6)  # every length, on a busy machine too
    with pytest.raises(ContractError, match=RULES_THAT_BREAK[found]) as told:
        check_rule(found)
    assert len(str(told.value).splitlines()) == 1


def test_the_future_is_looked_for_at_ends_of_months_where_not_every_length_fits_the_time(monkeypatch):
    monkeypatch.setattr(contract, "SECONDS", 0.0)
    sessions = lr.testing.sample_panel().sessions
    asked = contract.cuts(sessions, lambda: None)
    months = sessions.astype("datetime64[M]")
    assert any(months[end] != months[end - 1] for end in asked)
    assert {1, 4, 21, 64, 150, 299} <= set(asked)
    assert asked == sorted(set(asked))
    assert 6 <= len(asked) <= 10
    with pytest.raises(ContractError, match="`MarksTheLastOfAMonth` knew the future"):
        check_rule(bad.MarksTheLastOfAMonth)


def test_a_rule_that_writes_into_the_panel():
    panel = lr.testing.sample_panel()
    own = panel.with_fields({"financing_balance": panel["financing_balance"].copy()})
    with pytest.raises(
        ContractError, match="`Writes` should leave the panel as it is, it wrote into `financing_balance`"
    ):
        check_rule(bad.Writes, own)


def test_a_rule_of_a_function_cannot_go_to_another_process():
    class Local(bad.Good):
        """Nobody can import it."""

    with pytest.raises(
        ContractError, match=r"rule `Local` should pass to another process, pickle says .*: define it at"
    ):
        check_rule(Local)


def test_good_ones_pass_and_a_panel_of_ones_own_is_taken():
    check_rule(bad.Good)
    check_rule(bad.Good(sessions=3))
    check_strategy(bad.Target, {"weight": 0.3})
    lean = lr.testing.sample_panel().select(lr.testing.sample_panel().symbols[:4])
    check_rule(bad.Good, lean)


STRATEGIES_THAT_BREAK = {
    bad.TargetPeeks: "`TargetPeeks` knew the future, on a history that ends on .*: expected",
    bad.TargetMarksTheLastOfAMonth: "`TargetMarksTheLastOfAMonth` knew the future, on a history that ends on",
    bad.TargetWritesScore: "`TargetWritesScore` should leave its setting as it is, it wrote into `score`",
    bad.TargetReadsMore: "`TargetReadsMore` reads other fields than it says it needs",
    bad.TargetDraws: "`TargetDraws` is not deterministic",
    bad.TargetWantsTheUnknown: "should want nothing of a security without rows, got the weight 0.2 for",
    bad.TargetNarrow: r"`TargetNarrow` should give float64 \(293, 16\) on the panel, got float64 \(292",
    bad.TargetUnknown: "`TargetUnknown` needs the field `mood`",
    bad.TargetOutOfBounds: "the default of a parameter should be a value that it takes: `weight` .* got 2.0",
    int: "a strategy should be a subclass of MarginStrategy, got <class 'int'>",
}


@pytest.mark.parametrize("found", STRATEGIES_THAT_BREAK, ids=lambda found: found.__name__)
def test_a_strategy_that_breaks_its_contract(found, monkeypatch):
    monkeypatch.setattr(contract, "SECONDS", 1e6)
    with pytest.raises(ContractError, match=STRATEGIES_THAT_BREAK[found]):
        check_strategy(found)


def test_parameters_that_a_strategy_does_not_have():
    with pytest.raises(
        ContractError, match=r"should take its own defaults and the given parameters: .*no parameter `wait`"
    ):
        check_strategy(bad.Target, {"wait": 1})


@pytest.mark.slow
def test_a_strategy_that_decides_session_by_session_goes_through_the_look_ahead_check():
    with pytest.raises(ContractError, match="`EventPeeks` knew the future: orders of"):
        check_strategy(bad.EventPeeks, panel=lean_market())
    check_strategy(bad.Event, panel=lean_market())


EVENTS_THAT_READ_MORE = {
    bad.EventNeedsMore: "on a panel of .* alone, got .*no field `financing_balance`",
    bad.EventReadsMore: "expected the orders buy 1,000 for .*, got buy 2,000",
}


@pytest.mark.slow
@pytest.mark.parametrize("found", EVENTS_THAT_READ_MORE, ids=lambda found: found.__name__)
def test_a_strategy_that_decides_session_by_session_and_reads_more_than_it_says(found):
    match = rf"`{found.__name__}` reads other fields than it says it needs \('close',\): {EVENTS_THAT_READ_MORE[found]}"
    with pytest.raises(ContractError, match=match):
        check_strategy(found, panel=lean_market())


@pytest.mark.slow
def test_a_strategy_that_decides_session_by_session_may_read_what_every_run_derives():
    check_strategy(bad.EventSaysWhatItNeeds, panel=lean_market())


def lean_market():
    panel = lr.testing.sample_panel()
    return panel.select(panel.symbols[:4]).window(panel.sessions[5], panel.sessions[64])


# ---- ours ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RULES)
def test_every_rule_of_ours_keeps_its_contract(name, monkeypatch):
    monkeypatch.setattr(contract, "SECONDS", 0.2)  # the slow one looks at every length
    check_rule(rule(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
def test_every_rule_of_ours_keeps_its_contract_at_every_length(name):
    check_rule(rule(name))


@pytest.mark.parametrize("name", [name for name, found in STRATEGIES.items() if issubclass(found, lr.TargetStrategy)])
def test_every_form_of_ours_keeps_its_contract(name, monkeypatch):
    monkeypatch.setattr(contract, "SECONDS", 0.2)
    check_strategy(STRATEGIES[name])


# ---- sources ------------------------------------------------------------------------------------------------------

BARS = "day,code,open,high,low,close,volume\n2024-03-0{day},{code},10,10.5,9.5,10,1000\n"
DETAILS = "日期,标的证券代码,融资余额(元),融资买入额(元),融资偿还额(元),融券余量,融券卖出量,融券偿还量\n"
FILES = {
    "ohlcv": [BARS.format(day=4, code="600000"), BARS.format(day=5, code="600001")],
    "sse_margin": [f"{DETAILS}2018-03-0{day},60051{day},1000,100,50,200,10,5\n" for day in (1, 2)],
}


@pytest.fixture
def files(tmp_path):
    def write(texts):
        paths = [tmp_path / f"part{number}.csv" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        return paths

    return write


@pytest.mark.parametrize("name", FILES)
def test_sources_of_ours_keep_their_contract(name, files):
    check_source(name, files(FILES[name]))


def panel(**fields):
    given = {"close": [[10.0], [11.0]], **fields}
    days = np.array(["2024-03-04", "2024-03-05"], dtype="datetime64[D]")
    arrays = {name: np.array(values, dtype=float) for name, values in given.items()}
    return lr.Panel(sessions=days, symbols=("600000.SH",), fields=arrays, source="mine")


def reads(result, refuses=True):
    """Return a source that gives `result`, and refuses what is empty or absent if it should."""

    def read(paths):
        if refuses and not all(path.is_file() and path.stat().st_size for path in paths):
            raise lr.DataError("nothing to read")
        return result(paths) if callable(result) else result

    return Source(name="mine", description="files of mine", read=read)


def fails_on_what_is_empty(paths):
    if not all(path.stat().st_size for path in paths):
        raise ZeroDivisionError
    return Imported(panel(), ())


def found(kept, **changes):
    return Imported(kept if not changes else panel(**changes), ())


FINDING = Finding(kind="odd", count=0, detail="nothing")
SOURCES_THAT_BREAK = {
    "nothing": (reads(None), "should return a panel and its findings, got NoneType"),
    "finding": (reads(Imported(panel(), (FINDING,))), "should return findings with kind, detail and a count above 0"),
    "price": (
        reads(found(None, close=[[10.0], [0.0]])),
        "`close` of source `mine` should be a number above 0, or NaN, got 0 for 600000.SH on 2024-03-05",
    ),
    "flag": (reads(found(None, is_st=[[0.0], [2.0]])), "`is_st` of source `mine` should be 0, 1 or NaN, got 2"),
    "balance": (reads(found(None, financing_balance=[[1.0], [-1.0]])), "should be 0 or more, or NaN, got -1"),
    "empty field": (
        reads(found(None, volume=[[np.nan], [np.nan]])),
        "`volume` of source `mine` should have an observation",
    ),
    "bars": (reads(found(None, high=[[1.0], [1.0]], low=[[1.0], [2.0]])), "should give a high above the low"),
    "unsaid": (
        reads(Imported(lr.Panel(sessions=panel().sessions, symbols=("600000.SH",), fields=panel().fields), ())),
        "its source in words",
    ),
    "symbol": (
        reads(
            Imported(
                lr.Panel(sessions=panel().sessions, symbols=("sh600000",), fields=panel().fields, source="mine"), ()
            )
        ),
        "should spell symbols as 600519.SH, got 'sh600000'",
    ),
    "order": (
        reads(lambda paths: found(None, close=[[10.0], [float(paths[0].name[4]) + 1.0]])),
        "when the files come in another order: expected 1 as `close` of 600000.SH on 2024-03-05, got 2",
    ),
    "second": (
        reads(lambda _: found(None, close=[[10.0], [next(bad.COUNTER) + 1.0]])),
        "gives something else the second time",
    ),
    "takes all": (
        reads(Imported(panel(), ()), refuses=False),
        "should refuse an empty file with DataError, got Imported",
    ),
    "wrong error": (
        Source(
            name="mine",
            description="x",
            read=fails_on_what_is_empty,
        ),
        "should refuse an empty file with DataError, got ZeroDivisionError",
    ),
    "undescribed": (
        Source(name="mine", description=" ", read=reads(None).read),
        "should say in one line what it reads",
    ),
    "fails": (reads(lambda _: {}["nothing"]), "should read the files, got KeyError"),
    "unknown": ("no_source", "a source should be a Source, or the name of a known one, got 'no_source'"),
}


@pytest.mark.parametrize("case", SOURCES_THAT_BREAK)
def test_a_source_that_breaks_its_contract(case, files):
    source, match = SOURCES_THAT_BREAK[case]
    with pytest.raises(ContractError, match=match):
        check_source(source, files(["a\n", "b\n"]))


def test_the_real_files_of_folders_and_other_sources(real):
    assert {"twse", "ashare"} <= set(SOURCES)
    check_source("twse", real / "twse")
