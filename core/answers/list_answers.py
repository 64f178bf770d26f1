"""Answers that list: runs that are kept, rules, tables, sources, what was compiled, benchmarks."""

from .declared_kind import FOLDER, KEYS, NAME, NOTES, NUMBER, PAGE, ROWS, TEXT, TEXTS, WHOLE, Key, Kind

_EXPLAINED = (
    "name, summary, claim, formula, notes, parameters, fields (and when they are public), takes, example, package"
)

LIST_ANSWERS = {
    "runs": Kind(
        1,
        ("runs",),
        "the runs that are kept, the newest first",
        (
            Key("runs", ROWS, "run, made (UTC), name, configuration, command, data, window, figures, folder"),
            Key("problems", TEXTS, "runs that cannot be read"),
            Key("more", WHOLE, "runs beyond `--limit`"),
        ),
    ),
    "kept_run": Kind(
        1,
        ("runs show",),
        "a run that is kept",
        (
            Key("run", TEXT, "NAME/STAMP"),
            Key("made", TEXT, "when, UTC"),
            NAME,
            Key("configuration", TEXT, "the file that it was made from"),
            Key("command", TEXT, "the command that made it"),
            Key("liangrong", TEXT, "the release that made it"),
            Key("data", KEYS, "source, path, digest, start, end"),
            Key("window", "list of days", "first and last session"),
            Key("figures", KEYS, "the figures of the list"),
            FOLDER,
        ),
        (Key("metrics", KEYS, "the figures of summary.json, by their names there: amounts in CNY, fractions"), NOTES),
    ),
    "run_diff": Kind(
        1,
        ("runs diff",),
        "what differs between two runs",
        (
            Key("first", KEYS, "the first run, as `runs` lists it"),
            Key("second", KEYS, "the second run, as `runs` lists it"),
            Key("verdict", TEXT, "what is the same and what is not, in a sentence"),
            Key("configuration", ROWS, "key, first, second"),
            Key("data", ROWS, "key, first, second"),
            Key("release", ROWS, "key, first, second"),
            Key("figures", ROWS, "name, first, second, change"),
            Key("tables", ROWS, "the first difference of each table that differs"),
            Key("notes", KEYS, "first: what only the first run says; second: what only the second"),
        ),
        (PAGE,),
    ),
    "rules": Kind(1, ("rules",), "rules", (Key("rules", ROWS, _EXPLAINED),)),
    "strategies": Kind(1, ("strategies",), "strategies", (Key("strategies", ROWS, _EXPLAINED),)),
    "tables": Kind(
        1,
        ("tables",),
        "the tables that a run or a comparison writes",
        (Key("tables", ROWS, "file, meaning, columns: column, type, unit, meaning"),),
    ),
    "sources": Kind(1, ("data sources",), "what can be imported", (Key("sources", KEYS, "source: what it reads"),)),
    "finding_kinds": Kind(
        1,
        ("data kinds",),
        "what an import or an audit may say",
        (Key("kinds", KEYS, "kind: verdict, meaning, remedy"),),
    ),
    "warmup": Kind(
        1,
        ("warmup",),
        "kernels that were compiled ahead",
        (
            Key("kernels", KEYS, "room: kernels that were compiled now"),
            Key("folder", TEXT, "where they are kept; null where no folder is this user's alone"),
        ),
        (Key("seconds", NUMBER, "how long it took", "s"),),
    ),
    "bench": Kind(
        1,
        ("bench",),
        "benchmarks",
        (
            Key("machine", TEXT, "on what it was measured"),
            Key(
                "rows",
                ROWS,
                "work, size, rival, seconds, ratio, copy_share, error, nan_mismatches",
            ),
        ),
    ),
}
