"""Studies of events from data to folder and page: planted effects, noise, real totals, odd data."""

import json
from dataclasses import replace

import liangrong as lr
import numpy as np
import pandas as pd
import pytest
from events.event_panels import eligible_panel
from events.simulated import PLAN as SIMULATED
from events.simulated import SPAN, World, drawn
from honesty import stated
from liangrong.core.config.run import Config
from liangrong.core.dataset import store
from liangrong.core.errors import ConfigError, DataError, DateError, OutputError
from liangrong.core.events.event_design import EventDesign
from liangrong.core.events.event_rows import MARKET, Event, list_events
from liangrong.core.events.outcome import TABLES, event_study
from liangrong.core.events.page import render
from liangrong.core.events.placebo import placebo_of
from liangrong.core.events.study_of_events import design_of
from liangrong.core.events.terminal import events_table
from liangrong.core.events.verdict import judged
from liangrong.core.study.command import configured

PLAN = EventDesign(before=5, after=10, estimation=40, placebos=200)


def spans(made, kind, against, span="day 0 and after"):
    table = made.tables["spans"]
    return table[(table["kind"] == kind) & (table["against"] == against) & (table["span"] == span)].iloc[0]


@pytest.fixture(scope="module")
def planted():
    panel = eligible_panel(effect=0.01)
    return event_study(panel, list_events(panel), PLAN, "lists")


def test_a_planted_rise_is_found_and_its_size_is_about_right(planted):
    for against in ("matched", "equal"):
        row = spans(planted, "financing entry", against)
        assert row["events"] == 8
        assert row["mean"] == pytest.approx(0.11, abs=0.05)  # eleven sessions of 1 %; 2 % a session of noise
        assert row["placebo_share"] == 0.0
    assert planted.kinds[0]["verdict"] == "rise"
    assert "8 events on 8 days were followed by +" in planted.words
    assert "beyond chance." in planted.words


def test_noise_is_not_shown():
    verdicts = []
    for seed in range(12):
        panel = eligible_panel(seed=seed + 1)
        made = event_study(panel, list_events(panel), PLAN, "lists")
        verdicts += [one["verdict"] for one in made.kinds]
    assert len(verdicts) == 12
    assert verdicts.count("not shown") >= 10


def test_the_mean_against_equal_weight_is_that_of_pandas(planted):
    panel = eligible_panel(effect=0.01)
    frame, sums = panel.frame("close").pct_change(), []
    rows = [80 + 4 * j for j in range(8)]
    quiet = frame.copy()
    for j, t in enumerate(rows):
        quiet.iloc[t - 5 : t + 11, j] = np.nan
    for j, t in enumerate(rows):
        others = quiet.drop(columns=panel.symbols[j]).mean(axis=1)
        sums.append((frame.iloc[:, j] - others).iloc[t : t + 11].sum())
    assert spans(planted, "financing entry", "equal")["mean"] == pytest.approx(np.mean(sums))
    assert spans(planted, "financing entry", "equal")["median"] == pytest.approx(np.median(sums))


def test_events_that_cannot_be_used_are_counted_by_reason():
    panel = eligible_panel()
    close = panel["close"].copy()
    close[78:105, 4] = np.nan  # suspended around its event
    events = [Event(3, 0, "e"), Event(90, 1, "e"), Event(95, 1, "e"), Event(30, 2, "e"), Event(90, 4, "e")]
    made = event_study(
        panel.with_fields({"close": close}), [*events, Event(155, 5, "e")], replace(PLAN, against="equal"), "x"
    )
    assert made.kinds[0]["left_out"] == {"window": 2, "repeated": 1, "trades": 1}
    assert made.kinds[0]["events"] == 2
    days = panel.sessions[[3, 155]]
    names = f"{days[0]} 600000.SH e, {days[1]} 600005.SH e"
    assert f"Events left out because their window leaves the data: 2 ({names})." in made.notes
    table = made.tables["events"]
    assert len(table) == 6
    why = table[table["left_out"] != ""].groupby("left_out")["symbol"].apply(list).to_dict()
    assert why["their window leaves the data"] == ["600000.SH", "600005.SH"]
    assert "their window leaves the data" in render(made)
    assert table.loc[table["left_out"] != "", "after"].isna().all()


