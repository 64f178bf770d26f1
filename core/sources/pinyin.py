"""The names of margin columns that several sources share: initials of the Chinese terms (rzye = 融资余额)."""

PINYIN = {
    "rzye": "financing_balance",
    "rzmre": "financing_buy",
    "rzche": "financing_repay",
    "rqye": "short_balance",
    "rqyl": "short_volume",
    "rqmcl": "short_sell",
    "rqchl": "short_repay",
    "rzrqye": "total_balance",
}
