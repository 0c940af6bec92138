"""The catalogue of alarms: how urgent each is, what it means, what to do, what follows if nobody does.

One rule: an alarm that is not here has no place on a screen; a test compares this list with what the core raises. Words of a
reason for holding cartons are those of the catalogue of reasons. Four priorities: 1 urgent, 2 high, 3 low, 4 to be known.
Source: ISA-18.2 states and EEMUA 191 shares as the HMI reference tells them.
"""

import msgspec

from controller.domain.reasons import CATALOGUE


class AlarmKind(msgspec.Struct, frozen=True):
    """One entry. `stops`: while it stands the line does not move or releases nothing, so the first of them is told apart.

    `standing`: it goes on and off with its condition; every other one happened once and stays until it is acknowledged.
    """

    code: str
    priority: int
    zh: str
    en: str
    next_zh: str
    next_en: str
    follows_zh: str
    follows_en: str
    stops: bool = False
    standing: bool = False
    customs_only: bool = False

    @property
    def shelvable(self) -> bool:
        """What is urgent can not be put aside."""
        return self.priority > 1


def _reason(
    code: str, priority: int, follows_zh: str, follows_en: str, *, stops: bool = False, standing: bool = False
) -> AlarmKind:
    """An alarm with the words of a reason."""
    one = CATALOGUE[code]
    return AlarmKind(
        code, priority, one.zh, one.en, one.next_zh, one.next_en, follows_zh, follows_en, stops, standing, one.customs_only
    )  # fmt: skip


_STOPPED = ("全线停止, 无箱放行", "the belt stands; nothing is released")
_NO_RELEASE = ("期间无箱放行", "nothing is released meanwhile")
_INSPECTED = ("该箱走查验道", "the carton takes the inspect lane")
_LATER = ("不影响行进中的箱", "cartons on the belt are not touched by it")
_HELD = ("相关箱一律扣住", "every carton it concerns is held")
_LEFT = ("该箱可能未经查验离场", "a carton may leave that must not")

# fmt: off
# One row an alarm, so that the list reads and diffs as a table.
_LINE = (
    AlarmKind("e_stop", 1, "急停已按下", "an emergency stop is pressed", "排除危险, 现场旋开急停, 现场复位", "see that nobody is in danger, release the button, reset at the machine", "全线停止; 跟踪作废, 在线箱全部重新识别", "the belt stands; tracking is void and every carton on it is identified anew", stops=True, standing=True),
    AlarmKind("guards_open", 1, "防护门打开", "a guard is open", "关好防护门, 现场复位", "close the guard, reset at the machine", *_STOPPED, stops=True, standing=True),
    AlarmKind("safety_reset", 2, "需现场安全复位", "the safety chain waits for its reset at the machine", "现场按安全复位", "press the safety reset at the machine", *_STOPPED, stops=True, standing=True),
    AlarmKind("local_start", 3, "需现场启动", "the belt waits for a start at the machine", "确认无人后, 现场按启动", "see that nobody is at the belt, then start it at the machine", *_STOPPED, stops=True, standing=True),
    AlarmKind("local_mode", 4, "现场手动模式", "the machine is in local mode", "检修完切回自动", "switch it back when the work there is done", "画面上不能启动", "it can not be started from here", standing=True),
    AlarmKind("air_lost", 2, "气压不足", "there is no compressed air", "检查气源", "see to the compressor", "分流不动作, 全部走查验道", "the diverter rests: everything takes the inspect lane", standing=True),
    AlarmKind("jam", 2, "堵箱", "a carton does not move", "停稳后取出箱并扫码, 再复位", "when it stands, take the carton out and scan it, then reset", "皮带停止; 该段的箱跟踪丢失", "the belt stands; cartons between the photo-eyes are lost to tracking", stops=True, standing=True),
    AlarmKind("lane_full", 3, "道满", "a lane is full", "从该道取走箱", "take cartons from it", "下一箱到分流口前停线", "the belt stops before the next carton for it", standing=True),
    AlarmKind("xray_fault", 2, "X 光机故障", "the X-ray machine has a fault", "按机器提示排除, 或叫集成商", "follow what the machine says, or call the integrator", "无图像的箱全部走查验道", "cartons without an image take the inspect lane", standing=True),
    AlarmKind("xray_not_ready", 2, "X 光机未就绪", "the X-ray machine is not ready", "等待预热, 检查联锁", "wait for it to warm up, see to its interlocks", "无图像的箱全部走查验道", "cartons without an image take the inspect lane", standing=True),
    AlarmKind("divert_differs", 1, "分流与判定不符", "the diverter took another lane than ordered", "取回该箱, 检查分流器", "fetch the carton, look at the diverter", *_LEFT),
    AlarmKind("divert_not_confirmed", 2, "分流未确认", "no lane confirmed the carton", "找到该箱, 扫码后重检", "find the carton, scan it and run it again", *_INSPECTED),
    AlarmKind("hold_not_taken", 1, "扣留未生效, 已停线", "the PLC refused a hold while it has a release: the belt was stopped", "取出该箱后再启动", "take the carton off before the belt is started", *_LEFT, stops=True),
    AlarmKind("epochs_used_up", 2, "跟踪代次用尽", "every tracking generation was used", "请集成商换新线号", "the integrator gives the line a new id", *_STOPPED, stops=True),
    AlarmKind("device_down", 3, "设备断开", "a device does not answer", "检查电源与连线, 恢复后自动接上", "see to its power and cable; it comes back by itself", "需要它的箱走查验道", "cartons that need it take the inspect lane", standing=True),
    AlarmKind("screen_dead", 2, "触摸屏无响应", "a screen shows nothing new any more", "看一眼屏幕, 必要时重启; 停止请按硬件急停", "look at the screen, start it again; the hardware stop works", "该处看不到实时状态", "nobody there sees the line as it is", standing=True),
)

