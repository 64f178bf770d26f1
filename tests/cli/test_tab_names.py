"""What the shell is offered behind TAB."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from liangrong.core.archive import run_list
from liangrong.core.cli import app


@pytest.fixture
def complete(monkeypatch, tmp_path, capsys):
    """Return what answers as bash is answered: the words before and the one that is begun -> what is offered."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["liangrong"])

    def ask(*words: str) -> list[str]:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", sys.stderr)  # put back what `hush` takes away
            patch.setenv("_LIANGRONG_COMPLETE", "complete_bash")
            patch.setenv("COMP_WORDS", " ".join(("liangrong", *words)))
            patch.setenv("COMP_CWORD", str(len(words)))
            with pytest.raises(SystemExit) as ended:
                app.main()
        told = capsys.readouterr()
        assert (ended.value.code or 0, told.err) == (0, "")
        return told.out.split()

    return ask


def kept(folder: Path, name: str, *stamps: str) -> None:
    for stamp in stamps:
        place = folder / name / stamp
        place.mkdir(parents=True)
        (place / "summary.json").write_text("{}", encoding="utf-8")


FILES = ("a.yaml", "b.yml", "c.txt", ".d.yaml", "configs/e.yaml", "configs/deep/f.yaml", ".git/g.yaml")
OFFERED = {
    "commands": (("r",), ["run", "runs", "rules", "regimes", "replicate"]),
    "commands of a group": (("data", "sy"), ["synth"]),
    "options": (("run", "--co"), ["--colours"]),
    "rules": (("rules", "net_"), ["net_financing_rate", "net_buy_days"]),
    "rules of a study, one after another": (("study", "lag", "net_b"), ["net_buy_days"]),
    "strategies": (("strategies", "t"), ["threshold", "timing"]),
    "topics": (("help", "my_"), ["my_data", "my_rule", "my_strategy"]),
    "tables": (("tables", "equ"), ["equity"]),
    "sources": (("data", "import", "--source", "sse_"), ["sse_totals", "sse_margin"]),
    "services": (("data", "fetch", "x", "--source", ""), ["akshare", "tushare"]),
    "languages": (("run", "a.yaml", "--lang", ""), ["en", "zh"]),
    "colours": (("demo", "--colours", ""), ["cn", "intl"]),
    "engines": (("run", "a.yaml", "--engine", ""), ["backtrader", "compiled", "both"]),
    "what a schema is of": (("schema", ""), ["run", "compare"]),
    "configurations": (("run", ""), ["a.yaml", "b.yml", "configs/e.yaml"]),
    "configurations of a folder": (("check", "configs/"), ["configs/e.yaml", "configs/deep/f.yaml"]),
    "runs": (("runs", "show", ""), ["demo", "mine"]),
    "runs by their stamps": (
        ("runs", "diff", "demo/", "demo/20260730"),
        ["demo/20260730T080509Z-00000001"],
    ),
    "runs in another folder": (("runs", "open", "--in", "out", ""), ["other"]),
    "nothing of that name": (("rules", "zzz"), []),
}


@pytest.mark.parametrize("name", OFFERED)
def test_the_names_of_what_there_is_are_offered(name, complete, tmp_path):
    for file in FILES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    kept(tmp_path / "runs", "demo", "20260731T080509Z-1f0c9a3e", "20260730T080509Z-00000001")
    kept(tmp_path / "runs", "mine", "20260731T080509Z-1f0c9a3e")
    kept(tmp_path / "out", "other", "20260731T080509Z-1f0c9a3e")
    words, offered = OFFERED[name]
    assert sorted(complete(*words)) == sorted(offered)


def test_damage_offers_nothing_and_says_nothing(complete, tmp_path, monkeypatch):
    (tmp_path / "runs").write_text("no folder", encoding="utf-8")
    assert complete("runs", "show", "") == []
    assert complete("runs", "show", "x/") == []

    def broken(*_):
        print("noise", file=sys.stderr)
        raise ValueError("damaged")

    monkeypatch.setattr(run_list, "names_in", broken)
    assert complete("runs", "show", "") == []
    monkeypatch.setenv("LIANGRONG_LANG", "klingon")
    assert complete("demo", "--lang", "z") == ["zh"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_words_of_every_command_can_be_told_to_every_shell(shell, monkeypatch, capsys):
    """Those of zsh and fish take the help as well, and markup in it."""
    monkeypatch.setattr(sys, "argv", ["liangrong"])
    monkeypatch.setenv("_LIANGRONG_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    for words in ("", "run --", "data ", "data import --", "runs diff --", "compare --"):
        monkeypatch.setenv("COMP_WORDS", f"liangrong {words}")
        monkeypatch.setenv("COMP_CWORD", str(len(words.split(" "))))
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", f"liangrong {words}")
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", sys.stderr)
            with pytest.raises(SystemExit) as ended:
                app.main()
        told = capsys.readouterr()
        assert (ended.value.code or 0, told.err) == (0, "")
        assert ("--help" if words.endswith("--") else "import" if words else "lookahead") in told.out


def test_bash_completes_with_the_script_that_is_shown(tmp_path):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    (tmp_path / "try.sh").write_text(
        'eval "$(liangrong --show-completion)"\n'
        'COMP_WORDS=(liangrong data syn); COMP_CWORD=2; _liangrong_completion liangrong; echo "${COMPREPLY[@]}"\n',
        encoding="utf-8",
    )
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        [bash, "try.sh"], cwd=tmp_path, env={"PATH": path, "HOME": str(tmp_path)}, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("synth", "")
