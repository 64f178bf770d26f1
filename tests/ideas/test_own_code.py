"""Code of a user's file: whatever it does, the command ends with its place, and what it prints is no answer."""

import os

import pytest
from liangrong.core.cli.console import working
from liangrong.core.config.run import RuleConfig
from liangrong.core.errors import ConfigError
from liangrong.core.ideas.registry import resolve_rule
from liangrong.core.run.scores import rule_score
from liangrong.core.synthetic.synthetic import generate

HEAD = '''"""Rules that misbehave."""
import os, sys
import liangrong as lr

class Own(lr.Rule):
    """Own.

    Claim: none.
    """

    NEEDS = ("close",)

    def score(self, panel):
'''


def scored(tmp_path, body):
    path = tmp_path / f"rule_{abs(hash(body))}.py"
    path.write_text(HEAD + body, encoding="utf-8")
    return rule_score(resolve_rule(RuleConfig(name=f"{path}:Own")), generate(sessions=5, securities=3, seed=1))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("        sys.exit(0)\n", r"failed at rule_\d+\.py:14: SystemExit: 0"),
        ("        raise BaseException('x')\n", r"failed at rule_\d+\.py:14: BaseException: x"),
        (
            "        class E(Exception):\n            def __str__(self):\n"
            "                raise RuntimeError\n        raise E\n",
            "E, whose own text cannot be made",
        ),
        ("        return 1\n    def __init__(self):\n        raise ValueError('made')\n", "ValueError: made"),
    ],
)
def test_what_it_raises_is_told_with_its_place(tmp_path, body, told):
    with pytest.raises(ConfigError, match=told):
        scored(tmp_path, body)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, MemoryError])
def test_what_is_none_of_its_faults_passes(tmp_path, raised):
    with pytest.raises(raised):
        scored(tmp_path, f"        raise {raised.__name__}\n")


def test_the_working_folder_stays(tmp_path):
    before = os.getcwd()
    scored(tmp_path, "        os.chdir('/')\n        return panel['close']\n")
    assert os.getcwd() == before


def test_what_it_prints_while_a_command_works_goes_to_stderr(tmp_path, capsys):
    with working("running"):
        scored(tmp_path, "        print('noise')\n        return panel['close']\n")
    print("answer")
    told = capsys.readouterr()
    assert told.out == "answer\n"
    assert "noise\n" in told.err