def test_placebo_windows_are_away_from_the_events_seeded_and_all_that_there_are():
    windows = drawn(World(events=6, one_day=True), seed=4)
    found = placebo_of(windows, SIMULATED)
    assert np.array_equal(found.means, placebo_of(windows, SIMULATED).means)
    few = replace(SIMULATED, placebos=100)
    assert len(placebo_of(windows, few).means) <= 100
    day, count = int(windows.days[0]), windows.sums.shape[1]
    rows = [t for t in range(SIMULATED.before + 1, count - SIMULATED.after) if abs(t - day) > SIMULATED.width - 1]
    means = (windows.sums / np.maximum(windows.counts, 1.0))[0]
    expected = sorted(means[t : t + SIMULATED.after + 1].sum() for t in rows)
    np.testing.assert_allclose(np.sort(found.means[:, SPAN].sum(axis=1)), expected)
    assert found.share(float(np.median(np.abs(expected))), SPAN) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("figures", "verdict", "test"),
    [
        ({"adjusted": 3.0, "portfolio": 0.1, "days": 9}, "rise", "adjusted"),
        ({"adjusted": -3.0, "portfolio": 0.1, "days": 9}, "fall", "adjusted"),
        ({"adjusted": 3.0, "portfolio": 0.1, "days": 1}, "not shown", "portfolio"),
        ({"adjusted": 1.0, "portfolio": 9.1, "days": 1}, "not shown", "adjusted"),
        ({"adjusted": np.nan, "portfolio": -2.5, "days": 1, "events": 1}, "fall", "rank"),
        ({"adjusted": 3.0, "portfolio": 3.0, "days": 9, "placebo_share": 0.06}, "not shown", "adjusted"),
        ({"adjusted": 3.0, "portfolio": 3.0, "days": 9, "placebo_share": 0.5, "placebos": 5}, "rise", "adjusted"),
        ({"adjusted": np.nan, "portfolio": np.nan, "days": 0, "events": 0}, "no answer", "portfolio"),
        ({"adjusted": 3.0, "portfolio": 3.0, "rank": -2.0, "days": 9, "events": 9}, "not shown", "rank"),
    ],
)
def test_few_days_are_judged_by_the_weaker_of_two_tests(figures, verdict, test):
    sign = np.sign(figures["portfolio"])
    plain = {"events": 19, "placebos": 100, "placebos_apart": 9, "placebo_share": 0.0, "cross": np.nan}
    found = judged({**plain, "rank": sign * 2.0, **figures})
    assert (found["verdict"], found["test"]) == (verdict, test)


def test_on_real_totals_the_market_bought_less_on_margin_from_2015_11_23_on(real):
    table = pd.read_csv(real / "ashare_market" / "clean.csv", parse_dates=["date"]).drop_duplicates("date")
    fields = {name: table[[key]].to_numpy(float) for name, key in (("close", "close"), ("financing_balance", "rzye"))}
    fields["financing_buy"] = table[["rzmre"]].to_numpy(float)
    days = table["date"].to_numpy().astype("datetime64[D]")
    panel = lr.Panel(sessions=days, symbols=("000300.SH",), fields=fields)
    (row,) = np.flatnonzero(days == np.datetime64("2015-11-23"))
    made = event_study(panel, [Event(int(row), MARKET, "raised")], EventDesign(before=10, after=10), "rulebook")
    market = {row["gauge"]: row for row in made.tables["market"].to_dict("records")}
    assert [market["B/F"][name] for name in ("first", "last")] == pytest.approx([0.174, 0.060], abs=5e-4)
    published = {"first": 0.174, "last": 0.060}
    stated("totals_event", sum(round(market["B/F"][name], 3) == value for name, value in published.items()), 2)
    assert market["B/F"]["larger"] < 0.03
    # What is owed rose by 4 % between the same sessions, and fell by 5 % from the eve on.
    assert market["financing balance"]["change"] == pytest.approx(0.044, abs=5e-4)
    assert market["financing balance"]["change_from_eve"] == pytest.approx(-0.046, abs=5e-4)
    assert "B/F of the market went from 0.174 (10 sessions before)" in made.words


@pytest.mark.slow
def test_on_real_data_220_names_entered_a_list_on_one_day(real, tmp_path):
    lr.import_data("twse", [real / "twse" / "ohlcv.parquet", real / "twse" / "margin.parquet"], tmp_path / "twse")
    made = lr.study_events("lists", tmp_path / "twse")
    entries = made.kinds[0]
    assert (entries["kind"], entries["days"]) == ("financing entry", 7)
    assert abs(spans(made, "financing entry", "matched")["cross"]) > abs(entries["t"])  # many of one day are few
    assert entries["verdict"] == "not shown"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("events")
    store.save(eligible_panel(effect=0.01), [], place / "ds")
    return place


