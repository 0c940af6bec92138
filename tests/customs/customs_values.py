"""Declared values for the tests of the codecs."""

from datetime import datetime

from hypothesis import strategies as st

from controller.domain.declarations import DeclaredItem, DeclaredList, LoadNotice, NoticedCarton, Receipt

key = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=30)
maybe_key = st.just("") | key
words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=60)
digits17 = st.datetimes(datetime(1000, 1, 1)).map(lambda at: f"{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03d}")

items = st.builds(
    DeclaredItem,
    gnum=st.integers(1, 99999),
    gcode=key,
    gname=words,
    bar_code=key,
    qty=st.decimals("0.00001", "99999", places=5).map(str),
    unit=key,
)
lists = st.builds(
    DeclaredList,
    **{
        name: key
        for name in (
            "logistics_code", "logistics_no", "order_no", "cop_no", "ebc_code", "ebp_code", "agent_code",
            "statistics_flag", "trade_mode", "customs_code", "app_type", "app_status", "app_time", "guid",
        )
    },
    **{name: maybe_key for name in ("pre_no", "invt_no", "loct_no", "total_package_no", "bill_no")},
    pack_no=st.integers(1, 999_999_999),
    gross_weight_g=st.integers(0, 10**12),
    net_weight_g=st.integers(0, 10**12),
    items=st.lists(items, max_size=4).map(tuple),
    items_cut=st.just(0),
)  # fmt: skip
receipts = st.builds(
    Receipt,
    cop_no=key,
    pre_no=maybe_key,
    invt_no=maybe_key,
    order_no=maybe_key,
    ebc_code=key,
    agent_code=key,
    return_status=key,
    return_time=digits17,
    return_info=words,
    guid=key,
)


def notice(load_id: str = "LD001", count: int = 3) -> LoadNotice:
    cartons = tuple(NoticedCarton(f"SF10000000{i:03d}", "5001", f"SF10000000{i:03d}", 1, 1) for i in range(count))
    return LoadNotice(load_id, "渝A12345", "CSQU3054383", ("XY001", "XY002"), "AP-7", cartons)


def declared(**changes: object) -> DeclaredList:
    facts: dict[str, object] = dict.fromkeys(DeclaredList.__struct_fields__[:22], "A1")
    facts |= {"pack_no": 1, "gross_weight_g": 1250, "net_weight_g": 1100}
    facts["items"] = (DeclaredItem(1, "0910991000", "花椒", "无", "2.5", "035"),)
    return DeclaredList(**{**facts, **changes})  # type: ignore[arg-type]


def receipt(status: str = "800", time: str = "20261123090000000") -> Receipt:
    return Receipt("COP1", "", "", "ORD1", "EBC1", "AG1", status, time, "放行", "G-1")
