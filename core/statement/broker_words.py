"""The words of brokers' exports: headers and business words of delivery orders (交割单), debt queries (合约查询)."""

from collections.abc import Mapping
from types import MappingProxyType

from ..types import OrderKind

ORDER_FIGURES = ("commission", "stamp_duty", "transfer_fee", "interest")
"""What one order cost at the broker, CNY; columns of the result's `fills`."""

LINE_FIGURES = ("value", "net", "balance", "levies", "other_fees", "principal_paid", "shares_left")
"""What a delivery order prints beside each line: traded value, change of the cash and cash after it, the part of the
commission that it prints apart (规费), fees that the ledger does not have, principal repaid, CNY; shares after it."""

ACCOUNT_FIGURES = (
    *("cash", "principal", "accrued", "maintenance_ratio", "available_margin"),
    *("equity", "long_value", "short_value"),
)
"""The account at the close, CNY and a fraction; columns of the result's `equity`."""

ACCOUNT = "account"
"""The kind of a row that is no order and carries figures of the account."""

SUMMED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "levies": ("levies", "handling_fee", "regulation_fee"),
        "other_fees": ("other_fees", "settlement_fee", "surcharge"),
    }
)
"""Figure -> the columns whose sum it is."""

_CELLS = tuple(dict.fromkeys(name for names in SUMMED.values() for name in names))
NUMBERS = tuple(dict.fromkeys(("shares", "amount", "price", *ORDER_FIGURES, *LINE_FIGURES, *_CELLS, *ACCOUNT_FIGURES)))
_READ = ("date", "symbol", "kind", "contract", *NUMBERS)
_UNREAD = (
    *("note", "备注", "证券名称", "股票名称", "名称", "合同编号", "合同号", "委托编号", "成交编号", "成交时间"),
    *("股东代码", "股东账户", "股东帐户", "股东账号", "股东帐号", "交易市场", "市场", "市场名称", "币种", "货币类型"),
    *("流水号", "序号", "委托数量", "委托价格", "委托时间", "委托日期", "资金账号", "资金帐号", "资金账户", "客户号"),
    *("客户姓名", "客户代码", "营业部", "营业部名称", "席位代码", "成交笔数", "成交序号", "业务代码", "发生时间"),
)
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in _READ},
        **dict.fromkeys(("日期", "成交日期", "发生日期", "交易日期", "业务日期"), "date"),
        **dict.fromkeys(("证券代码", "股票代码", "代码"), "symbol"),
        **dict.fromkeys(("业务", "业务名称", "业务类型", "业务标志", "业务类别", "交易类别", "交易类型"), "kind"),
        **dict.fromkeys(("操作", "摘要"), "kind"),
        **dict.fromkeys(("买卖标志", "买卖方向", "买卖", "买卖类别"), "side"),
        **dict.fromkeys(("融资合约", "合约编号", "合约序号", "融资合约编号", "融券合约编号"), "contract"),
        **dict.fromkeys(("数量", "成交数量", "成交股数", "发生数量", "成交量"), "shares"),
        **dict.fromkeys(("价格", "成交价格", "成交均价", "成交价"), "price"),
        "金额": "amount",
        "成交金额": "value",
        **dict.fromkeys(("发生金额", "清算金额", "收付金额", "资金发生数", "资金发生额", "交收金额"), "net"),
        **dict.fromkeys(("资金余额", "剩余金额", "资金本次余额", "后资金额", "本次金额", "可用余额"), "balance"),
        **dict.fromkeys(("本次余额", "资金本次金额", "资金剩余金额"), "balance"),
        **dict.fromkeys(("股份余额", "证券余额", "股票余额", "剩余数量", "股份本次余额"), "shares_left"),
        **dict.fromkeys(("佣金", "手续费", "净佣金"), "commission"),
        **dict.fromkeys(("规费", "交易规费", "一级费用"), "levies"),
        "经手费": "handling_fee",
        **dict.fromkeys(("证管费", "交易监管费"), "regulation_fee"),
        "印花税": "stamp_duty",
        "过户费": "transfer_fee",
        **dict.fromkeys(("其他费用", "其他费", "其它费用", "其它费", "其他杂费", "杂费"), "other_fees"),
        **dict.fromkeys(("结算费", "清算费"), "settlement_fee"),
        "附加费": "surcharge",
        **dict.fromkeys(("利息", "息费", "归还利息", "偿还利息"), "interest"),
        **dict.fromkeys(("归还本金", "偿还本金"), "principal_paid"),
        "现金": "cash",
        "融资本金": "principal",
        "未付息费": "accrued",
        "维持担保比例": "maintenance_ratio",
        "保证金可用余额": "available_margin",
        "净资产": "equity",
        **dict.fromkeys(("证券市值", "担保证券市值"), "long_value"),
        **dict.fromkeys(("融券市值", "融券负债市值"), "short_value"),
        **dict.fromkeys(_UNREAD, ""),
    }
)
"""Header -> meaning; "" = known and not read. `side` stands in for a kind that is not there."""

