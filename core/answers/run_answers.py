"""Answers about runs, studies and comparisons."""

from .declared_kind import (
    CONFIG,
    FOLDER,
    KEYS,
    NAME,
    NOTES,
    NUMBER,
    PAGE,
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

_REGIME = (
    *("end_equity", "total_return", "annualised_return", "sharpe", "max_drawdown", "average_leverage"),
    *("lowest_maintenance_ratio", "interest", "borrow_fee", "fees", "margin_calls", "forced_orders", "refusals"),
    "insolvent_date",
)
_PEEK = "kind what test field day known symbol before after words"
_VERDICT = "headline conclusion judged track_record power"
_LUCK = "headline beating trials metric alpha by_trial by_control overfitting walk_forward_sharpe walk_forwards power"
_POWER = "advantage likely at_half sessions trials controls alike is_measured base alpha"
_DEPARTURES = "file rows problem"
_EVENT_KIND = (
    "kind scope against span events days mean raw benchmark median positive cross standardised adjusted rank sign "
    "portfolio placebo_share placebos placebos_apart t test need verdict left_out"
)
_SUBJECT = "name claim formula parameters source synthetic notes unseen"
_PUBLISHED = (
    "name authors journal market start end sample definition measured published parts unit confirmed remark needs "
    "history criterion"
)
_REPLICATED = (
    f"{_PUBLISHED} verdict why found error t t_needed low high sessions windows securities first last more "
    "lacking remedy elsewhere"
)
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
_ANSWER = " ".join(
    f"{name}{more}" for name in ("up", "down", "difference") for more in ("", "_error", "_t", "_needed", "_p")
)
_RESPONSE = f"side method of model lag periods windows securities error_lags {_ANSWER}"
_RESPONSE_OF_GROUP = f"side kind group basis model lag periods windows securities error_lags {_ANSWER}"
_SHARE = "side model lag answer securities positive negative placebo"
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
        (
            *_CHECK,
            Key("runs", TEXTS, "its runs, the kept ones, the time to go, what they can find, in words"),
            Key("power", KEYS, "the Sharpe advantage a year that is found, by guessed correlations", inside=_POWER),
        ),
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
            Key("plan", KEYS, "target, horizons, quantiles, entry and what else was asked for"),
            Key("verdict", TEXT, "the verdict in a word"),
            Key("words", TEXT, "the verdict in sentences"),
            Key("figures", KEYS, "the figures at the horizon of the verdict, by their names in summary.json"),
            Key("decay", ROWS, "decay.csv, a row for each horizon (and measure of crash risk)"),
            Key("quantiles", ROWS, "quantiles.csv, a row for each horizon and quantile (and measure of crash risk)"),
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
            Key("target", TEXT, "return or crash: what the rules were asked to foretell"),
            SOURCE,
            SYNTHETIC,
            Key("luck", KEYS, "what luck alone makes of so many rules", inside="words judged needed_t"),
            Key("rules", ROWS, "comparison.csv, the largest |t| first"),
            NOTES,
        ),
        (FOLDER, REPORT),
    ),
    "regimes": Kind(
        1,
        ("regimes",),
        "a strategy under several regimes of the rules",
        (
            NAME,
            Key("base", TEXT, "the regime that the others are held against, the first"),
            Key(
                "regimes",
                ROWS,
                "figures by their names on a leaderboard; causes: by how much it ended above the first, CNY, and the "
                "parts that sum to it; increment: of its returns, a year, with the t of the daily ones; key: what its "
                "value replaces, empty: nothing, the configuration as it is",
                inside=f"regime key value {' '.join(_REGIME)} causes increment",
            ),
            Key("rules", ROWS, "rules that differ, their values in the order of the regimes", inside="rule values"),
            Key("headline", TEXT, "which regimes can be told from the first beyond luck"),
            Key("sentences", TEXTS, "each difference and its causes in words"),
            NOTES,
            SOURCE,
            SYNTHETIC,
            CONFIG,
        ),
        (PAGE,),
    ),
    "event_study": Kind(
        1,
        ("study",),
        "what followed events",
        (
            Key("name", TEXT, "of the events: lists, rulebook, or of the file"),
            Key("plan", KEYS, "window, benchmark, placebo windows and what else was asked for"),
            SOURCE,
            SYNTHETIC,
            Key("words", TEXT, "what followed, in sentences"),
            Key("kinds", ROWS, "of each kind of events the figures that its verdict rests on", inside=_EVENT_KIND),
            Key("spans", ROWS, "spans.csv, by kind, benchmark and span of the window, with the t of each test"),
            Key("path", ROWS, "path.csv, the cumulative mean by session of the window"),
            Key("market", ROWS, "market.csv, balances and flows of the market around the days"),
            NOTES,
        ),
        (FOLDER, REPORT),
    ),
    "behaviour": Kind(
        1,
        ("study",),
        "what margin buyers and short sellers did after rises and falls",
        (
            Key("design", KEYS, "lags, sessions or weeks, scale and what else was asked for"),
            Key("verdicts", KEYS, "by side: the verdict in a word"),
            Key("words", TEXT, "what each side did, in sentences"),
            Key("span", "list of days", "first and last session of the flows"),
            SOURCE,
            SYNTHETIC,
            Key("responses", ROWS, "responses.csv, a row for each series, method and lag", inside=_RESPONSE),
            Key("groups", ROWS, "groups.csv, by board, size and leverage", inside=_RESPONSE_OF_GROUP),
            Key("shares", ROWS, "shares.csv, how many securities stand out", inside=_SHARE),
            NOTES,
        ),
        (FOLDER, REPORT),
    ),
    "replication": Kind(
        1,
        ("replicate",),
        "published results, and whether the data agree with them",
        (
            Key("words", TEXT, "the answer in a sentence"),
            Key("counts", KEYS, "verdict -> of how many results"),
            Key("span", "list of days", "first and last session"),
            Key("securities", WHOLE, "without the totals of a market"),
            SOURCE,
            SYNTHETIC,
            Key("results", ROWS, "published and found; figures are fractions", inside=_REPLICATED),
            NOTES,
        ),
        (PAGE,),
    ),
    "published_results": Kind(
        1,
        ("replicate",),
        "the register of published results, `--list`",
        (Key("results", ROWS, "figures are fractions; needs: one field of each", inside=_PUBLISHED),),
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
