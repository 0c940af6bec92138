"""The scenes of the demo: their names for people and how each must end.

The one rule: an end is written down here before anything runs. Source: issue "First", what it must show; reasons as text.
"""

from simulators.scenarios.expectations import Expect, Scene
from simulators.traffic.parcels import Trouble

RERUN_RELEASED = ("inspect",)


def _scene(name: str, zh: str, en: str, lanes: tuple[str, ...], end: str, *codes_any: str) -> Scene:
    return Scene(name, zh, en, Expect(lanes, end, codes_any))


# Scenes that a carton brings with it, by its trouble.
CARRIED: dict[Trouble, Scene] = {
    Trouble.NO_READ: _scene(
        "no_read", "未读到码, 换标后重检放行", "no read, relabelled, re-run and released", RERUN_RELEASED, "released", "no_read"
    ),
    Trouble.NOT_LISTED: _scene("not_listed", "不在任何清单", "not on any list", ("anomaly",), "anomaly", "not_declared"),
    Trouble.DUPLICATE_FIRST: _scene("duplicate", "两箱同号", "two cartons with one number", ("anomaly",), "anomaly", "duplicate"),
    Trouble.TWO_WAYBILLS: _scene(
        "two_waybills", "一箱两单", "two waybills on one carton", ("anomaly",), "anomaly", "two_waybills"
    ),
    Trouble.WRONG_CHECK: _scene(
        "wrong_check_digit", "校验位错误", "wrong check digit on the label", ("anomaly",), "anomaly", "check_digit_wrong"
    ),
    Trouble.OVERWEIGHT: _scene(
        "weight_out_of_tolerance", "重量超差", "weight out of tolerance", ("inspect",), "removed", "weight_differs"
    ),
    Trouble.WEIGHT_MISTYPED: _scene(
        "recheck_match_released",
        "申报重量有误, 开箱相符, 重新上线放行",
        "recheck match: inducted again and released",
        RERUN_RELEASED,
        "released",
        "weight_differs",
    ),
    Trouble.SIBLING_MISSING: _scene(
        "list_incomplete", "清单缺一箱", "a list with one carton missing", ("inspect",), "inspected", "list_incomplete"
    ),
    Trouble.NO_NOTICE: _scene(
        "load_without_notice",
        "无到货预报, 整车扣下",
        "load without notice, held whole",
        ("anomaly",),
        "anomaly",
        "load_notice_missing",
    ),
    Trouble.INSPECTION: _scene(
        "customs_inspection", "海关布控查验 500", "customs status 500", ("inspect",), "removed", "customs_inspection"
    ),
    Trouble.INSPECTION_CLEARED: _scene(
        "customs_500_result_800",
        "布控查验 500, 开箱相符, 上报结果, 海关放行 800",
        "customs 500, opened, result sent, customs 800, released",
        RERUN_RELEASED,
        "customs_released",
        "customs_inspection",
    ),
    Trouble.UNKNOWN_STATUS: _scene(
        "unknown_status", "回执代码未知", "unknown customs status", ("inspect",), "inspected", "customs_status_unknown"
    ),
    Trouble.RECALL_RELEASED: _scene(
        "recall_of_a_loaded_carton",
        "装箱后改查验, 召回取出",
        "800, then 500 when it is loaded: recalled from the container",
        ("release",),
        "recalled",
        "recalled",
    ),
    Trouble.RECALL_ON_BELT: _scene(
        "recall_on_belt",
        "判放行后改查验, 带上改道",
        "800, then 500 while on the belt",
        ("inspect",),
        "removed",
        "customs_inspection",
    ),
    Trouble.SEAL_DIFFERS: _scene(
        "seal_differs", "封号不符, 复核属实", "seal differs, confirmed", ("inspect",), "removed", "seal_differs"
    ),
    Trouble.SEAL_BROKEN: _scene(
        "seal_broken", "封志破损, 复核属实", "broken seal, confirmed", ("inspect",), "removed", "seal_broken"
    ),
    Trouble.SEAL_LIFTED: _scene(
        "seal_lifted",
        "封号不符, 另一关员复核解除",
        "seal differs, a second look lifts it",
        RERUN_RELEASED,
        "released",
        "seal_differs",
    ),
    Trouble.XRAY_LATE: _scene(
        "xray_late",
        "图像迟到, 重检放行",
        "X-ray image late, run again",
        RERUN_RELEASED,
        "released",
        "image_missing",
        "image_late",
    ),
    Trouble.XRAY_NEVER: _scene(
        "xray_never", "无图像, 重检放行", "X-ray image never comes, run again", RERUN_RELEASED, "released", "image_missing"
    ),
    Trouble.XRAY_TWICE: _scene(
        "xray_twice", "同一图像到两次, 仅计一次", "X-ray image comes twice, counts once", ("release",), "released"
    ),
    Trouble.HIDDEN: _scene(
        "analyser_finding",
        "分析器提示夹藏, 关员判开箱",
        "the analyser points at hidden metal, the officer wants it opened",
        ("inspect",),
        "removed",
        "verdict_open",
    ),
    Trouble.HIDDEN_UNSEEN: _scene(
        "officer_too_late", "关员判图超时", "nobody looks at a finding in time", ("inspect",), "removed", "verdict_late"
    ),
    Trouble.OFFICER_HOLD: _scene(
        "officer_hold", "关员扣留, 解除后重检放行", "officer holds and lifts", RERUN_RELEASED, "released", "officer_hold"
    ),
}