STAND_INS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("发生日期", "交收日期", "清算日期"), "date"),
        **dict.fromkeys(("业务类型", "业务标志", "操作", "摘要"), "kind"),
        **dict.fromkeys(("成交均价", "成交价格"), "price"),
        "发生数量": "shares",
        **dict.fromkeys(("手续费", "净佣金"), "commission"),
        **dict.fromkeys(("清算金额", "收付金额", "发生金额"), "net"),
        **dict.fromkeys(("剩余金额", "本次金额", "可用余额"), "balance"),
        **dict.fromkeys(("股票余额", "剩余数量"), "shares_left"),
    }
)
"""Header -> what it is read as where no other column has that meaning, the first of those here before the next; where
one has it, the column is left unread, and the run says so where it holds figures."""

KINDS: Mapping[str, OrderKind | None] = MappingProxyType(
    {
        **{kind.name.lower(): kind for kind in OrderKind},
        **dict.fromkeys(("担保品买入", "普通买入", "信用买入", "担保物买入", "证券买入", "买入"), OrderKind.BUY),
        **dict.fromkeys(("担保品卖出", "普通卖出", "信用卖出", "担保物卖出", "证券卖出", "卖出"), OrderKind.SELL),
        **dict.fromkeys(("融资买入", "融资开仓"), OrderKind.MARGIN_BUY),
        **dict.fromkeys(("卖券还款", "融资平仓", "卖券偿还融资负债", "卖券偿还融资"), OrderKind.SELL_TO_REPAY),
        **dict.fromkeys(("直接还款", "现金还款", "归还融资款"), OrderKind.REPAY),
        **dict.fromkeys(("融券卖出", "融券开仓"), OrderKind.SHORT_SELL),
        **dict.fromkeys(("买券还券", "融券平仓", "融券购券还券"), OrderKind.BUY_TO_RETURN),
        **dict.fromkeys(("直接还券", "现券还券", "现券偿还融券"), OrderKind.RETURN_SHARES),
        ACCOUNT: None,
        "账户": None,
    }
)
"""Name -> kind, None for a row of the account: the names of the rules and those of brokers' order forms."""

PARTS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("repay_interest", "偿还融资利息", "归还融资利息", "融资利息扣收", "扣收融资利息"), "interest"),
        **dict.fromkeys(("融资利息", "融资利息归还", "偿还利息", "归还利息", "利息扣收", "融资息费扣收"), "interest"),
        **dict.fromkeys(("融资利息结息", "直接还款利息", "卖券还款利息", "卖券偿还融资利息"), "interest"),
        **dict.fromkeys(("repay_principal", "偿还融资本金", "归还融资本金", "偿还融资负债本金"), "principal"),
        **dict.fromkeys(("归还融资负债本金", "融资本金归还", "偿还本金", "归还本金", "卖券偿还融资本金"), "principal"),
        **dict.fromkeys(("归还融资负债", "偿还融资负债", "偿还融资款", "融资负债偿还"), "all"),
        **dict.fromkeys(("pay_borrow_fee", "融券费用", "偿还融券费用", "归还融券费用", "扣收融券费用"), "fee"),
        **dict.fromkeys(("融券费用扣收", "融券息费扣收", "偿还融券息费", "偿还融券利息", "融券利息扣收"), "fee"),
        **dict.fromkeys(("pay_compensation", "融券权益补偿", "偿还融券权益", "融券红利补偿"), "compensation"),
        **dict.fromkeys(("现金红利补偿", "融券现金权益补偿"), "compensation"),
    }
)
"""Name of a payment -> the part of the debt that it goes to, as `account.part_payments` names it."""

FORCED_KINDS: Mapping[str, OrderKind | None] = MappingProxyType(
    {
        **{f"forced_{kind.name.lower()}": kind for kind in (OrderKind.SELL_TO_REPAY, OrderKind.BUY_TO_RETURN)},
        **dict.fromkeys(("强制平仓", "强平", "平仓"), None),
        **dict.fromkeys(("强制平仓卖出", "强平卖出", "平仓卖出"), OrderKind.SELL_TO_REPAY),
        **dict.fromkeys(("强制平仓买入", "强平买入", "平仓买入"), OrderKind.BUY_TO_RETURN),
    }
)
"""Name of the broker's own order -> kind, None where the side or the sign of the shares tells it."""

FORCED_PREFIXES = ("强制平仓", "强制", "强平", "平仓", "违约处置")
"""Before the name of an order they make it the broker's own: 强制平仓卖券还款, 平仓买券还券."""

