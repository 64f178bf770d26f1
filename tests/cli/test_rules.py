"""The commands about rules and strategies, as a user calls them."""

import sys

import pytest
import yaml
from ideas.own_files import RULE, write
from liangrong.core.cli import app

MARKET = "{source: synthetic, options: {seed: 5, securities: 12, sessions: 60, start: 2022-01-04}}"


@pytest.fixture
def liangrong(capsys, monkeypatch, tmp_path):
    """Call the command with words; return its exit code, output and errors."""

    def call(*words):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr(sys, "argv", ["liangrong", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            app.main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return call


def test_rules_are_listed_with_their_claims(liangrong):
    code, out, _ = liangrong("rules")
    assert code == 0
    for name in ("spread_level", "breadth", "gate", "random_score"):
        assert f"\n{name} " in out
    assert "short_volume, float_shares" in out


def test_one_rule_is_explained_and_its_example_is_yaml(liangrong):
    code, out, _ = liangrong("rules", "net_financing_rate")
    assert code == 0
    for part in ("Claim: ", "Formula: sum(B - R, window) / sum(A, window)", "before the open of the next session"):
        assert part in out
    section = yaml.safe_load(out.split("Example:")[1])
    assert section["strategy"]["rule"] == {"name": "net_financing_rate", "parameters": {"window": 5}}


def test_strategies_are_listed_and_explained(liangrong):
    assert "threshold" in liangrong("strategies")[1]
    code, out, _ = liangrong("strategies", "threshold")
    assert code == 0
    assert "long value over equity" in out


@pytest.mark.parametrize("what", ["rules", "strategies"])
def test_an_unknown_name_is_one_clear_message(liangrong, what):
    code, out, err = liangrong(what, "nosuch")
    assert (code, out) == (2, "")
    assert "there is no" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_init_writes_and_the_look_ahead_check_passes(liangrong):
    code, out, _ = liangrong("init", "mine")
    assert code == 0
    assert "Try: liangrong run mine/my_run.yaml" in out
    code, out, _ = liangrong("lookahead", "mine/my_run.yaml", "--set", "data.options.sessions=120", "--cuts", 2)
    assert code == 0
    assert "No look-ahead found in `mine/my_rule.py:CrowdedAndFalling`" in out
    assert "Tested: 2 of 119 sessions (2" in out
    assert "Not seen: data read from elsewhere than the panel (a file, a table in the code); " in out
    assert "what shows on sessions that were not tested." in out
    code, _, err = liangrong("init", "mine")
    assert code == 2
    assert "my_run.yaml exists and stays as it is" in err


@pytest.mark.slow
def test_a_peek_is_named_and_the_exit_code_is_1(liangrong, tmp_path):
    write(tmp_path)
    text = f"name: own\ndata: {MARKET}\nstrategy: {{name: strategy.py:Best, rule: rule.py:ReadsTomorrow}}\n"
    (tmp_path / "own.yaml").write_text(text)
    code, out, err = liangrong("lookahead", "own.yaml", "--cuts", "all")
    assert code == 1
    assert "54 of 59 sessions, " in err
    assert "repetitions: about " in err
    assert "Tested: 54 of 59 sessions (2022-01-11.." in out
    assert "No history was ended before 2022-01-11: strategy or rule say that they look back 6 sessions." in out
    assert " runs, each in a process of its own, took " in out
    assert "`rule.py:ReadsTomorrow` knew the future" in out
    assert "through `close` when after 2022-" in out


def test_a_user_s_words_are_printed_as_they_stand(liangrong, tmp_path):
    made = RULE.replace("Growth of", "[red]Growth[/b] of [/i]").replace("what is", "what [bold]is[/bold] [/red]")
    (tmp_path / "mine.py").write_text(made.replace('"sessions"', '"[link]sessions[/b]"'), encoding="utf-8")
    code, out, err = liangrong("rules", "mine.py:Growth")
    assert (code, err) == (0, "")
    for words in ("[red]Growth[/b] of [/i] the", "what [bold]is[/bold] [/red] financed", "[link]sessions[/b]"):
        assert words in out


def test_the_tables_of_a_result_are_printed_as_they_stand(liangrong, monkeypatch):
    from liangrong.core.run import guide

    made = (("fills.csv", "what [red]was[/b] filled", [("price", "float", "CNY [/i]", "of [bold]a share")]),)
    monkeypatch.setattr(guide, "tables", lambda: made)
    code, out, err = liangrong("tables", "fills")
    assert (code, err) == (0, "")
    for words in ("fills.csv: what [red]was[/b] filled", "CNY [/i]", "of [bold]a share"):
        assert words in out
