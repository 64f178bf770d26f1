"""The guides: every block runs as typed, both languages say the same, every link leads somewhere."""

import re
import sys
from pathlib import Path

import liangrong as lr
import pytest
import typer
from guide_blocks import Reader, blocks, check_line, command_lines
from liangrong.core.cli import app
from liangrong.core.guides.terminal import readable
from liangrong.core.guides.topics import GENERATED, guide_text, topics
from liangrong.core.pages.language import LANGUAGES

CHECKOUT = Path(__file__).parents[2]
GUIDES = CHECKOUT / "core" / "public" / "guides"
FILES = sorted(GUIDES.glob("*.md"))
TOPICS = sorted({path.name.partition(".")[0] for path in FILES})
SLOW = {"broker_terms", "json", "keys", "luck", "mcp", "my_rule", "my_strategy", "publication_lag"}
"""Guides whose blocks take more than some five seconds."""
LANGUAGES_OF_BLOCKS = {"", "bash", "console", "csv", "python", "text", "toml", "yaml"}


def source(topic, language="en"):
    return (GUIDES / f"{topic}.{language}.md").read_text(encoding="utf-8")


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """Return somebody in an empty folder, whose modules are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("LIANGRONG_LANG", raising=False)
    known = set(sys.modules)
    who = Reader(tmp_path)
    yield who
    for name in set(sys.modules) - known:
        if sys.modules[name] is who.program or str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.mark.parametrize(
    "topic", [pytest.param(topic, marks=[pytest.mark.slow] if topic in SLOW else []) for topic in TOPICS]
)
def test_every_block_runs_as_typed(topic, reader):
    reader.read(source(topic))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_command_that_is_shown_is_one_that_the_tool_takes(topic):
    """Those that cannot run here too."""
    for line in command_lines(source(topic)):
        check_line(line)


@pytest.mark.parametrize("line", ["liangrong rum x.yaml", "liangrong run x.yaml --outt a", "liangrong data fetch"])
def test_a_command_that_the_tool_does_not_take_is_seen(line):
    with pytest.raises(typer.exceptions.TyperException):
        check_line(line)


@pytest.mark.parametrize("topic", TOPICS)
def test_both_languages_have_the_same_blocks_and_headings(topic):
    """Code but for its comments and docstrings, and as many headings of each level."""
    english, chinese = (source(topic, language) for language in LANGUAGES)
    shape = [(block.language, block.title, block.code) for block in blocks(english)]
    assert [(block.language, block.title, block.code) for block in blocks(chinese)] == shape
    assert _levels(chinese) == _levels(english)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_guide_begins_with_its_title_and_a_sentence_and_keeps_to_120_signs_but_in_tables(path):
    text = path.read_text(encoding="utf-8")
    title, sentence = text.split("\n\n")[:2]
    assert re.fullmatch(r"# \S.*", title)
    assert sentence.endswith((".", "。"))
    assert not re.search(r"[.。][^`\w)]*\s", sentence.strip()), "one sentence"
    assert [line for line in text.splitlines() if len(line) > 120 and not line.startswith("|")] == []
    assert text.endswith("\n")
    assert {block.language for block in blocks(text)} <= LANGUAGES_OF_BLOCKS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_of_a_guide_hides_a_folder_of_the_tests(path):
    """A block would import that folder in its place, in a process that has it already."""
    folders = {one.name for one in (CHECKOUT / "tests").iterdir() if one.is_dir()}
    written = set(re.findall(r"^```python title=(\w+)\.py$", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert written.isdisjoint(folders)


@pytest.mark.parametrize("path", [*FILES, CHECKOUT / "README.md"], ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    """Files of the project, headings in them, topics of `liangrong help`; the world outside by its form alone."""
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", _prose(text)):
        if target.startswith("https://"):
            continue
        file, _, heading = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), target
        assert there.is_relative_to(CHECKOUT), target
        assert not heading or heading in _anchors(there.read_text(encoding="utf-8")), target
        if path.parent == GUIDES and file:
            assert there.name.split(".")[1] == path.name.split(".")[1], f"{target} is in another language"
    named = re.findall(r"liangrong help (?!TOPIC)(?:--lang \w+ )?([a-z_]+)", text)
    assert set(named) <= set(TOPICS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_is_listed_with_its_sentence_and_can_be_read(language):
    found = topics(language)
    assert sorted(topic.name for topic in found) == TOPICS
    for topic in found:
        text = guide_text(topic.name, language)
        assert text.startswith(f"# {topic.title}\n\n")
        assert topic.sentence.replace(" ", "") in text.replace("\n", "").replace(" ", "")
        assert GENERATED not in text.splitlines()


def test_what_is_installed_is_what_lies_here():
    assert {path.name for path in (Path(lr.__file__).parent / "guides").glob("*.md")} == {path.name for path in FILES}


def _levels(text):
    return re.findall(r"^(#+) ", _prose(text), re.MULTILINE)


def _prose(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def _anchors(text):
    """Return the anchors of the headings of a text, as the sites that show Markdown make them."""
    titles = re.findall(r"^#+ (.*)$", _prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def help_of(capsys, monkeypatch):
    """Call `liangrong help` with words; return its exit code, output and errors."""
    monkeypatch.delenv("LIANGRONG_LANG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["liangrong", "help", *words])
        with pytest.raises(SystemExit) as ended:
            app.main()
        return ended.value.code or 0, *capsys.readouterr()

    return call


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_shows_each_topic_in_the_language_that_is_asked_for(help_of, language):
    code, out, _ = help_of("--lang", language)
    assert code == 0
    for topic in topics(language):
        (line,) = (line for line in out.splitlines() if line.startswith(f"{topic.name} "))
        assert topic.sentence[:20] in line


def test_the_variable_of_the_environment_names_the_language(help_of, monkeypatch):
    monkeypatch.setenv("LIANGRONG_LANG", "zh")
    assert help_of("my_rule")[1] == source("my_rule", "zh")


def test_another_language_is_refused_in_words_of_ours(help_of, monkeypatch):
    code, out, err = help_of("--lang", "xx")
    assert (code, out) == (2, "")
    assert "Invalid value for '--lang'" in err
    assert "should be one of en, zh, got 'xx'" in err
    monkeypatch.setenv("LIANGRONG_LANG", "xx")
    assert "(env var: 'LIANGRONG_LANG'): should be one of en, zh, got 'xx'" in help_of()[2]


@pytest.mark.parametrize("asked", [["my_rule"], ["my-rule"], ["My", "Rule"]])
def test_a_guide_that_is_piped_is_plain_markdown(help_of, asked):
    assert help_of(*asked) == (0, source("my_rule"), "")


def test_in_a_terminal_it_is_rendered(help_of, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, out, _ = help_of("my_rule")
    assert "\x1b[" in out
    assert "```" not in out
    assert "## " not in out


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_cell_of_a_table_is_cut_in_a_narrow_terminal(help_of, monkeypatch, language):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    _, out, _ = help_of("from_joinquant", "--lang", language)
    shown = re.sub(r"\x1b\[[0-9;]*m|\s", "", out)
    assert "get_marginsec_stocks(date)" in shown
    assert shown.count("…") == len(re.findall("…", source("from_joinquant", language)))


def test_a_wrong_topic_is_one_error_with_the_nearest(help_of):
    code, out, err = help_of("my_ruel")
    assert (code, out) == (2, "")
    assert err.startswith("liangrong: there is no guide `my_ruel`: did you mean `my_rule`? known are ")
    assert err.count("\n") == 1


def test_a_command_that_is_taken_for_a_topic_is_told(help_of):
    assert help_of("run")[::2] == (
        2,
        "liangrong: `run` is a command, not a guide: `liangrong run --help` explains it\n",
    )


def test_what_a_terminal_cannot_show_is_said_in_words():
    block = "甲\n乙: [a](b.zh.md)\n```\n"
    text = f"见 [规则](my_rule.zh.md#x)，\n然后\n  再看：\n`x` 是\n一。\n\n```yaml title=my.yaml\n{block}\n* 一\n* 二\n"
    said = "见 规则 (`liangrong help my_rule`)，然后再看：`x` 是一。\n\n`my.yaml`:\n\n```yaml\n"
    assert readable(text) == f"{said}{block}\n* 一\n* 二\n"


# --- the reader of these tests can fail ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "```bash\nliangrong run absent.yaml\n```\n",
        "```bash\nliangrong rules | grep -q nosuch\n```\n",
        "```bash\nliangrong tables equity   # exit code 1\n```\n",
        "```python\nassert 1 + 1 == 3\n```\n",
        "```python\nprint('this')\n```\n\n```text\nthat\n```\n",
        "```python\nprint(1)\nprint(2)\n```\n\n```text\n1\n3\n```\n",
        "```python\nprint('a b')\n```\n\n```text\nb … a\n```\n",
    ],
)
def test_a_block_that_does_not_hold_is_seen(reader, text):
    with pytest.raises(AssertionError):
        reader.read(text)


def test_what_holds_is_let_pass(reader):
    text = """
```csv title=of/a.csv
a,b
```
```bash
liangrong tables nosuch   # exit code 2
cat of/a.csv | tr a-z A-Z
```
```text
A,B
```
```python
x = [1]
```
```python
print("│ one │", x[0])
```
```text
one … 1
```
"""
    reader.read(text)


def test_blocks_share_all_but_comments_and_names():
    english, chinese = (
        f"```{block}```\n"
        for block in (
            "yaml title=a\nname: mine # of mine\nx: {y: 1}\n",
            "yaml title=a\n# 我的\nname: 我的\nx: {y: 1}\n",
        )
    )
    assert blocks(english)[0].code == blocks(chinese)[0].code
    assert blocks(english)[0].code != blocks(english.replace("1", "2"))[0].code
    assert (
        blocks('```python\ndef f():\n    """Say."""\n```\n')[0].code
        == blocks('```python\ndef f():\n    """说"""  # 说\n```\n')[0].code
    )