_OF_REASONS = (
    _reason("plc_not_ready", 2, *_NO_RELEASE, stops=True, standing=True),
    _reason("plc_fail_safe", 2, "未判定的箱走查验道", "cartons without a decision take the inspect lane", stops=True, standing=True),
    _reason("session_conflict", 1, *_NO_RELEASE, stops=True, standing=True),
    _reason("rules_missing", 2, *_NO_RELEASE, stops=True, standing=True),
    _reason("config_unsigned", 2, *_NO_RELEASE, stops=True, standing=True),
    _reason("task_down", 2, *_NO_RELEASE, stops=True, standing=True),
    _reason("customs_silent", 2, *_NO_RELEASE, stops=True, standing=True),
    _reason("core_fault", 1, *_HELD, stops=True, standing=True),
    _reason("foreign_release", 1, *_LEFT, stops=True, standing=True),
    _reason("released_without_decision", 1, *_LEFT, stops=True, standing=True),
    _reason("self_check_failed", 1, *_HELD, stops=True, standing=True),
    _reason("verdict_not_kept", 2, *_HELD, stops=True, standing=True),
    _reason("receipt_not_kept", 2, *_HELD, stops=True, standing=True),
    _reason("replay_differs", 1, *_HELD, stops=True, standing=True),
    _reason("recalled", 1, *_LEFT),
    _reason("tracking_lost", 3, *_INSPECTED),
    _reason("events_lost", 3, "在线箱走查验道", "cartons on the belt take the inspect lane"),
    _reason("duplicate", 3, *_HELD),
    _reason("rerun_expired", 3, *_HELD),
    _reason("declaration_conflict", 3, *_HELD),
    _reason("carrier_ambiguous", 3, *_HELD),
    _reason("carton_in_two_notices", 3, *_HELD),
    _reason("load_plate_differs", 3, *_HELD),
    _reason("load_notice_late", 3, *_HELD),
    _reason("customs_status_conflict", 3, *_HELD),
    _reason("customs_dated_ahead", 2, *_HELD),
    _reason("seal_not_checked", 3, *_HELD),
    _reason("seal_unread", 3, *_HELD),
    _reason("seal_differs", 2, *_HELD),
    _reason("seal_broken", 2, *_HELD),
    _reason("seal_absent", 2, *_HELD),
    _reason("selection_failed", 3, *_INSPECTED),
    _reason("analysis_failed", 3, "超时未看则走查验道", "without a look in time it takes the inspect lane"),
    _reason("container_weight_differs", 3, *_HELD),
    _reason("barrier_unconfirmed", 2, "不知车辆是否已离场", "nobody knows whether the truck has left"),
)

