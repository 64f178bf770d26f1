"""Lists and facts beside prices and balances: eligible securities, haircuts, listings, industries, actions."""

from .layout import YES_NO, Column, Layout

_NAMES = ("证券简称", "标的证券简称", "证券名称", "股票名称", "名称", "name", "code_name")
_YES = {key: Column(field, words=YES_NO) for key, field in (
    ("融资标的", "financing_eligible"),
    ("融券标的", "short_eligible"),
    ("是否融资标的", "financing_eligible"),
    ("是否融券标的", "short_eligible"),
    ("financing_eligible", "financing_eligible"),
    ("short_eligible", "short_eligible"),
)}  # fmt: skip
_BORROW_RATE = dict.fromkeys(
    ("borrow_rate", "borrow_fee", "fee_rate", "rate", "融券费率", "融券利率", "出借费率", "费率", "年化费率"),
    "borrow_rate",
)
_BORROWABLE = dict.fromkeys(
    (
        "borrowable_shares",
        "borrowable",
        "shortable_shares",
        "可融券数量",
        "可融券余量",
        "可融数量",
        "可出借数量",
        "券源数量",
    ),
    "borrowable_shares",
)

_RIGHTS = {
    "rights_ratio": "rights_ratio",
    "每股配股": "rights_ratio",
    "每股配股比例": "rights_ratio",
    "rights_price": "rights_price",
    "配股价": "rights_price",
    "配股价格": "rights_price",
}

LAYOUTS = (
    Layout(
        name="eligible_flags",
        description="Margin list of a day with a column for each side (融资标的, 融券标的), such as Shenzhen's",
        source="list of eligible securities",
        columns=_YES,
        required=("code", "financing_eligible"),
        ignored=(*_NAMES, "当日可融资", "当日可融券", "融券卖出价格限制", "涨跌幅限制"),
        lists=("financing_eligible", "short_eligible"),
    ),
    Layout(
        name="eligible_list",
        description="Codes that are on the margin list, for both sides; the day in a column or in the file name",
        source="list of eligible securities",
        columns={},
        required=("code",),
        ignored=_NAMES,
        present=("financing_eligible", "short_eligible"),
        lists=("financing_eligible", "short_eligible"),
        is_told=False,
    ),
    Layout(
        name="haircuts",
        description="Haircuts (折算率) by day and security, as fractions or in percent",
        source="table of haircuts",
        columns={
            "折算率": "haircut",
            "haircut": "haircut",
            "margin_haircut": "haircut",
            "conversion_rate": "haircut",
            "担保品折算率": "haircut",
            "rate": "haircut",
        },
        required=("code", "haircut"),
        ignored=_NAMES,
        scales={"haircut": (1.0, 0.01)},
        scaled="fraction",
    ),
    Layout(
        name="borrow_rates",
        description="Fee of borrowing (融券费率) by day and security, per year, as fractions or in percent",
        source="table of borrow rates",
        columns={**_BORROW_RATE, **_BORROWABLE},
        required=("code", "borrow_rate"),
        ignored=_NAMES,
        scales={"borrow_rate": (1.0, 0.01)},
        scaled="fraction",
    ),
    Layout(
        name="borrowable_shares",
        description="Shares that can be borrowed (可融券数量) by day and security",
        source="table of borrowable shares",
        columns={**_BORROW_RATE, **_BORROWABLE},
        required=("code", "borrowable_shares"),
        ignored=_NAMES,
        scales={"borrow_rate": (1.0, 0.01)},
        scaled="fraction",
    ),
    Layout(
        name="listings",
        description="Days of listing and delisting (list_date, 上市日期, ipoDate)",
        source="table of listings",
        columns={
            "上市日期": "listed",
            "list_date": "listed",
            "ipodate": "listed",
            "退市日期": "delisted",
            "终止上市日期": "delisted",
            "delist_date": "delisted",
            "outdate": "delisted",
        },
        required=("code", "listed"),
        ignored=(*_NAMES, "type", "status"),
        table="listings",
    ),
    Layout(
        name="industries",
        description="Industry (行业) of each security, with the day from which it holds where there is one",
        source="table of industries",
        columns={
            "industry": "industry",
            "行业": "industry",
            "所属行业": "industry",
            "申万一级行业": "industry",
            "updatedate": "date",
            "in_date": "date",
            "纳入日期": "date",
        },
        required=("code", "industry"),
        ignored=(*_NAMES, "industryclassification"),
        table="industries",
    ),
    Layout(
        name="actions",
        description="Corporate actions (date, symbol, cash_per_share, share_ratio; 除权除息日, 每股派息, 每股送转)",
        source="table of corporate actions",
        columns={
            "ex_date": "date",
            "除权除息日": "date",
            "cash_per_share": "cash",
            "每股派息": "cash",
            "share_ratio": "ratio",
            "每股送转": "ratio",
            **_RIGHTS,
        },
        required=("date", "code", "cash", "ratio"),
        ignored=_NAMES,
        table="actions",
    ),
    Layout(
        name="rights",
        description="Rights issues alone (date, symbol, rights_ratio, rights_price; 除权日, 每股配股, 配股价)",
        source="table of rights issues",
        columns={"ex_date": "date", "除权除息日": "date", "除权日": "date", **_RIGHTS},
        required=("date", "code", "rights_ratio", "rights_price"),
        ignored=_NAMES,
        table="actions",
    ),
)
