"""The paper of an approved inspection record 查验记录单: a PDF with embedded fonts, its pictures, and what it says as data.

One rule: it shows the fields of `RecordContent` and nothing that is not there but people's names; the same fields are embedded in
it, so that a stranger can compare. A process of its own (`python -m controller.records.inspection_pdf`), for making it holds the
interpreter: reads a `PaperOrder` as JSON, writes the PDF, or one line of JSON why not and exit code 3.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import zxingcpp
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from controller.line.record_state import MATCH, RecordRow, code_of, hash_of
from controller.records.record_paper import PaperOrder, embedded

FONT_FILES = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc"),
)
SIMPLIFIED = 2  # the face of the collection; the first one is Japanese
BEIJING = timedelta(hours=8)
LEFT_MM, WIDTH_MM, LINE_MM, LABEL_MM = 12.0, 186.0, 5.0, 38.0
PHOTOS_A_ROW, PHOTO_MM, PHOTO_HIGH_MM = 4, 45.6, 34.2
FAILED = 3

_OUTCOMES = {
    "released": "放行 released",
    "detained": "扣留 detained",
    "returned": "退运 returned",
    "transferred": "移交 transferred",
}
_SCOPES = {"thorough": "彻底查验 thorough", "sampling": "抽查 sampling"}
_PARTIES = {"present": "在场 present", "refused": "拒签 refuses to sign", "absent": "不在场 absent", "": "未登记 not entered"}
_COLUMNS = (
    (9.0, "项", "line"), (43.0, "品名", "goods"), (22.0, "税号", "HS"), (29.0, "商品码", "product code"),
    (17.0, "申报", "declared"), (15.0, "实际", "found"), (35.0, "追溯码", "trace codes"), (16.0, "相符", "right"),
)  # fmt: skip


class PaperError(Exception):
    """It can not be made here."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(cause)
        self.answer = {"code": code, "cause": cause, "next_step": next_step}


def font_file() -> Path:
    found = next((path for path in FONT_FILES if path.is_file()), None)
    if found is None:
        step = "install the package fonts-noto-cjk (Debian, Ubuntu); the paper is made again by itself"
        raise PaperError("font_missing", f"no Chinese font at {FONT_FILES[0]}", step)
    return found


def paper(order: PaperOrder) -> bytes:
    """The PDF. Raises `PaperError`."""
    font = font_file()
    pdf: Any = FPDF(format="A4")
    pdf.add_font("cjk", "", str(font), collection_font_number=SIMPLIFIED)
    pdf.set_margins(LEFT_MM, 10, LEFT_MM)
    pdf.set_auto_page_break(True, margin=12)
    pdf.set_title(f"查验记录单 {order.content.carton_no}")
    pdf.set_creation_date(datetime.fromisoformat(order.content.approved_utc.rstrip("?").replace("Z", "+00:00")))
    pdf.add_page()
    page = _Page(pdf, order, {"new_x": XPos.LMARGIN, "new_y": YPos.NEXT})
    for part in (page.head, page.facts, page.goods, page.result, page.photos, page.signatures, page.proof):
        part()
    pdf.embed_file(bytes=embedded(order.content), basename="record.json", compress=False, desc="the record's fields")
    return bytes(pdf.output())