_OTHERS = (
    AlarmKind("plc_clock_set", 3, "控制器时钟跳变", "the PLC's clock was set, or its records come late", "请集成商: 运行期间不得校时, 检查网络", "the integrator keeps time servers from setting it while the line runs, and looks at the network", "当时在读码或称重位的箱走查验道", "cartons that were at a gate or on the scale take the inspect lane"),
    AlarmKind("image_refused", 3, "图像不可用", "what came as an X-ray image was refused", "检查机器的图像目录", "see to the machine's image folder", *_INSPECTED),
    AlarmKind("image_unbound", 3, "图像无归属", "an X-ray image belongs to no carton", "检查图像与箱的对应", "see whether images and cartons still agree", *_INSPECTED),
    AlarmKind("image_count_differs", 3, "图像计数不符", "images and cartons do not count the same", "等待自动重新对位, 入口可能短时暂停", "wait until the count is certain again; the infeed may pause for it", "期间的箱重检", "cartons since the last certain match are run again"),
    AlarmKind("picture_unanswered", 2, "判图无人应答", "an image waits and no officer has looked", "请另一位关员看图", "another officer looks at it", *_INSPECTED, customs_only=True),
    AlarmKind("infeed_paused", 4, "入口短时暂停", "the infeed pauses for a moment", "等待, 自动恢复", "wait, it goes on by itself", "皮带照常, 不再上新箱", "the belt goes on; no new carton comes onto it", standing=True),
    AlarmKind("rules_unsigned", 3, "新布控规则待签", "other rules lie in the file and wait for two signatures", "核对差异, 两人签署 (其中一名科长)", "compare them; two of customs sign, one of them a section chief", "旧规则继续有效", "the old rules count on", standing=True, customs_only=True),
    AlarmKind("config_waiting", 3, "配置变更待签", "changed settings wait for signatures", "核对差异, 有权人员签署或退回", "compare them; who may signs them or turns them down", "现配置继续有效", "the configuration in force counts on", standing=True),
    AlarmKind("unloaded_without_seal", 1, "未验封即卸货", "a load is unloaded in spite of its seals", "停止卸货, 请关员", "stop unloading, call an officer", *_HELD),
    AlarmKind("recheck_forgotten", 3, "复验超时未结", "an open-box recheck stays open", "请开箱关员结论", "the officers close it", *_HELD),
    AlarmKind("recheck_found_and_left", 2, "复验发现异常后中止", "a recheck found what nobody declared and ended without an outcome", "由另两名关员开箱, 科长查明原因", "other officers open it, the section chief asks why", *_HELD, customs_only=True),
    AlarmKind("second_officer_wanted", 2, "开箱等第二名关员", "an open carton waits for a second officer", "另一名关员到开箱台", "another officer goes to the bench", *_HELD, customs_only=True),
    AlarmKind("custody_differs", 2, "暂存库盘点不符", "a stock-take found other cartons than should be there", "按差异清单逐箱找回, 扫码入位", "find each carton of the list of differences and scan it into its place", *_LEFT),
    AlarmKind("paper_not_made", 3, "查验记录单未能生成", "the paper of an inspection record could not be made", "按原因处理; 稍后自动重试", "do as the cause says; it is tried again by itself", *_LATER, customs_only=True),
    AlarmKind("record_overdue", 3, "查验记录单逾期", "the inspection record of what has left is not filed", "关员填写提交, 科长审批; 纸质归档的登记在何处", "its officers write and submit it, a section chief approves it; or an officer says where else it is filed", "记录单归档前, 该箱信息一直保留", "what left is kept until it is filed", customs_only=True),
    AlarmKind("records_incomplete", 2, "记录库缺行", "the records could not take rows of the journal", "请集成商: 日志完整, 按行号查看; 修正后的程序会重建记录库", "the integrator looks at these rows: the journal has them whole, and a mended release builds the records again", "查询、卷宗和统计可能缺这些行", "searches and reports may lack what these rows say"),
    AlarmKind("journal_behind", 2, "日志缺少控制器已确认的事件", "the PLC let go of events that this journal does not have", "查明日志是否从备份恢复, 或另一台主机是否接过控制器; 逐道清点其间分流的箱", "find out whether the journal came from a backup or another host served this PLC; count lane by lane what was diverted meanwhile", "其间离开皮带的箱日志里没有; 在线箱走查验道", "the journal lacks what left the belt meanwhile; cartons on it take the inspect lane"),
    AlarmKind("event_not_kept", 2, "上报内容未入日志", "what a device reported could not be kept in the journal", "请集成商: 查看该设备送来的内容和文件名, 更正后重送", "the integrator looks at what this device sends and at the names of its files, and has it sent again corrected", "该次上报视为未发生", "what was reported counts as never reported"),
    AlarmKind("import_refused", 3, "文件被拒", "a file could not be taken", "核对文件, 更正后重发", "look at the file, send it again corrected", *_LATER),
    AlarmKind("receipt_without_list", 3, "回执无清单", "a receipt names a list nobody knows", "请海关核实", "ask customs about it", *_LATER),
    AlarmKind("receipt_after_departure", 2, "离区后回执", "customs says of a list that has left what would hold it", "立即告知海关, 货已离区", "tell customs at once that the goods have left", "该货已离区, 本线无法扣住", "the goods are out; the line can not hold them any more"),
    AlarmKind("message_refused", 3, "报文被拒", "another organisation refused a message", "核对报文, 人工告知", "look at the message, tell them by hand", *_LATER),
    AlarmKind("arrival_untold", 3, "运抵未报", "an arrival could not be told to customs", "人工申报运抵", "tell customs by hand", *_HELD),
    AlarmKind("arrival_unknown", 4, "运抵回执不明", "customs answered an arrival nobody told", "请海关核实", "ask customs about it", *_LATER),
    AlarmKind("arrival_rejected", 3, "运抵被退", "customs rejected an arrival", "更正后重报", "correct it and tell it again", *_HELD),
    AlarmKind("loading_refused", 3, "装箱被拒", "a carton may not be loaded", "送回查验道", "take it back to the inspect lane", *_LATER),
    AlarmKind("gate_refused", 3, "卡口不放行", "a truck may not leave", "按卡口提示处理", "do as the gate's reasons say", "车辆停在卡口", "the truck waits at the gate"),
    AlarmKind("gate_story_changed", 2, "卡口信息前后不一", "the gate now tells of another truck", "关员到场查看", "an officer looks at the gate", *_LEFT),
    AlarmKind("barrier_without_order", 1, "道闸无令自开", "a barrier is open and nothing was ordered", "关员立即到场", "an officer goes there at once", *_LEFT),
)
# fmt: on

ALARMS: dict[str, AlarmKind] = {kind.code: kind for kind in (*_LINE, *_OF_REASONS, *_OTHERS)}

# What follows from a cause, and is not told beside it: it would bury what a person has to do first.
CONSEQUENCES: dict[str, frozenset[str]] = {
    "e_stop": frozenset({
        "guards_open", "safety_reset", "local_start", "jam", "tracking_lost", "divert_not_confirmed", "events_lost", "plc_fail_safe",
        "image_unbound", "image_count_differs", "image_refused", "xray_not_ready", "air_lost",
    }),
    "plc_not_ready": frozenset({"plc_fail_safe", "tracking_lost", "events_lost", "image_unbound", "image_count_differs"}),
}  # fmt: skip


def kind_of(code: str) -> AlarmKind:
    """The entry of a code; a code without one is high, so that nobody overlooks it."""
    found = ALARMS.get(code)
    return found if found is not None else AlarmKind(code, 2, code, code, "请集成商", "call the integrator", "不明", "not known")


def hidden(code: str) -> bool:
    """Whether it is customs' own: the company's screens do not have it."""
    return kind_of(code).customs_only or (code in CATALOGUE and CATALOGUE[code].customs_only)
