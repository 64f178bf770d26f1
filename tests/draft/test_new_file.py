"""A configuration from answers: each is judged at once, and what is written runs."""

import textwrap

import pytest
from liangrong.core.config.yaml_file import load
from liangrong.core.dataset import manifest, store
from liangrong.core.draft import found_data as finding
from liangrong.core.draft.draft import Draft
from liangrong.core.draft.found_data import found_data
from liangrong.core.draft.new_file import check_target, write_new
from liangrong.core.draft.questions import QUESTIONS, answered
from liangrong.core.errors import ConfigError, LiangrongError
from liangrong.core.run.engines import run
from liangrong.core.synthetic import synthetic

SMALL = Draft()
SHORT = {"data": "data/small", "period": "2021-03-01.."}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the working folder, with a dataset below it."""
    monkeypatch.chdir(tmp_path)
    store.save(synthetic.generate(securities=8, sessions=90), [], tmp_path / "data" / "small")
    return tmp_path


def typing(*answers):
    """Return what types these answers, then Enter for ever, and what was shown."""
    left, told = list(answers), []

    def ask(prompt):
        told.append(prompt)
        return left.pop(0) if left else ""

    return ask, told


def written(file, *answers, width=80, **given):
    ask, told = typing(*answers)
    write_new(file, given, ask, told.append, width)
    return load(file), "\n".join(told)


def test_answers_become_a_configuration_that_runs(folder):
    file = folder / "below" / "mine.yaml"
    answers = ("1", "all", "spread_level", "spread", "1.3", "0.4", "2e6", "2021-02-01..2021-04-30", "0.06,0.09")
    config, _ = written(file, *answers)
    assert (config.name, config.strategy.name) == ("mine", "quantile")
    assert "path: ../data/small # " in file.read_text(encoding="utf-8")
    expected = {"quantile": 0.5, "minimum": 1, "rebalance": "monthly", "long_weight": 1.3, "short_weight": 0.4}
    assert config.strategy.parameters == expected
    account = config.account
    assert (account.cash, account.financing_rate, account.borrow_rate) == (2e6, 0.06, 0.09)
    assert (str(config.window.start), str(config.window.end)) == ("2021-02-01", "2021-04-30")
    kinds = set(
        run(config.model_copy(update={"execution": load(file, ["execution.engine=compiled"]).execution})).fills["kind"]
    )
    assert {"margin_buy", "short_sell"} <= kinds


@pytest.mark.parametrize(
    ("strategy", "weights"), [("long", {"long_weight": 1.5}), ("short", {"long_weight": 0, "short_weight": 0.3})]
)
def test_only_what_the_strategy_has_is_asked(folder, strategy, weights):
    config, told = written(folder / "x.yaml", strategy=strategy, rates="rates_by_year", **SHORT)
    assert {key: value for key, value in config.strategy.parameters.items() if key.endswith("_weight")} == weights
    assert ("Short value" in told, "Long value" in told) == (strategy == "short", strategy == "long")
    assert "[synthetic]" not in told
    assert config.account.preset == "rates_by_year"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("place", "answer", "told"),
    [
        ("data", "nowhere", "No: nowhere is not a dataset"),
        ("data", "7", "No: should be synthetic, the folder of a dataset, or 1 to 1, got 7"),
        ("universe", "000001.XX", "No: the data have no 000001.XX: "),
        ("universe", "000300.SH", "or an index such as 000300.SH, whose members the data tell"),
        ("universe", ",", "No: should be all, symbols with commas such as "),
        ("rule", "spread_levl", "No: there is no rule `spread_levl`: did you mean `spread_level`, "),
        ("rule", "gate", "No: "),
        ("strategy", "both", "No: should be long, short, spread, got 'both'"),
        ("rule", "spread", "`spread_level`"),
        ("leverage", "8", "at most 3, got 8.0\n"),
        ("leverage", "0", "No: should be above 0: a side without weight is none"),
        ("leverage", "nan", "No: should be a number such as 1_000_000, 100万 or 0.05, got 'nan'"),
        ("cash", "-1", "No: `account.cash`: input should be greater than 0, got -1"),
        ("cash", "1,5", "No: should be a number such as 1_000_000, 100万 or 0.05, got '1,5'"),
        ("cash", "0.3", "No: should suffice for one lot: the cheapest of these data is "),
        ("period", "2021", "No: should be all, or two days such as 2021-06-01..2022-06-01, got '2021'"),
        ("period", "1999-01-04..1999-02-01", "No: no session lies between 1999-01-04 and 1999-02-01"),
        ("period", "2021-03-01..2021-02-01", "should not lie after `end`"),
        ("rates", "cheap", "No: should be list, rates_2010"),
        ("rates", "6,9", "write 0.06 for 6 %"),
    ],
)
def test_what_cannot_be_meant_is_said_at_once_and_asked_again(place, answer, told):
    given = {one.name: one.default(SMALL) for one in QUESTIONS if one.weight != "short_weight"}
    given = {**given, "data": "data/small", place: None}
    ask, shown = typing(answer)
    answered(given, ask, shown.append, 1_000, draft := Draft())
    assert told in "\n".join(shown) + "\n"
    assert "\n".join(shown).count("combine") == 0  # the names are not listed again
    answered({**given, place: None}, typing()[0], print, 80, clean := Draft())
    assert {**vars(draft), "panel": None, "held": None} == {**vars(clean), "panel": None, "held": None}
    with pytest.raises(LiangrongError, match=f"^`--{place}`: "):
        answered({**given, place: answer}, None, print, 80, Draft())


def test_an_option_without_meaning_and_answers_that_do_not_go_together(folder):
    with pytest.raises(ConfigError, match="`--short` has no meaning for the strategy long: leave it out"):
        write_new(folder / "z.yaml", {"short": "0.3"}, None, print, 80)
    given = {"data": "data/small", "period": "..2021-01-11", "rule": "spread_zscore"}  # whose window is longer
    with pytest.raises(LiangrongError):
        write_new(folder / "z.yaml", given, None, print, 80)
    # universe, strategy, leverage, period, rates; then which answer is to change, and that one alone
    ask, told = typing("", "", "", "..2021-01-11", "", "nothing", "", "2021-03-01..")
    write_new(folder / "z.yaml", {**given, "cash": "2e6", "period": None}, ask, told.append, 80)
    assert sum("These answers do not go together" in line for line in told) == 1
    assert ask("") == ""
    shown = "\n".join(told)
    assert "No: should be one of universe, strategy, leverage, period, rates" in shown
    assert (shown.count("Securities?"), shown.count("Period?")) == (1, 2)
    assert load(folder / "z.yaml").window.end is None


@pytest.mark.usefixtures("folder")
def test_an_answer_that_does_not_fit_a_changed_one_is_asked_again():
    draft = Draft()
    first = answered({"data": "data/small"}, typing("", "spread_level", "short")[0], print, 80, draft)
    assert first["rule"] == "spread_level"
    assert "leverage" not in first
    kept = {**first, "universe": "600000.XX", "strategy": "spread"}
    ask, told = typing()
    again = answered({"data": "data/small"}, ask, told.append, 80, Draft(), kept)
    assert again == {**kept, "universe": "all", "leverage": "1.2"}
    assert "600000.XX does not fit any more" in "\n".join(told)


def test_a_file_that_is_there_stays_unless_its_owner_says_so(folder):
    file = folder / "mine.yaml"
    check_target(file, False, None)
    file.write_text("mine", encoding="utf-8")
    for ask in (None, typing("n")[0], typing("")[0]):
        with pytest.raises(ConfigError, match=r"mine\.yaml exists and stays as it is"):
            check_target(file, False, ask)
    check_target(file, True, None)
    check_target(file, False, typing("Yes")[0])
    for name in ("mine", "my run.yaml", "mine.csv", ".yaml"):
        with pytest.raises(ConfigError, match=r"the file should be called NAME\.yaml"):
            check_target(folder / name, False, None)
    (folder / "x.yaml").mkdir()
    with pytest.raises(ConfigError, match="is a folder"):
        check_target(folder / "x.yaml", True, None)


def test_an_interruption_leaves_nothing(folder):
    def ask(prompt):
        if "1.5" in prompt:
            raise KeyboardInterrupt
        return ""

    with pytest.raises(KeyboardInterrupt):
        write_new(folder / "z.yaml", {"data": "data/small"}, ask, print, 80)
    assert [path.name for path in folder.iterdir()] == ["data"]


@pytest.mark.parametrize("width", [40, 71, 72, 200])
def test_what_is_shown_fits_the_terminal(folder, width):
    ask, told = typing()
    write_new(folder / "x.yaml", {"data": "data/small"}, ask, told.append, width)
    lines = [line for text in told for line in text.splitlines()]
    assert max(map(len, lines)) <= width
    assert "spread_level" in [line.split()[0] for line in lines if line.strip()]


def test_datasets_are_found_and_what_is_none_is_passed_over(folder, monkeypatch):
    (folder / "broken").mkdir()
    (folder / "broken" / manifest.NAME).write_text("{", encoding="utf-8")
    deep = folder / "a" / "b" / "c" / "d"
    deep.mkdir(parents=True)
    (folder / ".hidden").mkdir()
    (folder / "loop").symlink_to(folder)
    (found,) = found_data(folder)
    assert found.path == folder / "data" / "small"
    assert found.words.startswith("8 securities, 90 sessions 2021-01-04..")
    monkeypatch.setattr(finding, "FOLDERS", 2)
    assert found_data(folder) == []


def test_symbols_and_a_rule_of_ones_own(folder):
    (folder / "my_rule.py").write_text(
        textwrap.dedent('''
        import liangrong as lr

        class Mine(lr.Rule):
            """Mine.

            Claim: none.
            """

            NEEDS = ("close",)

            def score(self, panel):
                return panel["close"]
        '''),
        encoding="utf-8",
    )
    draft = Draft()
    draft.take_data("data/small")
    assert draft.panel is not None
    symbols = draft.panel.symbols[:3]
    given = {**SHORT, "universe": ", ".join(symbols), "rule": "my_rule.py:Mine"}
    write_new(folder / "below" / "x.yaml", given, None, print, 80)
    config = load(folder / "below" / "x.yaml")
    assert (config.universe.symbols, config.description) == (list(symbols), "Long by Mine.")
    assert config.strategy.rule is not None
    assert config.strategy.rule.name == str(folder / "my_rule.py:Mine")
