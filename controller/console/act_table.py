"""Which acts there are, who may do them, and which of them need a fresh proof or a second person.

One rule: what is not in this table can not be done through the console. A role here is necessary, never sufficient: the core
judges every act again, and a test holds that this table allows no role that the core would refuse for being that role.
The page docs/acts.md is made from it.
"""

import msgspec

from controller.domain.reasons import CUSTOMS_DECIDES, Role
from controller.line.configuring import COMPANY_MAY, MAY_PROPOSE

HANDS = (Role.OPERATOR, Role.SHIFT_LEAD, *CUSTOMS_DECIDES)
EVERYONE = (*HANDS, Role.CUSTOMS_AUDITOR, Role.INTEGRATOR)


class Argument(msgspec.Struct, frozen=True):
    """What an act is told. `choices`: one of these texts. Whole numbers are never negative."""

    name: str
    whole_number: bool = False
    required: bool = True
    choices: tuple[str, ...] = ()
    longest: int = 64


class Act(msgspec.Struct, frozen=True):
    """One act. `builder` is its name in `controller.daemon.acts`; `fixed` is told to it beside the arguments.

    `about` names the argument that says which thing it changes, with the prefix of its subject in the journal.
    """

    name: str
    zh: str
    en: str
    roles: tuple[Role, ...]
    builder: str
    arguments: tuple[Argument, ...] = ()
    reason: bool = False
    about: tuple[str, str] = ("", "")
    proof: bool = False
    two_people: bool = False
    fixed: tuple[tuple[str, str], ...] = ()


def _one(*names: str) -> tuple[Argument, ...]:
    return tuple(Argument(name) for name in names)


def _line(command: str, zh: str, en: str) -> Act:
    return Act(f"line-{command}", zh, en, HANDS, "line", reason=False, fixed=(("command", command),))


_CODE, _LOAD, _BOX = ("carton", "code"), ("load", "load_id"), ("container", "container_no")
_ALARM = (Argument("alarm", longest=160),)
_COUNT = Argument("count", whole_number=True)
_HOLD = (Argument("target"), Argument("scope", required=False, choices=("carton", "list", "load", "container")))
# Which hold the page showed under its number; what is left out is the one that has it now.
_LIFT = (
    Argument("hold_id"),
    Argument("scope", required=False, choices=("carton", "list", "load", "container", "line")),
    Argument("target", required=False, longest=160),
    Argument("code", required=False),
)
_SEEN_HOW = (Argument("dwell_ms", whole_number=True, required=False), Argument("tools", required=False, longest=400))
_WAY = Argument("way", choices=("belt", "hand"))
_OUTCOME = Argument("outcome", choices=("released", "detained", "returned", "transferred"))

# The word for what the page showed of the thing, as it came with it (`controller/line/shown.py`).
_SHOWN = Argument("shown", longest=16)
_SHOWN_IF_ANY = Argument("shown", required=False, longest=16)  # what is on no list yet can be meant, too
_RECHECK = Argument("recheck_id", longest=160)
_FORM = (
    Argument("result", choices=("match", "mismatch")),
    Argument("scope", choices=("thorough", "sampling")),
    Argument("wrapping", required=False, longest=80),
    Argument("site", required=False, longest=80),
    Argument("notes", required=False, longest=1200),
)
WITNESSES = (Role.OPERATOR, Role.SHIFT_LEAD)