# Scenes that happen to whatever is on the belt.
LANE_FULL = _scene("lane_full", "放行道满", "release lane full", RERUN_RELEASED, "released", "lane_full")
JAM = _scene("jam", "卡箱, 人工清除", "jam, cleared by hand", ("release",), "released", "tracking_lost")
STOP = _scene("belt_stop", "停带 60 秒, 已判箱照放", "60 s belt stop, decided cartons still released", ("release",), "released")
XRAY_STOP = _scene(
    "xray_belt_stop",
    "停带时在射线机内, 重检",
    "in the X-ray tunnel when the belt stops, run again",
    RERUN_RELEASED,
    "released",
    "image_incomplete",
)
XRAY_MERGED = _scene(
    "xray_merged",
    "两箱一图, 都重检",
    "one X-ray image of two cartons, both run again",
    RERUN_RELEASED,
    "released",
    "image_ambiguous",
    "image_late",
    "image_missing",
)
EXCHANGED = _scene("exchanged", "两箱被人调换", "two cartons exchanged by hand", RERUN_RELEASED, "released", "verify_differs")
E_STOP = _scene("e_stop", "急停, 清带后重检", "E-stop with cartons on the belt, purged and re-run", RERUN_RELEASED, "released")
SCANNER_OUT = _scene(
    "scanner_unplugged", "扫码器拔线, 相机续读", "induct scanner unplugged, the camera reads on", ("release",), "released"
)
PLC_RESTART = _scene("plc_restart", "控制器断电重启", "PLC restart: a new epoch", RERUN_RELEASED, "released")
DAEMON_KILLED = _scene("daemon_killed", "主控程序被杀后重启", "daemon killed and started again", ("release",), "released")


RECHECK_DETAINED = _scene(
    "recheck_mismatch_detained", "开箱不符, 扣留", "recheck mismatch: detained", ("inspect",), "detained", "weight_differs"
)
LOADING_REFUSED = _scene(
    "loading_refused", "未放行箱装箱被拒", "loading of an unreleased carton refused", ("inspect",), "inspected", "loading_refused"
)
GATE_SEAL = _scene(
    "gate_seal_mismatch",
    "卡口封号不符, 退回后放行",
    "gate: wrong seal read, sent back; then the right one, let go",
    ("release",),
    "departed",
    "gate_refused",
)
GATE_GOOD = _scene(
    "gate_good_port_told", "卡口放行, 告知口岸", "gate: everything fits its pass, the port is told", ("release",), "port_told"
)


def carried_cartons(trouble: Trouble) -> frozenset[Trouble]:
    """The troubles whose cartons belong to one carried scene."""
    if trouble is Trouble.DUPLICATE_FIRST:
        return frozenset({Trouble.DUPLICATE_FIRST, Trouble.DUPLICATE_SECOND})
    return frozenset({trouble})
