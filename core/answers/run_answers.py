"""Answers about runs, studies and comparisons."""

from .declared_kind import (
    CONFIG,
    FOLDER,
    KEYS,
    NAME,
    NOTES,
    NUMBER,
    REPORT,
    ROWS,
    SOURCE,
    SYNTHETIC,
    TEXT,
    TEXTS,
    TRUTH,
    VERDICT,
    WHOLE,
    Key,
    Kind,
)

_PEEK = "kind what test field day known symbol before after words"
_VERDICT = "headline conclusion judged track_record"
_LUCK = "headline beating trials metric alpha by_trial by_control overfitting walk_forward_sharpe"
_DEPARTURES = "file rows problem"
_SUBJECT = "name claim formula parameters source synthetic notes unseen"
_TAKES = "preparing running writing compiling memory orders"
_CHECK = (
    CONFIG,
    Key("universe", TEXTS, "securities, sessions and source in words"),
    Key("rules", ROWS, "dated rules over the sessions", inside="rule from value grade source"),
    Key("warnings", TEXTS, "what is assumed, and what the data do not tell"),
    Key("reads", ROWS, "files and folders that are read; sizes in bytes", inside="key place files size words"),
    Key("fields", TEXTS, "fields of the data that are read; none with `--no-code`"),
    Key("code", ROWS, "code of others that is executed", inside="key place files packages is_there"),
    Key("is_executed", TRUTH, "whether some of it was executed to tell this; false with `--no-code`"),
    Key("assumed", TEXTS, "what the run assumes"),
    Key("unusual", ROWS, "what is unusual, the gravest first", inside="kind figure why remedy"),
    Key("takes", KEYS, "about what a run takes, in seconds and bytes; null with `--no-code`", inside=_TAKES),
)
RUN_ANSWERS = {
    "run": Kind(
        1,
        ("run", "demo", "compare --trial"),
        "a backtest",
        (
            NAME,
            Key("metrics", KEYS, "the figures of summary.json, by their names there: amounts in CNY, fractions"),
            NOTES,
            Key("provenance", KEYS, "release, annualisation, data with their digest, findings of their audit"),
            CONFIG,
            Key("rows", KEYS, "by table that was written: its number of rows"),
        ),
        (
            FOLDER,
            REPORT,
            Key(
                "departures",
                KEYS,
                "of a trial: where it differs from the file it is named after",
                inside=_DEPARTURES,
            ),
            VERDICT,
        ),
    ),
    "check": Kind(1, ("check",), "what a configuration comes to", _CHECK),
    "comparison_check": Kind(
        1,
        ("check",),
        "what a comparison comes to",
        (*_CHECK, Key("runs", TEXTS, "its runs, the kept ones and the time to go, in words")),
    ),
    "lookahead": Kind(
        1,
        ("lookahead",),
        "whether a decision knew the future",
        (
            Key("verdict", TEXT, "the verdict in words"),
            Key("subject", TEXT, "the rule, or the strategy where it trades none"),
            Key("strategy", TEXT, "the strategy"),
            Key("cuts", "list of days", "the sessions that were tested: after each the data were changed"),
            Key("stretches", "list of days", "first and last of those in a row"),
            Key("sessions", WHOLE, "sessions whose decisions the run carries out"),
            Key("compared", WHOLE, "decisions that were compared, each of a session and a security"),
            Key("runs", WHOLE, "repetitions"),
            Key("seconds", NUMBER, "how long it took", "seconds"),
            Key(
                "findings",
                ROWS,
                "what is wrong, the earliest of each kind",
                inside=_PEEK,
            ),
            Key("tests", TEXTS, "what was done to the data after a cut"),
            Key("untested", TEXT, "why the sessions before the first cut were not tested; empty where they were"),
            Key("unseen", TEXTS, "what this configuration hides from the check"),
            Key("words", TEXTS, "what was tested and what is not seen, in words"),
        ),
    ),
    "study": Kind(
        1,
        ("study",),
        "how well a rule foretells",
        (
            Key("subject", KEYS, "the rule and its data", inside=_SUBJECT),
            Key("plan", KEYS, "horizons, quantiles, entry and what else was asked for"),
            Key("verdict", TEXT, "the verdict in a word"),
            Key("words", TEXT, "the verdict in sentences"),
            Key("figures", KEYS, "the figures at the horizon of the verdict, by their names in summary.json"),
            Key("decay", ROWS, "decay.csv, a row for each horizon"),
            Key("quantiles", ROWS, "quantiles.csv, a row for each horizon and quantile"),
            Key("states", ROWS, "states.csv, what followed states"),
            Key("groups", ROWS, "groups.csv, by board, industry and regime"),
            NOTES,
        ),
        (FOLDER, REPORT),
    ),
    "studies": Kind(
        1,
        ("study",),
        "how well several rules foretell",
        (
            Key("horizon", WHOLE, "of the verdicts", "sessions"),
            SOURCE,
            SYNTHETIC,
            Key("luck", KEYS, "what luck alone makes of so many rules", inside="words judged needed_t"),
            Key("rules", ROWS, "comparison.csv, the largest |t| first"),
            NOTES,
        ),
        (FOLDER, REPORT),
    ),
    "comparison": Kind(
        1,
        ("compare",),
        "trials beside controls",
        (
            NAME,
            Key("verdict", KEYS, "the verdict on luck, in words; judged: over which sessions", inside=_VERDICT),
            Key("leaderboard", ROWS, "leaderboard.csv, see `liangrong tables leaderboard`"),
            Key("stress", ROWS, "Sharpe ratio and rank under each stress; none where none was asked for"),
            Key(
                "luck",
                KEYS,
                "the figures of that verdict; beating: trials beyond luck",
                inside=_LUCK,
            ),
            Key("forced", TEXT, "margin calls and forced orders in words; empty where there was none"),
            NOTES,
            SOURCE,
            SYNTHETIC,
            CONFIG,
        ),
        (
            Key("runs", KEYS, "runs that were carried out now, and those kept from before", inside="now before"),
            FOLDER,
            REPORT,
        ),
    ),
}