def test_a_folder_is_written_whole_with_tables_page_and_summary(folder):
    made = lr.study_events("lists", folder / "ds", before=5, after=10, out=folder / "out")
    assert {path.name for path in (folder / "out").iterdir()} == {
        *(f"{name}.csv" for name in TABLES),
        *("summary.json", "report.html"),
    }
    summary = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["kinds"][0]["verdict"] == made.kinds[0]["verdict"] == "rise"
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "What followed events: lists" in page
    assert "chart-path-1" in page
    assert "src=" not in page
    assert "8 events on 8 days" in repr(made) + made.words
    assert made.as_record()["path"][0]["day"] == -5
    path = made.paths()[0][1]
    assert path["cumulative"].iloc[-1] == pytest.approx(path["mean"].sum())
    (folder / "mine").mkdir()
    (folder / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(OutputError, match=r"letter\.txt, which no study of events wrote"):
        lr.study_events("lists", folder / "ds", out=folder / "mine")


def test_a_page_speaks_chinese_and_names_of_a_file_do_no_harm():
    panel = eligible_panel()
    made = event_study(panel, [Event(90, j, "<b>&{x}") for j in range(6)], replace(PLAN, against="equal"), "<i>")
    with lr.speaking("zh"):
        page = render(made)
    assert "事件之后的表现" in page
    assert "<b>&" not in page
    assert "&lt;b&gt;&amp;{x}" in page


def test_data_without_prices_with_one_security_or_one_session_have_one_answer():
    panel = eligible_panel()
    only = lr.Panel(
        sessions=panel.sessions, symbols=panel.symbols, fields={"financing_balance": panel["financing_balance"]}
    )
    made = event_study(only, [Event(80, MARKET, "event")], PLAN, "own")
    assert made.notes == ("The data have no prices: balances only.",)
    assert len(made.tables["market"]) == 1
    assert "What followed" in render(made)
    with pytest.raises(DataError, match=r"need at least 3 others to measure them against, the data have 0"):
        event_study(panel.select(panel.symbols[:1]), [Event(80, 0, "event")], PLAN, "own")
    one = panel.window(panel.sessions[0], panel.sessions[0])
    found = event_study(one, [Event(0, MARKET, "event")], PLAN, "own")
    assert found.kinds[0]["verdict"] == "no answer"
    assert "too few for an answer" in found.words
    assert render(found)


def test_what_cannot_be_is_said(folder):
    with pytest.raises(ConfigError, match="`events` should be lists, rulebook or a CSV file, got 'list': did you mean"):
        lr.study_events("list", folder / "ds")
    with pytest.raises(DateError, match="no margin ratio changed over 2023-01-03"):
        lr.study_events("rulebook", folder / "ds", end="2023-03-01")
    with pytest.raises(ConfigError, match="`against` industry cannot be: the data have no field `industry`"):
        lr.study_events("lists", folder / "ds", against="industry")
    with pytest.raises(ConfigError, match="`before` should be from 1 to 120"):
        lr.study_events("lists", folder / "ds", before=0)
    with pytest.raises(ConfigError, match=r"`--set seeds` is none of .*: did you mean `seed`"):
        design_of({"seeds": "4"})
    config, _ = configured(folder / "ds", None)
    assert isinstance(config, Config)


def test_terminal_and_page_match_days_to_kinds_and_tell_no_share_of_too_few_placebo_windows():
    from rich.console import Console

    panel = eligible_panel()
    panel = panel.window(None, panel.sessions[89])
    made = event_study(panel, [Event(75, MARKET, "cut"), Event(78, MARKET, "crash")], PLAN, "own")
    assert made.kinds[0]["placebos"] < 20
    assert np.isfinite(made.tables["spans"]["placebo_share"]).any()
    console = Console(width=80, record=True)
    console.print(events_table(made))
    shown = console.export_text()
    assert "cut: the market around the days" in shown
    assert "crash: the market around the days" in shown
    assert "F is what is owed" in shown
    row = next(line for line in shown.splitlines() if line.startswith("own mean  day 0 and after"))
    assert row.split()[10:12] == ["%", "–"]
    page = render(made)
    assert "1 events" not in page + shown
    assert "the only event" in shown
    spans = made.tables["spans"]
    np.testing.assert_allclose(spans["raw"] - spans["benchmark"], spans["mean"])
    own = spans[(spans["kind"] == "cut") & (spans["against"] == "own mean") & (spans["span"] == "day 0")].iloc[0]
    assert own["raw"] == pytest.approx(panel.frame("close").pct_change().iloc[75].mean())