PREFIXES, SUFFIXES = ("信用账户", "信用"), ("成交", "确认", "过户")
"""What may stand before or after a name and changes nothing."""

BOUGHT_SIDE = ("买入", "买", "b", "buy", "证券买入")

FLOW_NAMES: Mapping[str, str] = MappingProxyType(
    {
        **{name: name for name in ("deposit", "withdrawal", "transfer_in", "transfer_out")},
        **dict.fromkeys(("银行转证券", "银行转存", "银证转入", "资金转入", "入金", "银行转入", "银转证"), "deposit"),
        **dict.fromkeys(("证券转银行", "银行转取", "银证转出", "资金转出", "出金", "银行转出", "证转银"), "withdrawal"),
        **dict.fromkeys(("担保品划入", "担保物划入", "担保品转入", "担保品提交"), "transfer_in"),
        **dict.fromkeys(("担保品划出", "担保物划出", "担保品转出", "担保品返还"), "transfer_out"),
    }
)
"""Name -> kind of a flow."""

BOOKINGS: Mapping[str, str] = MappingProxyType(
    {
        **FLOW_NAMES,
        **dict.fromkeys(
            (
                *("dividend", "红利入账", "股息入账", "红利发放", "股息红利", "现金红利", "红利到账"),
                *("股息红利入账", "红利派发", "派息", "红利"),
            ),
            "dividend",
        ),
        **dict.fromkeys(("interest_received", "利息归本", "利息入账", "批量利息归本", "结息"), "interest_received"),
        **dict.fromkeys(
            (
                *("bonus_shares", "红股入账", "送股", "转增", "送股入账", "转增股入账", "转增入账", "送转股", "红股"),
                *("红股派发", "送转股入账", "转增股份", "红股上市", "送股上市", "转增上市"),
            ),
            "bonus_shares",
        ),
        **dict.fromkeys(
            (
                *("dividend_tax", "股息红利税补缴", "红利税", "股息个税征收", "红利税补缴", "补缴红利税"),
                *("红利差异扣税", "股息红利差异扣税", "股息红利差别化税", "股息红利税"),
                *("红利补税", "红利差异税扣税", "股息个税"),
            ),
            "dividend_tax",
        ),
    }
)
"""Name -> what a line books that is no order: a flow, a dividend or its tax, bonus shares, interest on cash."""

OF_SHARES = ("transfer_in", "transfer_out", "bonus_shares")
"""Bookings that move shares; the others move cash."""

OUTSIDE, BY_ITSELF = "outside", "by_itself"
"""The booking of a line that the account does not follow; that of one that stands for what it does by itself."""

_RIGHTS = "rights issues are not followed"
_ISSUE = "subscriptions of new issues are not followed"
_END = "ends of listings and exchanges of shares are carried out by `data.endings`, not by the statement"
_NOTHING = "nothing of the account moves"
OUTSIDE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("配股缴款", "配股认购", "配股扣款", "配股入账", "配股上市", "配股权证"), _RIGHTS),
        **dict.fromkeys(("新股申购", "申购中签", "中签缴款", "新股中签", "中签扣款", "新股入账", "申购返款"), _ISSUE),
        **dict.fromkeys(("新股上市", "申购确认", "债券申购", "转债申购", "可转债入账", "中签确认"), _ISSUE),
        **dict.fromkeys(("申购配号", "配号", "指定交易", "撤销指定", "撤指定", "投票", "网络投票"), _NOTHING),
        **dict.fromkeys(("债券兑息", "债券兑付", "债券付息", "兑息扣税"), "bonds are not followed"),
        **dict.fromkeys(("国债逆回购", "融券回购", "融券购回", "回购", "回购购回"), "repurchases are not followed"),
        **dict.fromkeys(("基金申购", "基金赎回", "基金分红"), "fund shares at the fund are not followed"),
        **dict.fromkeys(("股份转入", "股份转出", "证券转换转入", "证券转换转出", "换股转入", "换股转出", "换股"), _END),
        **dict.fromkeys(("证券转换", "摘牌", "退市", "退市转出", "终止上市", "现金选择权", "要约收购"), _END),
        **dict.fromkeys(("证券冻结", "证券解冻", "股份冻结", "股份解冻"), _NOTHING),
        **dict.fromkeys(("托管转入", "托管转出", "转托管"), "transfers between brokers are not followed"),
    }
)
"""Name of a line that the account does not follow -> why."""

SELF_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("余券划转", "余券划入", "余券划出"), "the excess of a cover is the account's at the purchase"),
        **dict.fromkeys(("融资借入", "融资放款", "融资借款"), "the loan is part of the purchase"),
    }
)
"""Name of a line that stands for what the account does by itself with another line -> what."""
