"""Answers that list: runs that are kept, rules, tables, sources, what was compiled, benchmarks."""

from .declared_kind import FOLDER, KEYS, NAME, NOTES, NUMBER, PAGE, ROWS, TEXT, TEXTS, VERDICT, WHOLE, Key, Kind

_BENCH = "work size rival seconds ratio copy_share error nan_mismatches"
_EXPLAINED = "name summary claim formula notes parameters fields takes example package"

LIST_ANSWERS = {
    "runs": Kind(
        1,
        ("runs",),
        "the runs that are kept, the newest first",
        (
            Key("runs", ROWS, "the runs, each as `runs show` has it"),
            Key("problems", TEXTS, "runs that cannot be read"),
            Key("more", WHOLE, "runs beyond `--limit`"),
        ),
    ),
    "kept_run": Kind(
        1,
        ("runs show",),
        "a run that is kept",
        (
            Key("run", TEXT, "its name and stamp"),
            Key("made", TEXT, "when, UTC"),
            NAME,
            Key("configuration", TEXT, "the file that it was made from"),
            Key("command", TEXT, "the command that made it"),
            Key("liangrong", TEXT, "the release that made it"),
            Key("data", KEYS, "what was read: source, place, digest, days"),
            Key("window", "list of days", "first and last session"),
            Key("figures", KEYS, "the figures of the list"),
            FOLDER,
        ),
        (
            Key("metrics", KEYS, "the figures of summary.json, by their names there: amounts in CNY, fractions"),
            NOTES,
            VERDICT,
        ),
    ),
    "run_diff": Kind(
        1,
        ("runs diff",),
        "what differs between two runs",
        (
            Key("first", KEYS, "the first run, as `runs` lists it"),
            Key("second", KEYS, "the second run, as `runs` lists it"),
            Key("verdict", TEXT, "what is the same and what is not, in a sentence"),
            Key("configuration", ROWS, "settings that differ", inside="key first second"),
            Key("data", ROWS, "what differs of the data", inside="key first second"),
            Key("release", ROWS, "what differs of the release", inside="key first second"),
            Key("figures", ROWS, "figures of both", inside="name first second change"),
            Key("tables", ROWS, "the first difference of each table that differs"),
            Key("notes", KEYS, "what only one of the runs says", inside="first second"),
        ),
        (PAGE,),
    ),
    "rules": Kind(
        1, ("rules",), "the rules that there are", (Key("rules", ROWS, "the rules, in words", inside=_EXPLAINED),)
    ),
    "strategies": Kind(
        1,
        ("strategies",),
        "the strategies that there are",
        (Key("strategies", ROWS, "the strategies, in words", inside=_EXPLAINED),),
    ),
    "tables": Kind(
        1,
        ("tables",),
        "the tables that a run or a comparison writes",
        (Key("tables", ROWS, "the tables, with type, unit and meaning of each column", inside="file meaning columns"),),
    ),
    "sources": Kind(1, ("data sources",), "what can be imported", (Key("sources", KEYS, "by source: what it reads"),)),
    "finding_kinds": Kind(
        1,
        ("data kinds",),
        "what an import or an audit may say",
        (Key("kinds", KEYS, "by kind of finding: verdict, meaning and remedy"),),
    ),
    "warmup": Kind(
        1,
        ("warmup",),
        "kernels that were compiled ahead",
        (
            Key("kernels", KEYS, "by room of the code: kernels that were compiled now"),
            Key("folder", TEXT, "where they are kept; null where no folder is this user's alone"),
        ),
        (Key("seconds", NUMBER, "how long it took", "seconds"),),
    ),
    "bench": Kind(
        1,
        ("bench",),
        "times of the benchmarks",
        (
            Key("machine", TEXT, "on what it was measured"),
            Key(
                "rows",
                ROWS,
                "one a contestant; times in seconds",
                inside=_BENCH,
            ),
        ),
    ),
}