# fmt: off
# One row an act, so that the table reads and diffs as one.
_ALL = (
    Act("load-arrived", "车次到达", "a load has arrived", HANDS, "load-arrived", _one("load_id", "plate"), about=_LOAD),
    Act("seal-check", "开始验封", "begin the check of a load's seals", HANDS, "seal-check", _one("load_id"), about=_LOAD),
    Act("seal-report", "报告封志状况", "report a seal that is broken or absent", HANDS, "seal-report", (*_one("load_id"), Argument("condition", choices=("broken", "absent"))), reason=True, about=_LOAD),
    Act("second-look", "复核封志", "another person looks at the seals again", (Role.SHIFT_LEAD, *CUSTOMS_DECIDES), "second-look", (*_one("load_id"), Argument("result", choices=("accept", "confirm")), _SHOWN), reason=True, about=_LOAD, proof=True),
    Act("unload", "开始卸货", "begin to unload a load", HANDS, "unload", _one("load_id"), about=_LOAD),
    Act("came-with", "更正车次", "say with which load a carton came, where its unloading was reported too late or too early", CUSTOMS_DECIDES, "came-with", _one("code", "load_id"), reason=True, about=_CODE, proof=True, two_people=True),
    Act("hold", "扣留", "hold a carton, list, load or container", HANDS, "hold", _HOLD, reason=True),
    Act("lift", "解除扣留", "lift a hold", (Role.SHIFT_LEAD, *CUSTOMS_DECIDES), "lift", _LIFT, reason=True, about=("hold", "hold_id"), proof=True, two_people=True),
    Act("close-inspection", "查验结案", "close the inspection that customs ordered for a list", CUSTOMS_DECIDES, "close-inspection", _one("list_key"), reason=True, about=("list", "list_key"), proof=True, two_people=True),
    Act("rerun", "取箱重检", "take a carton from a lane to put it on the induct again", HANDS, "rerun", (*_one("code"), Argument("lane", required=False), Argument("track", required=False)), about=_CODE),
    # No fresh proof: the belt is the deadline, and a PIN for every carton would turn each of them to inspection.
    Act("verdict", "判图", "say what one X-ray image shows", CUSTOMS_DECIDES, "verdict", (*_one("track", "image"), Argument("verdict", choices=("clear", "open", "anomaly")), *_SEEN_HOW), reason=True),
    Act("verdict-undo", "撤销判图", "take back the own verdict on one X-ray image before the belt decides", CUSTOMS_DECIDES, "verdict-undo", _one("track", "image"), reason=True),
    Act("removed", "取走", "report a carton taken away by hand", HANDS, "removed", _one("code", "place"), reason=True, about=_CODE),
    Act("missing", "标记缺失", "report a carton that is nowhere to be found", (Role.SHIFT_LEAD, *CUSTOMS_DECIDES), "removed", _one("code"), reason=True, about=_CODE, proof=True, fixed=(("place", "missing"),)),
    Act("custody", "入库暂存", "move a carton into a custody place", HANDS, "custody", _one("code", "place"), about=_CODE),
    Act("end-custody", "出库", "take a carton out of custody", CUSTOMS_DECIDES, "end-custody", (*_one("code"), _SHOWN), reason=True, about=_CODE, proof=True),
    Act("recheck-open", "开箱", "open a carton at the recheck bench", CUSTOMS_DECIDES, "recheck-open", (*_one("code"), Argument("bench", required=False)), about=_CODE),
    Act("recheck-count", "补数", "count items of a declared line by hand", CUSTOMS_DECIDES, "recheck-count", (*_one("code"), Argument("gnum", whole_number=True), _COUNT), about=_CODE),
    Act("recheck-undo", "撤销上次扫描", "take back the last scan at the bench", CUSTOMS_DECIDES, "recheck-undo", _one("code"), about=_CODE),
    Act("recheck-still", "拍照", "take a still of the open carton", CUSTOMS_DECIDES, "recheck-still", _one("code"), about=_CODE),
    Act("recheck-seal", "登记新封", "report the new seal of a rechecked carton", CUSTOMS_DECIDES, "recheck-seal", _one("code", "seal_no"), about=_CODE),
    Act("recheck-decide", "复验处置", "decide the outcome of a recheck", CUSTOMS_DECIDES, "recheck-decide", (*_one("code"), _OUTCOME, _WAY, Argument("place", required=False)), reason=True, about=_CODE, proof=True),
    Act("recheck-confirm", "第二人确认复验", "the second officer confirms the outcome of a recheck", CUSTOMS_DECIDES, "recheck-confirm", (*_one("code"), _OUTCOME, _WAY, Argument("place", required=False), _SHOWN), about=_CODE, proof=True),
    Act("recheck-abandon", "中止复验", "give up a recheck", CUSTOMS_DECIDES, "recheck-abandon", _one("code"), reason=True, about=_CODE),
    Act("recheck-second", "叫第二名关员", "keep the open carton in custody at the bench and call a second officer", CUSTOMS_DECIDES, "recheck-second", _one("code"), about=_CODE),
    Act("recheck-party", "登记当事人", "say whether the party whose goods they are is there", CUSTOMS_DECIDES, "recheck-party", (*_one("code"), Argument("party", choices=("present", "refused", "absent")), Argument("name", required=False, longest=60)), about=_CODE),
    Act("recheck-witness", "见证签名", "sign as the witness of an open carton", WITNESSES, "recheck-witness", _one("code"), about=_CODE, proof=True),
    Act("stock-take", "暂存盘点", "say which cartons stand in a custody place", HANDS, "stock-take", (Argument("place", longest=40), Argument("codes", required=False, longest=12_000)), about=("place", "place")),
    Act("record-draft", "填写查验记录单", "write the inspection record of a recheck", CUSTOMS_DECIDES, "record-draft", (_RECHECK, *_FORM)),
    Act("record-submit", "提交查验记录单", "hand an inspection record to the section chief", CUSTOMS_DECIDES, "record-submit", (_RECHECK, *_FORM), proof=True),
    Act("record-return", "退回查验记录单", "send an inspection record back to the inspector", (Role.SECTION_CHIEF,), "record-return", (_RECHECK, _SHOWN), reason=True),
    Act("record-approve", "审批查验记录单", "approve an inspection record", (Role.SECTION_CHIEF,), "record-approve", (_RECHECK, _SHOWN), reason=True, proof=True),
    Act("record-elsewhere", "登记别处归档", "say where an inspection record is filed that is not kept here", CUSTOMS_DECIDES, "record-elsewhere", (_RECHECK, Argument("where", longest=120), _SHOWN), reason=True, proof=True),
    Act("open-container", "登记箱体", "open a container at a door", HANDS, "open-container", (*_one("container_no"), Argument("door", required=False)), about=_BOX),
    Act("close-container", "关箱", "close a container with the count of its cartons", HANDS, "close-container", (*_one("container_no"), _COUNT), about=_BOX),
    Act("weigh-container", "过磅", "report the weight of a container", HANDS, "weigh-container", (*_one("container_no"), Argument("gross_g", whole_number=True), Argument("tare_g", whole_number=True)), about=_BOX),
    Act("seal-container", "施封", "report the seal of a container", HANDS, "seal-container", _one("container_no", "seal_no"), about=_BOX),
    Act("reopen-container", "重新开箱", "open a closed container again", HANDS, "reopen-container", _one("container_no"), reason=True, about=_BOX),
    Act("gate-pass", "签发核放单", "issue a gate pass", CUSTOMS_DECIDES, "gate-pass", (*_one("pass_id", "container_no", "plate"), Argument("gross_g", whole_number=True, required=False)), about=("pass", "pass_id"), proof=True),
    Act("void-pass", "作废核放单", "void a gate pass", CUSTOMS_DECIDES, "void-pass", _one("pass_id"), reason=True, about=("pass", "pass_id"), proof=True),
    Act("gate-check", "卡口人工确认", "say what becomes of a truck at the gate", CUSTOMS_DECIDES, "gate-check", (*_one("gate", "session_id"), Argument("result", whole_number=True), _SHOWN), reason=True, proof=True),
    Act("alarm-acknowledge", "确认报警", "say that an alarm is seen; it stays while its condition stands", HANDS, "alarm-acknowledge", (*_ALARM, _SHOWN)),
    Act("alarm-shelve", "搁置报警", "put an alarm that is not urgent aside for a while, a shift at most", (Role.SHIFT_LEAD, *CUSTOMS_DECIDES), "alarm-shelve", (*_ALARM, Argument("minutes", whole_number=True), _SHOWN_IF_ANY), reason=True, proof=True),
    Act("alarm-out-of-service", "停用报警", "take an alarm that is not urgent out of service until somebody puts it back", (Role.SHIFT_LEAD, *CUSTOMS_DECIDES), "alarm-out-of-service", (*_ALARM, _SHOWN_IF_ANY), reason=True, proof=True),
    Act("alarm-in-service", "恢复报警", "put an alarm back in service", HANDS, "alarm-in-service", _ALARM),
    Act("alarm-unshelve", "取回报警", "take a shelved alarm back before its time", HANDS, "alarm-unshelve", _ALARM),
    Act("shift-handover", "交接班", "hand the shift over; whoever takes it signs", (Role.OPERATOR, Role.SHIFT_LEAD), "shift-handover", (Argument("to_account", required=False), Argument("notes", required=False, longest=500)), proof=True, two_people=True),
    Act("rules-propose", "提请新布控规则", "put the rules that wait in force; one of the two is a section chief", CUSTOMS_DECIDES, "rules-propose", _one("sha256"), reason=True, proof=True, two_people=True),
    Act("config-propose", "提请变更配置", "propose changed settings that were checked before", MAY_PROPOSE, "config-propose", _one("sha256"), reason=True, proof=True),
    Act("config-accept", "同意企业自管配置", "agree to changed settings that are the company's own, for the next start", COMPANY_MAY, "config-accept", _one("sha256"), reason=True, proof=True),
    Act("config-sign", "签署配置变更", "agree to changed settings that customs must sign; one of the two is a section chief", CUSTOMS_DECIDES, "config-sign", _one("sha256"), reason=True, proof=True, two_people=True),
    Act("config-reject", "退回配置变更", "turn proposed or agreed settings down, or take the own proposal back", MAY_PROPOSE, "config-reject", _one("sha256"), reason=True),
    Act("emergency-enter", "补录应急放行", "enter afterwards an emergency release that happened while the system was out", CUSTOMS_DECIDES, "emergency-enter", (Argument("began", longest=40), Argument("ended", longest=40), _COUNT, Argument("codes", required=False, longest=4000)), reason=True, proof=True, two_people=True),
    Act("sample-review", "抽样复审", "say in a blind second look what an image of the sample shows", CUSTOMS_DECIDES, "sample-review", (*_one("track", "image"), Argument("verdict", choices=("clear", "open", "anomaly"))), reason=True),
    _line("start", "启动", "start the line"),
    Act("line-hold", "保持", "hold the belt", EVERYONE, "line", fixed=(("command", "hold"),)),
    _line("unhold", "解除保持", "let the belt go on after a hold"),
    _line("reset", "复位", "reset faults at the PLC (never the safety chain)"),
    _line("clear", "清线", "clear the belt"),
    _line("resume", "恢复", "resume after fail-safe or a session conflict"),
    _line("mute", "静音", "silence the sounder until a new cause"),
    Act("stop", "停止", "stop the line", EVERYONE, "line", fixed=(("command", "stop"),)),
)
# fmt: on

ACT_TABLE: dict[str, Act] = {act.name: act for act in _ALL}