class _Page:
    """The parts from the top down."""

    def __init__(self, pdf: Any, order: PaperOrder, below: dict[str, Any]) -> None:
        self.pdf = pdf
        self.content = order.content
        self.order = order
        self.below = below

    def head(self) -> None:
        self._font(17)
        again = "(复验) " if self.content.reinspection else ""
        self.pdf.cell(WIDTH_MM, 8, f"查验记录单 {again}", align="C", **self.below)
        self._font(8.5, grey=True)
        kind = "Inspection record, re-inspection" if self.content.reinspection else "Inspection record"
        self.pdf.cell(WIDTH_MM, 4.5, f"{kind} · 线 line {self.content.line} · {self.content.recheck_id}", align="C", **self.below)
        self.pdf.ln(1.5)

    def facts(self) -> None:
        one = self.content
        pairs = (
            ("箱号 carton", one.carton_no), ("清单号 list", one.list_no), ("订单号 order", one.order_no),
            ("电商企业 trader", one.trader), ("监管方式 mode of trade", one.trade_mode),
            ("查验方式 scope", _SCOPES.get(one.form.scope, one.form.scope)),
            ("开箱 opened", _beijing(one.opened_utc)), ("结论 closed", _beijing(one.closed_utc)),
            ("查验地点 place", one.form.place), ("包装 wrapping", one.form.wrapping),
            ("来货封志 seals announced", ", ".join(one.load_seals)), ("新封志 new seal", one.new_seal),
        )  # fmt: skip
        half = WIDTH_MM / 2
        for at in range(0, len(pairs), 2):
            y = self.pdf.get_y()
            for place, (label, value) in enumerate(pairs[at : at + 2]):
                self.pdf.set_xy(LEFT_MM + place * half, y)
                self._font(8, grey=True)
                self.pdf.cell(LABEL_MM, LINE_MM, label)
                self._font(9.5)
                self.pdf.cell(half - LABEL_MM, LINE_MM, self._cut(value or "—", half - LABEL_MM - 1))
            self.pdf.set_xy(LEFT_MM, y + LINE_MM)
        self.pdf.ln(1.5)

    def goods(self) -> None:
        self._font(7, grey=True)
        for width, zh, en in _COLUMNS:
            self.pdf.cell(width, LINE_MM, f"{zh} {en}", border="B")
        self.pdf.ln(LINE_MM)
        for row in self.content.rows:
            self._row(row)
        if self.content.rows_left_out:
            self.pdf.cell(WIDTH_MM, LINE_MM, f"另有 {self.content.rows_left_out} 项 more lines", **self.below)
        self.pdf.ln(1.5)

    def _row(self, row: RecordRow) -> None:
        traces = row.traces[0] + (f" +{len(row.traces) - 1}" if len(row.traces) > 1 else "") if row.traces else "—"
        product = row.product[1:] if len(row.product) == 14 and row.product.startswith("0") else row.product
        texts = (
            str(row.gnum) if row.gnum else "—", row.name or "未申报 not declared", row.hs_code, product or "无码 none",
            row.declared, str(row.found) if row.found >= 0 else "—", traces, "是 yes" if row.matches else "否 NO",
        )  # fmt: skip
        self._font(9)
        for (width, _, _), text in zip(_COLUMNS, texts, strict=True):
            self.pdf.cell(width, LINE_MM, self._cut(text, width - 1), border="B")
        self.pdf.ln(LINE_MM)

    def result(self) -> None:
        one = self.content
        self._font(11)
        result = "相符 as declared" if one.form.result == MATCH else "不符 DIFFERS"
        hand = " (人工装箱 by hand)" if one.by_hand else ""
        self.pdf.cell(WIDTH_MM / 2, 6, f"查验结果 result: {result}")
        self.pdf.cell(WIDTH_MM / 2, 6, f"处置 outcome: {_OUTCOMES.get(one.outcome, one.outcome)}{hand}", **self.below)
        self._font(9)
        for label, text in (
            ("差异 differences", "; ".join(one.differences)), ("理由 reason", one.cause), ("查验情况 notes", one.form.notes),
        ):  # fmt: skip
            if text:
                self.pdf.multi_cell(WIDTH_MM, 4.6, f"{label}: {text}", align="L", **self.below)
        self.pdf.ln(1.5)

    def photos(self) -> None:
        for at in range(0, len(self.order.photos), PHOTOS_A_ROW):
            row = self.order.photos[at : at + PHOTOS_A_ROW]
            if self.pdf.get_y() + PHOTO_HIGH_MM + 5 > 285:
                self.pdf.add_page()
            y = self.pdf.get_y()
            for place, path in enumerate(row):
                x = LEFT_MM + place * (PHOTO_MM + 1.2)
                self.pdf.image(path, x, y, PHOTO_MM, PHOTO_HIGH_MM, keep_aspect_ratio=True)
                self.pdf.set_xy(x, y + PHOTO_HIGH_MM)
                self._font(6, grey=True)
                self.pdf.cell(PHOTO_MM, 3, f"{at + place + 1} · {self.content.photos[at + place].sha256[:16]}")
            self.pdf.set_xy(LEFT_MM, y + PHOTO_HIGH_MM + 4)

    def signatures(self) -> None:
        one = self.content
        if self.pdf.get_y() > 240:
            self.pdf.add_page()
        first, second = (*one.officers, "", "")[:2]
        party = _PARTIES.get(one.party, one.party) + (f" {one.party_name}" if one.party_name else "")
        rows = (
            ("查验关员 officers", f"{self._name(first)}    {self._name(second)}"),
            ("当事人 party", party + ("    签字 signature: ____________________" if one.party == "present" else "")),
            ("见证人 witness", self._name(one.witness) if one.witness else "—"),
            ("填写提交 submitted", f"{self._name(one.drafted_by)}    {_beijing(one.submitted_utc)}"),
            ("科长审批 section chief", f"{self._name(one.approved_by)}    {_beijing(one.approved_utc)}    意见 opinion: "
             + one.opinion),
        )  # fmt: skip
        self.pdf.ln(1)
        for label, text in rows:
            self._font(8, grey=True)
            self.pdf.cell(38, 6.2, label)
            self._font(9.5)
            self.pdf.multi_cell(WIDTH_MM - 38, 6.2, text, align="L", **self.below)
        self.pdf.ln(1.5)

    def proof(self) -> None:
        sha256 = hash_of(self.content)
        if self.pdf.get_y() + 24 > 287:
            self.pdf.add_page()
        y = self.pdf.get_y()
        self._squares(f"XYR1:{code_of(sha256)}:{sha256}", LEFT_MM + WIDTH_MM - 23, y, 23)
        self._font(8, grey=True)
        self.pdf.cell(40, 5, "验证码 verification code")
        self._font(14)
        self.pdf.cell(100, 5.5, code_of(sha256), **self.below)
        self._font(7.5, grey=True)
        told = (
            f"SHA-256 {sha256}",
            "核对 check: xiyong verify --record 本文件 this file, 或 or: xiyong verify --record-code 验证码 code",
            "时间为北京时间; ? 表示当时时钟存疑。Times are Beijing time; ? = the clock was in doubt.",
        )
        for text in told:
            self.pdf.cell(WIDTH_MM - 26, 4.2, text, **self.below)

    def _squares(self, text: str, x: float, y: float, side: float) -> None:
        """A QR code as black squares: no picture, so it stays sharp on any printer."""
        dots = np.array(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=1)) < 128
        step = side / dots.shape[0]
        self.pdf.set_fill_color(0)
        for row, column in np.argwhere(dots):
            self.pdf.rect(x + float(column) * step, y + float(row) * step, step * 1.02, step * 1.02, style="F")

    def _name(self, account: str) -> str:
        name = self.order.names.get(account, "")
        return f"{name} ({account})" if name and name != account else account or "—"

    def _font(self, size: float, *, grey: bool = False) -> None:
        self.pdf.set_font("cjk", size=size)
        self.pdf.set_text_color(90 if grey else 0)

    def _cut(self, text: str, width: float) -> str:
        """As much as fits, with a sign where something was left out."""
        if self.pdf.get_string_width(text) <= width:
            return text
        while text and self.pdf.get_string_width(text + "…") > width:
            text = text[:-1]
        return text + "…"


def _beijing(utc: str) -> str:
    if not utc:
        return "—"
    doubt = "?" if utc.endswith("?") else ""
    at = datetime.fromisoformat(utc.rstrip("?").replace("Z", "+00:00")).astimezone(UTC) + BEIJING
    return f"{at:%Y-%m-%d %H:%M:%S}{doubt}"


def main() -> int:
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=PaperOrder)
    try:
        data = paper(order)
    except PaperError as error:
        sys.stderr.write(msgspec.json.encode(error.answer).decode() + "\n")
        return FAILED
    sys.stdout.buffer.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
