"""Words that stand in the places of sentences, in Chinese: roles, lanes, conditions, results.

One rule: a list is whole, as a test compares it with what the core can put there, or its place may have any name beside.
"""

ROLES = {
    "officer": "关员", "section_chief": "科长", "customs_auditor": "海关审计员", "operator": "操作员", "shift_lead": "班长",
    "integrator": "集成商", "line": "产线",
}  # fmt: skip
# Words that stand in a place of a sentence, by the kind of the place.
WORDS: dict[str, dict[str, str]] = {
    "lane": {"release": "放行道", "inspect": "查验道", "anomaly": "异常道"},
    "seal": {"intact": "完好", "broken": "破损", "absent": "缺失", "unclear": "看不清", "has not answered": "未应答"},
    "way": {"belt": "上线", "hand": "人工"},
    "outcome": {"released": "放行", "detained": "扣留", "returned": "退运", "transferred": "移交", "abandoned": "中止"},
    "verdict": {"clear": "无异常", "open": "开箱", "anomaly": "异常"},
    "why": {
        "decision": "按判定", "time_out": "未及时判定", "lane_full": "道满", "link_lost": "与主机断开", "unknown_item": "不识别的箱",
        "purge": "清线",
    },
    "result": {
        "none": "无应答", "accepted": "接受", "too_late": "过迟", "bad_argument": "参数错误", "old_epoch": "跟踪代次已旧",
        "unknown_id": "箱不在跟踪", "stale_sequence": "序号过旧", "lane_closed": "道已关", "not_allowed": "不允许",
        "local_mode": "就地控制", "safety_open": "安全回路断开", "wrong_session": "会话不符",
    },
    "command": {
        "start": "启动", "stop": "停止", "hold": "暂停", "unhold": "继续", "reset": "复位", "clear": "清除", "resume": "恢复",
        "mute": "消音",
    },
    "party": {"present": "在场", "refused": "拒签", "absent": "不在场", "not entered": "未登记"},
    "check": {"1": "放行", "2": "转查验", "3": "退回", "4": "已见离场"},
    "gate": {
        "waiting": "等待", "refused": "已拒", "opening": "开闸中", "unsure": "不明", "opened": "已开", "closed": "已落",
    },
    "answer": {"accepted": "已接受", "refused": "已拒绝", "rejected": "已拒绝", "failed": "失败"},
    "to": {"customs": "海关", "port": "港口"},
    "stage": {"draft": "起草", "submitted": "已提交", "approved": "已批准", "filed": "已归档", "elsewhere": "别处归档"},
    "differs": {"short": "短少", "over": "溢出", "wrong": "错货", "no_code": "无码", "trace_twice": "溯源码重复"},
    "read": {"plate": "车牌", "container": "箱号", "seal": "封号", "weight": "重量", "direction": "方向"},
    "scope": {"carton": "箱", "list": "清单", "load": "车次", "container": "集装箱", "line": "产线"},
    "act": {
        "recheck": "开箱复验", "judge an image": "判图", "enter a release": "补录应急放行", "acknowledge an alarm": "确认报警",
        "put an alarm aside": "搁置报警", "take an alarm back": "取消搁置报警", "take an alarm out of service": "停用报警",
        "put an alarm back in service": "恢复报警", "take stock": "盘点", "move a carton into custody": "移入暂存",
        "take a carton out of custody": "移出暂存", "issue a gate pass": "签发核放单", "void a gate pass": "作废核放单",
        "decide at the gate": "在卡口核验", "close an inspection": "查验结案", "check seals": "验封", "say with which load it came": "更正车次", "do this to a record": "这样处理记录单",
        "report a carton as missing": "登记箱下落不明", "change rules": "更改规则", "propose settings": "提请配置变更",
        "sign these settings": "签署这些配置", "turn it down": "退回该提请", "open a container": "开箱装车",
        "close a container": "关箱", "weigh a container": "过磅", "seal a container": "施封", "open a container again": "重开集装箱",
        "start the line": "启动产线", "stop the line": "停线", "hold the line": "暂停产线", "unhold the line": "继续产线",
        "reset the line": "复位产线", "clear the line": "清除产线", "resume the line": "恢复产线", "mute the line": "消音",
    },
    "record": {"match": "相符", "mismatch": "不符"},
    "ended": {"epoch": "跟踪代次已变", "lost": "跟踪丢失", "removed": "人工取走", "lane": "已入道"},
    "place": {
        "release": "放行道", "inspect": "查验道", "anomaly": "异常道", "announced": "已预报", "on_belt": "在线上", "departed": "已出区",
        "unidentified": "未识别", "missing": "下落不明", "released by hand": "人工放行", "emergency release": "应急放行",
        "custody detained": "扣留暂存", "released": "放行", "returned": "退运", "transferred": "移交", "detained": "扣留",
    },
}  # fmt: skip
