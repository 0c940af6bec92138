"""The catalogue of reasons: why a carton may not take the release lane, and what to do about it.

One rule: nothing in this project says "no" without a code from here. The same entry feeds the decision record, the
command line, the screens (zh-CN and English) and the manual.

`lane` is where the reason sends a carton; `suspicion` tells open-box recheck (suspicion, customs' order, an officer's
verdict) from re-run (everything else); `pending` marks reasons that settle by themselves while the carton is still
moving; `lift` names the roles that may lift a hold with this code.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

NEUTRAL = "customs_check"


class LaneKind(StrEnum):
    """What a lane is for. A site may have several lanes of one kind, but exactly one of kind release."""

    RELEASE = "release"
    INSPECT = "inspect"
    ANOMALY = "anomaly"


class Role(StrEnum):
    """Who acts. The first three belong to customs, the next three to the company, the last is the daemon itself."""

    OFFICER = "officer"
    SECTION_CHIEF = "section_chief"
    CUSTOMS_AUDITOR = "customs_auditor"
    OPERATOR = "operator"
    SHIFT_LEAD = "shift_lead"
    INTEGRATOR = "integrator"
    LINE = "line"


CUSTOMS_DECIDES = (Role.OFFICER, Role.SECTION_CHIEF)
CUSTOMS = (*CUSTOMS_DECIDES, Role.CUSTOMS_AUDITOR)
COMPANY_LEADS = (Role.SHIFT_LEAD,)


class Reason(msgspec.Struct, frozen=True):
    """One catalogue entry. `neutral` is the code that company screens and logs show instead of `code`."""

    code: str
    lane: LaneKind
    zh: str
    en: str
    next_zh: str
    next_en: str
    suspicion: bool = False
    pending: bool = False
    customs_only: bool = False
    lift: tuple[Role, ...] = CUSTOMS_DECIDES

    @property
    def neutral(self) -> str:
        return NEUTRAL if self.customs_only else self.code


def _inspect(code: str, zh: str, en: str, next_zh: str, next_en: str, **more: object) -> Reason:
    return Reason(code, LaneKind.INSPECT, zh, en, next_zh, next_en, **more)  # type: ignore[arg-type]


def _anomaly(code: str, zh: str, en: str, next_zh: str, next_en: str, **more: object) -> Reason:
    return Reason(code, LaneKind.ANOMALY, zh, en, next_zh, next_en, **more)  # type: ignore[arg-type]


_RERUN_ZH, _RERUN_EN = "扫码后重新上线", "scan the carton and put it on the induct again"
_WAIT_ZH, _WAIT_EN = "等待, 无需操作", "nothing to do, it settles while the carton moves"
_BOX_ZH, _BOX_EN = "送开箱复验", "take it to open-box recheck"
_LOOK_ZH, _LOOK_EN = "送异常台人工核对", "a person checks it at the anomaly bench"

# fmt: off
# One row a reason, so that the catalogue reads and diffs as a table.
_TRACKING = (
    _inspect("not_tracked", "未被跟踪", "the line does not track this carton", _RERUN_ZH, _RERUN_EN),
    _inspect("old_epoch", "跟踪代次已变", "tracking began anew since this carton was inducted", _RERUN_ZH, _RERUN_EN),
    _inspect("tracking_lost", "跟踪丢失", "the carton was lost between two photo-eyes", _RERUN_ZH, _RERUN_EN),
    _inspect("unexpected_item", "意外出现的箱", "it appeared where no carton was expected", _RERUN_ZH, _RERUN_EN),
    _inspect("size_or_gap_error", "尺寸或间距错误", "length or gap does not fit one carton", _RERUN_ZH, _RERUN_EN),
    _inspect("events_lost", "控制器事件缺失", "events of the PLC were lost while it was on the belt", _RERUN_ZH, _RERUN_EN),
    _inspect("restarted", "程序重启期间在线", "the daemon restarted while it was past the decision point", _RERUN_ZH, _RERUN_EN),
    _inspect("already_diverted", "已分流", "it already took a lane", _RERUN_ZH, _RERUN_EN),
)

_IDENTITY = (
    _inspect("scan_pending", "待扫码", "the induct readers have not finished", _WAIT_ZH, _WAIT_EN, pending=True),
    _inspect("no_read", "未读到条码", "no reader gave a waybill number", "重贴或补录条码后重检", "mend the label, then put it on the induct again"),
    _inspect("read_ambiguous", "读码归属不明", "a read fits the windows of two cartons", _RERUN_ZH, _RERUN_EN),
    _inspect("identity_uncertain", "身份未确认", "no check digit, frame check or second read confirms the number", _RERUN_ZH, _RERUN_EN),
    _anomaly("check_digit_wrong", "校验位错误", "a waybill number was read with a wrong check digit", _LOOK_ZH, _LOOK_EN),
    _anomaly("two_waybills", "一箱两单", "two different waybill numbers on one carton", _LOOK_ZH, _LOOK_EN),
    _anomaly("carrier_ambiguous", "承运人不明", "two carriers have this number on a list", "核对面单上的承运人; 关员按 承运人/单号 办理, 或由误报方删单; 已删清单上海关未结的布控, 扣留, 先由关员结案", "compare the carrier on the label: officers act on it as CARRIER/NUMBER, or the sender deletes the wrong list; what customs ordered on a deleted list an officer closes first"),
    _anomaly("duplicate", "重复箱号", "the same number on another carton", _LOOK_ZH, _LOOK_EN, lift=(*CUSTOMS_DECIDES, *COMPANY_LEADS)),
    _anomaly("rerun_expired", "重检指令已过期", "it came later than a re-run that was ordered stands: another carton may bear its number", "送异常台核对实物, 解除后重新取箱重检", "a person compares it at the anomaly bench, lifts the hold and orders the re-run anew", lift=(*CUSTOMS_DECIDES, *COMPANY_LEADS)),
    _inspect("verify_pending", "待复读", "the verify reader has not finished", _WAIT_ZH, _WAIT_EN, pending=True),
    _inspect("verify_missing", "复读缺失", "the verify reader gave nothing", _RERUN_ZH, _RERUN_EN),
    _inspect("verify_differs", "复读不一致", "the verify read differs from the induct read", _RERUN_ZH, _RERUN_EN),
)

_WEIGHT = (
    _inspect("weight_pending", "待称重", "the carton is not past the scale", _WAIT_ZH, _WAIT_EN, pending=True),
    _inspect("not_weighed", "无重量", "no single stable weight in its window", _RERUN_ZH, _RERUN_EN),
    _inspect("weight_differs", "重量超差", "weight and declaration differ by more than the tolerance", _BOX_ZH, _BOX_EN, suspicion=True),
)

_IMAGING = (
    _inspect("image_pending", "待成像", "its X-ray image has not come yet", _WAIT_ZH, _WAIT_EN, pending=True),
    _inspect("image_missing", "无图像", "no X-ray image came for it in time", _RERUN_ZH, _RERUN_EN),
    _inspect("image_late", "图像迟到", "its X-ray image came later than its own can come, or after the belt had decided", _RERUN_ZH, _RERUN_EN),
    _inspect("image_incomplete", "图像不完整", "the X-ray image does not show the whole carton", _RERUN_ZH, _RERUN_EN),
    _inspect("image_ambiguous", "图像归属不明", "nobody can say that the X-ray image is of this carton", _RERUN_ZH, _RERUN_EN),
    _inspect("image_unusable", "图像不可用", "what came as its X-ray image is none", _RERUN_ZH, _RERUN_EN),
    _inspect("analysis_pending", "图像分析中", "the analyser has not answered yet", _WAIT_ZH, _WAIT_EN, pending=True),
    _inspect("analysis_failed", "图像分析失败", "the analyser gave no answer: a person looks", "请关员看图", "an officer looks at the image, or run it again"),
    _inspect("analyser_finding", "分析器提示", "the analyser points at something that differs from the declaration", _BOX_ZH, _BOX_EN, suspicion=True, customs_only=True),
    _inspect("rule_hit", "风险规则命中", "a targeting rule of customs hits", _BOX_ZH, _BOX_EN, suspicion=True, customs_only=True),
    _inspect("selected", "随机抽中", "the random draw picked it", "请关员看图, 或重检", "an officer looks at the image, or run it again", customs_only=True),
    _inspect("selection_pending", "待抽选", "the random draw is not made yet", _WAIT_ZH, _WAIT_EN, pending=True, customs_only=True),
    _inspect("selection_failed", "抽选失败", "the random draw could not be made: a person looks", "请关员看图, 检查抽选密钥", "an officer looks at the image; check the file of the secret", customs_only=True),
    _inspect("verdict_pending", "待关员判图", "an officer has not judged the image yet", "请关员看图", "an officer looks at the image now", pending=True, customs_only=True),
    _inspect("verdict_late", "判图超时", "no officer judged the image before the belt had to decide", _RERUN_ZH, _RERUN_EN, customs_only=True),
    _inspect("verdict_open", "判图: 开箱", "an officer wants it opened after seeing the image", _BOX_ZH, _BOX_EN, suspicion=True, customs_only=True),
    _anomaly("verdict_anomaly", "判图: 异常", "an officer wants it at the anomaly bench after seeing the image", _LOOK_ZH, _LOOK_EN, customs_only=True),
)

_PAPERS = (
    _anomaly("not_declared", "不在任何清单", "the number is on no complete list", _LOOK_ZH, _LOOK_EN),
    _anomaly("list_withdrawn", "清单已撤销", "the list was deleted or is only a draft", _LOOK_ZH, _LOOK_EN),
    _anomaly("declaration_conflict", "申报冲突", "two different lists claim this number", "海关先令改正单证 (删改错单, 重发预报), 再解除扣留", "customs first has the papers put right (the wrong list deleted or changed, the right notice sent again), then lifts the hold"),
    _anomaly("pack_count_differs", "件数不符", "load notice and list disagree on the number of cartons", _LOOK_ZH, _LOOK_EN),
    _inspect("list_incomplete", "清单件数不齐", "not every carton of its list has been seen", "等齐后重检", "run it again when the missing cartons are here", lift=CUSTOMS_DECIDES),
    _anomaly("load_unknown", "车次不明", "no load was being unloaded when it was inducted", _LOOK_ZH, _LOOK_EN),
    _anomaly("load_notice_missing", "无到货预报", "the load has no load notice: all of it is held", "补报到货预报, 海关核对并解除扣留后重检", "send the load notice; run it again when customs has compared it and lifted its hold"),
    _anomaly("load_plate_differs", "车牌不符", "the plate that arrived is not the plate of the load notice", "海关先核对车辆与预报, 再解除扣留", "customs first looks at the truck and its notice, then lifts the hold"),
    _anomaly("load_notice_late", "预报迟到", "its seals had been looked at before its first load notice came", "海关先核对车辆、封志与预报, 再解除扣留", "customs first compares the truck and its seals with the notice, then lifts the hold"),
    _anomaly("carton_in_two_notices", "一箱两报", "two load notices name this carton", "海关先令重发正确预报, 再解除扣留", "customs first has the right notice sent again, then lifts the hold"),
    _anomaly("wrong_load", "不属本车次", "the load notice of this load does not name it", "送异常台核对; 卸货登记早了或晚了, 由海关更正车次", "a person checks it at the anomaly bench; where its unloading was reported too late or too early, customs says with which load it came (act came-with)"),
)

_SEAL = (
    _inspect("seal_not_checked", "未验封", "the seals of its load are not checked", "先验封, 后重检", "check the seals of its load, then run it again"),
    _inspect("seal_unread", "封号未读到", "a seal of its load was not read or not seen clearly", "重新验封, 或由另一人复核", "check the seals again, or another person looks", lift=(*CUSTOMS_DECIDES, *COMPANY_LEADS)),
    _inspect("seal_differs", "封号不符", "a seal of its load is not the announced one", "由另一关员复核", "another officer looks at the seal", suspicion=True),
    _inspect("seal_broken", "封志破损", "a seal of its load is broken", "由另一关员复核", "another officer looks at the seal", suspicion=True),
    _inspect("seal_absent", "无封志", "a seal of its load is not there", "由另一关员复核", "another officer looks at the seal", suspicion=True),
)

_CUSTOMS = (
    _inspect("customs_status_missing", "无海关回执", "customs has not answered for its list", "等待回执后重检", "run it again when customs has answered"),
    _inspect("customs_not_released", "海关未放行", "customs has not released its list yet", "等待放行后重检", "run it again when customs has released it"),
    _inspect("customs_status_unknown", "回执代码未知", "customs answered with a code the line does not know", "请海关核实", "customs looks at the list"),
    _inspect("customs_status_conflict", "回执矛盾", "two receipts of one instant disagree", "请海关核实", "customs looks at the list"),
    _inspect("customs_dated_ahead", "回执日期超前", "customs' word for its list is dated in the future", "先核对本机时钟与海关时间; 时钟无误则请海关重发回执, 再由海关解除扣留", "compare this machine's clock with customs'; if it is right, have customs send the receipt again; customs lifts the hold"),
    _inspect("customs_inspection", "海关布控查验", "customs orders an inspection", _BOX_ZH, _BOX_EN, suspicion=True, customs_only=True),
    _inspect("inspection_open", "查验未结", "customs released after an inspection order whose result is not recorded", _BOX_ZH, _BOX_EN, suspicion=True, customs_only=True),
    _anomaly("customs_rejected", "海关退单", "customs rejected the list", _LOOK_ZH, _LOOK_EN),
    _inspect("customs_detained", "海关扣留", "customs detains the goods", _BOX_ZH, _BOX_EN, suspicion=True, customs_only=True),
    _inspect("customs_silent", "海关失联", "nothing was heard of customs for longer than the limit", "检查与海关的连接, 恢复后重检", "check the link to customs; run it again when customs is heard"),
    _inspect("customs_returned", "退运", "customs orders the goods to be returned", _BOX_ZH, _BOX_EN, suspicion=True),
    _inspect("recalled", "召回", "its release was withdrawn after it took the release lane", "从放行道取回, 送开箱复验", "take it back from the release lane to open-box recheck", suspicion=True),
    _inspect("officer_hold", "关员扣留", "an officer holds it", _BOX_ZH, _BOX_EN, suspicion=True, customs_only=True),
    _inspect("emergency_released", "应急放行补录", "it left by an emergency release that was entered afterwards", "核对实物, 由关员处理", "compare it with the record of that release, bring it to customs", suspicion=True),
    _inspect("company_hold", "企业暂扣", "the company holds it", _LOOK_ZH, _LOOK_EN, lift=(*CUSTOMS_DECIDES, *COMPANY_LEADS)),
)

_CUSTODY = (
    _inspect("in_custody", "在暂存库", "it is kept in custody", "由关员出库", "customs takes it out of custody first"),
)

_RECHECK = (
    _inspect("recheck_open", "复验未结", "its open-box recheck has no outcome", "由两名关员结论", "two officers close its recheck"),
    _inspect("detained", "已扣留", "officers detained it after open-box recheck", "另两名关员复查后方可改变", "other officers recheck it before anything changes", suspicion=True),
    _inspect("returned", "已退运处置", "officers return it after open-box recheck", "另两名关员复查后方可改变", "other officers recheck it before anything changes", suspicion=True),
    _inspect("transferred", "已移交", "officers transferred it after open-box recheck", "另两名关员复查后方可改变", "other officers recheck it before anything changes", suspicion=True),
    _inspect("new_seal_unread", "新封签未读到", "the seal label of its recheck was not read beside its number", "核对封签后重新上线", "look at the seal label, then put it on the induct again"),
    _inspect("new_seal_differs", "新封签不符", "another seal label than that of its recheck is on it", "重新开箱复验", "open-box recheck by other officers", suspicion=True),
    _inspect("weight_changed", "复验后重量变化", "it weighs another weight than before its recheck", "重新开箱复验", "open-box recheck by other officers", suspicion=True),
    _inspect("recheck_outdated", "复验后申报已改", "its list was changed after its open-box recheck", "由另两名关员重新开箱复验", "open-box recheck by other officers", suspicion=True),
    _inspect("recheck_differs", "实物与申报不符", "what was found is not what is declared", "改单, 或扣留/退运/移交", "detain, return or transfer it, or have the list amended", customs_only=True),
    _inspect("new_seal_missing", "未施新封签", "no new seal is on it", "施封并登记封签号", "seal it and report the number"),
    _inspect("recheck_no_still", "无封后照片", "no picture shows it under its new seal", "再拍一张, 检查相机", "take a picture; see to the bench camera"),
    _inspect("not_scanned_in", "未入库", "it never came over the belt", "上线, 不可人工放行", "put it on the belt: it can not be released by hand"),
    _inspect("recheck_not_open", "无进行中的复验", "no open-box recheck of it is open", "先开始复验", "open its recheck first"),
    _inspect("bench_unknown", "无此复验台", "there is no bench with this reader", "核对台名", "name a reader with the role bench"),
    _inspect("same_officer", "同一关员", "one person can not be both officers of a recheck, nor recheck what he rechecked before", "换另一关员", "another officer does it"),
    _inspect("not_your_recheck", "非本人开箱", "the officer who opened it says first what becomes of it", "由开箱关员先结论", "the officer who opened it decides, or ends it without outcome"),
    _inspect("party_wrong", "当事人信息有误", "the party needs a name, and nobody who is absent has one", "选在场, 拒签或不在场, 在场须填姓名", "say present, refused or absent; a name where somebody is there", customs_only=True),
    _inspect("recheck_not_closed", "复验未有结论", "an inspection record is of a recheck that two officers closed", "先由两名关员结论", "two officers close the recheck first", customs_only=True),
    _inspect("record_not_yours", "非本次查验关员", "its record is written by one of the officers who were there", "由当次查验关员填写", "one of the officers of this recheck does it", customs_only=True),
    _inspect("record_form_wrong", "记录单填写有误", "the inspection record is not filled in as it must be", "按提示更正", "correct what it names", customs_only=True),
    _inspect("record_says_other", "记录单与查验结果矛盾", "the record says match or mismatch against what was found", "按查验结果改选相符或不符", "choose match or mismatch as it was found", customs_only=True),
    _inspect("record_not_drafted", "记录单未填写", "nobody has written its inspection record", "先填写记录单", "an officer of the recheck writes it first", customs_only=True),
    _inspect("record_submitted", "记录单已提交", "its inspection record is with the section chief", "由科长审批或退回", "the section chief approves it or sends it back", customs_only=True),
    _inspect("record_not_submitted", "记录单未提交", "its inspection record is not submitted", "先由查验关员提交", "an officer of the recheck submits it first", customs_only=True),
    _inspect("record_approved", "记录单已审批", "its inspection record is approved and does not change", "如需更正, 另行复查", "if it is wrong, other officers recheck the carton", customs_only=True),
    _inspect("record_elsewhere", "记录单在别处归档", "its inspection record is filed elsewhere", "如登记有误, 由查验关员在此填写", "if that is wrong, an officer of the recheck writes it here", customs_only=True),
    _inspect("record_pictures_pending", "照片未存完", "a picture of the recheck is not kept yet", "等待照片存妥后再提交", "wait until every picture is kept, then submit", customs_only=True),
    _inspect("record_no_witness", "缺当事人或见证人", "neither a party who signs nor a witness stands on it", "请场所经营人到场见证签名", "the keeper of the site signs as witness", customs_only=True),
    _inspect("outcome_differs", "两名关员结论不同", "the two officers do not say the same", "两人商定后再结", "both say the same outcome"),
)

_LOADING = (
    _inspect("not_released", "未放行", "it has not taken the release lane", "送回查验道", "take it back to the inspect lane"),
    _inspect("already_loaded", "已装箱", "it was scanned into a container before", "核对是否重复扫码", "see whether it was scanned twice, or bears another carton's number"),
    _inspect("not_from_release_lane", "不在放行道", "its last confirmed place is not the release lane", "扫码后重新上线", "scan the carton and put it on the induct again"),
    _inspect("already_departed", "已出区", "a carton with this number has left", _LOOK_ZH, _LOOK_EN),
    _inspect("no_container", "无待装箱体", "no container is open at this door", "先登记集装箱", "open a container at this door first"),
    _inspect("container_departed", "箱体已出区", "the container has left", "无可再改", "nothing can be changed in it any more"),
    _inspect("container_not_closed", "未关箱", "the container is not closed", "清点后关箱", "count and close it"),
    _inspect("container_not_weighed", "未称重", "the container is not weighed", "过磅", "weigh it"),
    _inspect("container_not_sealed", "未施封", "the container is not sealed", "施封并登记封号", "seal it and report the number"),
    _inspect("container_empty", "空箱", "nothing was loaded into it", "无需出区", "there is nothing to let out"),
    _inspect("count_differs", "装箱件数不符", "people counted another number than was scanned", "重新清点", "count again; take out what was not scanned"),
    _inspect("load_held", "箱内有扣货", "something in the container may not leave", "取出该箱", "take it out of the container"),
    _inspect("container_weight_differs", "装箱重量不符", "container and its cartons differ in weight by more than the tolerance", "开箱核对", "open it and compare it with the loading list"),
)

_GATE = (
    _inspect("gate_direction", "方向不符", "the gate tells of another direction than out", "关员人工确认", "an officer looks"),
    _inspect("gate_unread", "卡口未识别", "the gate did not read all it must", "关员人工确认", "an officer looks"),
    _inspect("gate_unsure", "卡口识别存疑", "the gate is not sure of what it read", "关员人工确认", "an officer looks"),
    _inspect("gate_weight_differs", "地磅超差", "truck and gate pass differ in weight by more than the tolerance", "关员人工确认", "an officer looks"),
    _inspect("gate_container_unknown", "箱号无记录", "no container with this number was loaded here", "退回", "send the truck back"),
    _inspect("gate_form_differs", "所示单号与核放单不符", "the truck shows another paper than the gate pass of its container", "关员人工确认", "an officer looks"),
    _inspect("gate_waited", "久候, 不知是否仍在", "it waited too long, or over a start, to be let go by itself", "关员看车是否仍在, 再放行", "an officer looks whether it stands there still, then lets it go"),
    _inspect("gate_container_differs", "箱号与开闸指令不符", "the container is not the one that the barrier was ordered for", "退回", "send the truck back"),
    _inspect("gate_pass_missing", "无核放单", "the container has no gate pass that stands", "办理核放单", "customs issues a gate pass"),
    _inspect("gate_plate_differs", "车牌与核放单不符", "the plate is not the one of the gate pass", "退回", "send the truck back"),
    _inspect("gate_seal_differs", "封号与核放单不符", "the seal is not the one of the gate pass", "退回查验", "send the truck back: the container is inspected"),
    _inspect("barrier_busy", "道闸未落", "the barrier is still open", "等道闸落下; 若正为此车开着, 请说明车是否离场", "wait until it is down; where it stands open for this truck, say whether it left", pending=True),
    _inspect("barrier_unconfirmed", "道闸未确认", "the barrier was ordered open and did not say that it is", "关员到场确认", "an officer looks whether the truck is still there"),
)

_LINE = (
    _inspect("not_configured", "未加载配置", "no configuration is loaded", "加载配置", "start the daemon with a configuration"),
    _inspect("rules_missing", "无布控规则", "images are required and no targeting rules of customs are in force", "请海关提供规则文件", "customs gives the file of rules (customs.rules_file), then the daemon starts again"),
    _inspect("config_unsigned", "配置未经海关签署", "settings that customs must sign were changed and nobody of customs signed them", "海关两人核对差异后签署, 或恢复原配置", "two of customs compare and sign them, or the signed file is put back and the daemon started again"),
    _inspect("plc_not_ready", "控制器未同步", "the PLC is away, silent or not reconciled", "等待恢复或检查网线", "wait for it or check its network"),
    _inspect("plc_fail_safe", "控制器失效安全", "the PLC is in fail-safe", "等待恢复", "the daemon resumes it once reconciled"),
    _inspect("session_conflict", "两个主机冲突", "a second daemon writes to this PLC", "停掉另一台后按恢复", "stop the other daemon, then resume the line", lift=COMPANY_LEADS),
    _inspect("task_down", "内部任务中断", "a part of the daemon stopped", "等待自动重启", "it restarts by itself; call the integrator if it stays"),
    _inspect("core_fault", "程序故障", "the decision code failed on an event: every carton is held", "请集成商检查后解除", "the integrator looks, then the hold is lifted", lift=(*CUSTOMS_DECIDES, *COMPANY_LEADS)),
    _inspect("foreign_release", "来历不明的放行", "the PLC holds a release that the journal does not know", "停线并调查", "the belt is stopped: find out where it came from, then lift the hold", lift=CUSTOMS_DECIDES),
    _inspect("released_without_decision", "无判定放行", "the PLC confirmed the release lane without a decision", "停线, 取回该箱", "the belt is stopped: take the carton back, then lift the hold", lift=CUSTOMS_DECIDES),
    _inspect("self_check_failed", "自检失败", "a check that is always on found an outcome that must not be", "请集成商检查", "the integrator looks at the record, then customs lifts the hold"),
    _inspect("verdict_not_kept", "待名判图过多", "too many officers' words on images of cartons without a name wait for it", "关员查看各道上无名的箱并开箱, 再解除扣留; 解除即表示较早的一半已处理", "officers open the cartons without a name that stand in the lanes, then lift the hold; with that the older half of the words is answered"),
    _inspect("receipt_not_kept", "先到回执过多", "a receipt that would hold its list came before the list and could not be kept", "导入缺少的清单; 海关核对等待最久的回执后解除 (解除后其中最早的十分之一不再等待), 再导入被拒的回执", "import the missing lists; customs looks at what has waited longest and lifts the hold, with which the oldest tenth waits no more; then import the refused receipts again"),
    _inspect("replay_differs", "重放不一致", "replaying the journal gave other outcomes than recorded", "请集成商比对前后两版程序按日志得出的未解除扣留、复验和判定, 再由海关解除", "the integrator compares which open holds, rechecks and decisions each of the two versions makes of the journal; then customs lifts the hold"),
)

# fmt: on

CATALOGUE: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        *_TRACKING,
        *_IDENTITY,
        *_WEIGHT,
        *_IMAGING,
        *_PAPERS,
        *_SEAL,
        *_CUSTOMS,
        *_CUSTODY,
        *_RECHECK,
        *_LOADING,
        *_GATE,
        *_LINE,
    )
}


class Blocker(msgspec.Struct, frozen=True):
    """One "no", with its catalogue code, the thing it is about, and what was seen."""

    code: str
    subject: str
    detail: str = ""

    @property
    def reason(self) -> Reason:
        return CATALOGUE[self.code]

    @property
    def cause(self) -> str:
        return f"{self.reason.en}: {self.detail}" if self.detail else self.reason.en

    @property
    def next_step(self) -> str:
        return self.reason.next_en


def lane_kind_for(blockers: tuple[Blocker, ...]) -> LaneKind:
    """Where a carton with these blockers belongs: suspicion goes to inspection before anything else."""
    if not blockers:
        return LaneKind.RELEASE
    if any(b.reason.suspicion for b in blockers):
        return LaneKind.INSPECT
    if any(b.reason.lane is LaneKind.ANOMALY for b in blockers):
        return LaneKind.ANOMALY
    return LaneKind.INSPECT


def neutral_codes(codes: Iterable[str]) -> list[str]:
    """Codes as the company may see them, each once. Of customs' own one, at the end: how many, and between which, tells which."""
    shown = dict.fromkeys(CATALOGUE[code].neutral if code in CATALOGUE else code for code in codes)
    return sorted(shown, key=lambda code: code == NEUTRAL)


def neutral_blockers(blockers: Iterable[Blocker]) -> tuple[Blocker, ...]:
    """The same of blockers of one thing: of customs' own the first, at the end."""
    told = tuple(blockers)
    own = [one for one in told if one.reason.customs_only]
    return (*(one for one in told if not one.reason.customs_only), *own[:1])
