"""Small files of several kinds, whole ones, for tests to read or to damage."""

import base64
import io
import zipfile
import zlib
from collections.abc import Sequence

BARS = (
    "date,code,open,high,low,close,volume\n"
    "2024-01-02,600000.SH,10,11,9,10.5,1000\n"
    "2024-01-03,600000.SH,10,11,9,10,2000\n"
)
SSE_DAY = (
    "标的证券代码,标的证券简称,本日融资余额(元),本日融资买入额(元),本日融资偿还额(元),"
    "本日融券余量,本日融券卖出量,本日融券偿还量\n"
)
# A workbook of BIFF8 as Shanghai publishes it: a sheet of totals, then 明细信息 with 510050 and 600519.
SSE_XLS = zlib.decompress(
    base64.b85decode(
        "c-rk)T}V_>5T0}Q?w>#Fu0MeWCQ@eR!>(o+p{tf|FYWphl~JVTYN4n|NfxB}lMl6(`BG62f)Kr!LG*(K84*1sMm;1!;U+@Vi$Otz"
        "y3Lt;@48$2;6h2po#o7#`Ocg>=boAKv-jnMWoqztk{5oVe9*vx&j`8zjA1b<iW#uo=i{PM8?g9PT2W*)U?6o`7>$0R=P~5*_JRN-"
        ";uvy(4_Nj?3pksb+$qaQMKp$L#>bGyM9e(_u3<4jB8@AS_#xtP#BY)9L*fO5c!=kr?G)Pw6Lx1tuAIkvg;Z)YA!l%p`n)B?1_|(-"
        "=W)kHCfRDCu=PlF<G<OEEJnc)VB{R`CU<Lf;}pbW2#4UCF9qPMvQ{6bsQB{Y3=sbwjO#<-1A++93BD@E6R{U})f*yj5t*ZLYn9j4"
        "T*WcFPQpxe&rWe{4n9E)A~CdJnb(zmY{(f`H{)JYuLtJo+wQ4!UB8?T+sZcZO*zY&waIF;W}~V8a8KLV+1&DJCp#XXcAlJVHv-G7"
        "pK%BGj#va+obIv^a7XFn1qIeAaBg{}YocGjsP3-#Q5FR7ZWI0ZUO6_aHOHz&!CJhl1cA+{+qU3}&+)uJpzWTmh~UQ#ZByo;Z7P};"
        "Zxr%coCz*lXbGF~o#$?Td9|~q)P9hVPCA;T18g0iaqz)u-UB<Es73Je4B{J!chOT<lbl369v2?gX{8CWP|{5{J=B_pezJ*P+t&xk"
        "=_vPpF1w%HJ8kC?8FqM2#1Fr*4?-#)sI}Oi|GFWQWwNVRI6bf{HIuixcf=Ea+x85CSsuGjKBZ$|9wJDz5SKJQJ507`A?z91^CxO>"
        "P8iuEeQeuNUz9Jz!d;r8f`IG5a>PXg%Ee-(#>EgaE}EdYh<;5#P3zY*sOkKgh??H7X;CxyH63b3zothmA|Td=kg<-G?WI^p`6DmL"
        "dE*`*FMI@R5#i$y?mQKd_YG()@T8cJ<r3phN!4(F+>;Q(lR%!LWlvHrm}F0a;%VgkY-ADlBuJjlopB(a94oRw*Qnw{@}~#NMF^FP"
        "DygKBN-C+O(h`Zu*Io@>Fn}%}I=Vtg-*x7(EU2GJ{#z=CX8aw+zoo^{gmo*lhm}98K+BY8u_g9Vz87-ZgWg-A0cvO*4PoamUcy=6"
        "`z*Pm`Oht(aQ!cYGtR&4|0n7cRxA"
    )
)


def workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """Return a minimal .xlsx whose cells are inline texts, as Shenzhen's are."""

    def cell(text: str) -> str:
        return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'

    body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="s" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


SZSE_ROWS = [
    [
        "证券代码",
        "证券简称",
        "融资买入额(元)",
        "融资余额(元)",
        "融券卖出量(股/份)",
        "融券余量(股/份)",
        "融券余额(元)",
        "融资融券余额(元)",
    ],
    [
        "000001",
        "平　安　银　行\u3000",
        "60,000,000",
        "5,000,000,000",
        "50,000",
        "1,000,000",
        "9,200,000",
        "5,009,200,000",
    ],
    ["300750", "宁德时代", "1,000", "2,000", "0", "-", "", "2,000"],
]
