"""What the core turns away that is no reason against a carton: each code with its cause and the next step, in both languages.

One rule: as in the catalogue of reasons, which these stand beside: nobody is told "no" by a code that is in neither. What was seen
and what exactly to do stands in the refusal itself, in sentences of `sentences.py`.
"""

import msgspec


class Refusable(msgspec.Struct, frozen=True):
    """One entry; `customs_only`: of an act that customs alone has."""

    code: str
    zh: str
    en: str
    next_zh: str
    next_en: str
    customs_only: bool = False


# fmt: off
# One row a refusal, so that the list reads and diffs as a table.
_ROWS = (
    Refusable("role_not_allowed", "该角色无权操作", "this role may not do this", "请有权人员操作", "ask someone whose role may"),
    Refusable("same_person", "须由另一人操作", "one person can not do both", "请另一人操作", "another person does it"),
    Refusable("second_person_missing", "缺第二人", "two people do this", "请第二人签署", "a second person signs"),
    Refusable("not_the_taker", "接班人不符", "it goes to somebody else", "请接班人签署", "whoever it goes to signs"),
    Refusable("changed_since", "情况已变", "it has changed since the page was drawn", "查看变化后再决定", "look at what changed, then act again"),
    Refusable("target_unknown", "无此对象", "there is no such thing here", "核对编号", "check the number"),
    Refusable("track_unknown", "无此过线号", "there is no such track", "用 xiyong lanes 查各道的箱", "list a lane's cartons with: xiyong lanes"),
    Refusable("track_of_another", "过线号属于别箱", "this track bears another carton", "核对过线号, 或不写", "name the track that it came on, or none"),
    Refusable("on_belt", "仍在线上", "the line still tracks it on the belt", "等其入道, 或登记已取下", "wait for its lane, or report it taken off"),
    Refusable("command_unknown", "无此命令", "there is no such command", "核对命令", "check the command"),
    Refusable("not_recordable", "无法记录", "no row of the journal can hold it", "缩短名称, 或拆分文件", "shorten the names, or split the file"),
    Refusable("event_not_kept", "日志不收此内容", "the journal can not keep what it says", "缩短或清理输入", "shorten or clean the input"),
    Refusable("hold_not_valid", "不可这样扣留", "people place no such hold", "用关员扣留或企业暂扣, 对箱、清单、车次或集装箱", "use officer_hold or company_hold on a carton, list, load or container"),
    Refusable("hold_not_open", "无此扣留", "there is no open hold of this number", "用 xiyong why 查扣留编号", "take the number from: xiyong why CODE --customs"),
    Refusable("hold_is_another", "非所指扣留", "the open hold of this number is not the one that was meant", "查看未解除的扣留, 再解除所指的一项", "look at the open holds, then lift the one that is meant"),
    Refusable("alarm_unknown", "无此报警", "there is no such alarm", "查看最新报警列表", "look at the newest list of alarms"),
    Refusable("alarm_shelved", "报警已搁置", "the alarm is put aside", "先取消搁置", "take it back first"),
    Refusable("alarm_not_shelved", "报警未搁置", "the alarm is not put aside", "无需操作", "nothing to do"),
    Refusable("alarm_suppressed", "报警由另一报警引起", "the alarm follows from another", "先处理引起它的报警", "see to that one"),
    Refusable("alarm_not_shelvable", "紧急报警不可搁置", "an urgent alarm can not be put aside", "先处理, 再确认", "see to it, then acknowledge it"),
    Refusable("alarm_out_of_service", "报警已停用", "the alarm is out of service", "先恢复使用", "put it back in service first"),
    Refusable("alarm_in_service", "报警在用", "the alarm is in service", "无需操作", "nothing to do"),
    Refusable("shelved_too_long", "搁置时间不当", "an alarm is put aside for a shift at most", "最长一班", "a shift at most"),
    Refusable("too_many_out_of_service", "停用的报警过多", "too many alarms are out of service", "先恢复已修好的", "put back what works again"),
    Refusable("manifest_incomplete", "清单批次不全", "not every list of the batch arrived: none counts", "重新导入文件", "import the file again"),
    Refusable("notice_incomplete", "到货预报不全", "not every carton of the notice arrived: it does not count", "重新导入文件", "import the file again"),
    Refusable("load_not_arrived", "车次未登记到达", "this load has not been reported as arrived", "先登记到达", "report its arrival first: xiyong act load-arrived"),
    Refusable("load_not_unloaded", "车次未登记卸货", "nobody has said that this load is unloaded", "先登记卸货", "report it: xiyong act unload"),
    Refusable("its_load_held", "其原车次被扣", "the load that it was seen with is held", "先处理该车次", "settle what holds that load first"),
    Refusable("seal_report_not_valid", "不可这样上报封志", "this can not be reported of a seal", "先开始验封; 只报破损或缺失", "begin its seal check; report broken or absent"),
    Refusable("seal_check_open", "首次验封未结束", "the first check is not over", "做完, 或等时限到", "finish it, or wait for its time limit"),
    Refusable("seal_checked", "已验封且相符", "its seals are checked and match", "无需操作", "nothing to do"),
    Refusable("seal_confirmed", "已复核确认", "a second look has confirmed it", "由另一名科长决定", "another section chief decides"),
    Refusable("seal_nothing_found", "封志无异常", "nothing speaks against its seals", "无需操作", "nothing to do"),
    Refusable("seal_second_look_needed", "须由另一人复核", "the first check found something; it is not done over", "由另一人复核", "another person looks: xiyong act second-look"),
    Refusable("seal_number_wrong", "封号不对", "this is no seal number", "扫封志上的号", "scan the number on the seal"),
    Refusable("seal_used", "封号已用过", "this seal number is in use elsewhere", "换一枚新封志", "use a new seal"),
    Refusable("seal_set_already", "已有封志", "a seal is on it already", "换封前先重开", "reopen it to set another seal"),
    Refusable("custody_place_wrong", "不是暂存位", "this is no place name", "扫暂存位标签", "scan the label of the custody place"),
    Refusable("not_in_custody", "不在暂存位", "it is not in custody", "用 xiyong carton 查其位置", "see where it is with: xiyong carton"),
    Refusable("place_not_by_hand", "该位置只由产线确认", "the line itself confirms this place, not a person", "写明现在何处", "name where it lies now"),
    Refusable("container_unknown", "无此集装箱", "no container with this number was opened here", "查看各装车口", "see what stands at the doors with: xiyong load-list"),
    Refusable("container_number_wrong", "箱号不对", "its check digit is wrong, or it is no container number", "重读箱号", "read the number on the container again"),
    Refusable("container_here_already", "该箱已在场", "this container was opened here before", "需改动时重开", "reopen it if something must change in it"),
    Refusable("container_closed", "已关箱", "the container is closed", "重开后再清点", "reopen it to count again"),
    Refusable("door_taken", "装车口被占", "another container is open at this door", "先关那一箱, 或换一口", "close it first, or use another door"),
    Refusable("gate_unknown", "无此卡口", "there is no such gate in the configuration", "在配置中添加", "add it as [[gates]]"),
    Refusable("gate_check_void", "无此车可核验", "no such truck stands here, or no such result", "看清卡口现有车辆", "look which truck stands at the gate"),
    Refusable("gate_check_late", "已无需核验", "it is decided already", "此处已无可决定", "nothing more to decide here"),
    Refusable("pass_known", "核放单号已用", "a pass of this number was issued before", "换一个号", "give a new number"),
    Refusable("pass_not_valid", "核放单无效", "the container has a pass already, or no plate was given", "先作废另一张, 并写明车牌", "void the other pass first, and name the truck"),
    Refusable("nothing_scanned", "尚未扫描", "nothing was scanned yet", "扫描箱内物品", "scan what is in it", customs_only=True),
    Refusable("count_wrong", "件数或行号不对", "this is no count of a line", "写明行号与件数", "give line and pieces", customs_only=True),
    Refusable("outcome_unknown", "无此处置", "there is no such outcome", "放行、扣留、退运或移交", "one of released, detained, returned, transferred", customs_only=True),
    Refusable("image_unknown", "该箱无此图像", "this track has no such image", "看该箱最新图像", "look at the newest image of the track", customs_only=True),
    Refusable("image_doubtful", "可能是别箱的图像", "it may be another's image", "重检时再看; 判开箱或异常仍有效", "judge it on its re-run; open and anomaly count", customs_only=True),
    Refusable("carton_nameless", "尚不知是哪一箱", "nobody knows yet which carton it is", "认出后再判; 判开箱或异常现在即有效", "judge it once that is known; open and anomaly count", customs_only=True),
    Refusable("verdict_unknown", "无此判定", "there is no such verdict", "无异常、开箱或异常", "one of clear, open, anomaly", customs_only=True),
    Refusable("verdict_none", "尚无人判图", "nobody has judged this image", "无可撤销", "nothing to take back", customs_only=True),
    Refusable("verdict_of_another", "非本人所判", "somebody else judged it", "由判图人撤销", "whoever judged it takes it back", customs_only=True),
    Refusable("verdict_stands", "已判须开箱", "an officer wants it opened: that stands", "复验后解除扣留", "lift the hold after recheck", customs_only=True),
    Refusable("verdict_too_late", "判图已迟", "the belt has decided: it is inspected", "重检时再看", "look at it on its re-run", customs_only=True),
    Refusable("undo_too_late", "撤销已迟", "the belt has decided", "要拦下: 扣留或判开箱, 始终有效", "to stop it: hold it, or say open; that always counts", customs_only=True),
    Refusable("config_not_known", "启动时未载明海关项", "the start did not say what customs must sign", "重启控制程序", "start the daemon again"),
    Refusable("config_changed", "生效配置已变", "the configuration in force is another one by now", "重新检查并比对", "have the file checked again"),
    Refusable("config_same", "配置无变化", "nothing would change", "先改动再提请", "change something first"),
    Refusable("config_waits", "已有待签配置", "another proposal waits", "由提请人收回, 或由海关退回", "whoever made it takes it back, or customs turns it down"),
    Refusable("config_agreed", "海关已同意的配置待启用", "what customs agreed to waits for the next start", "先以该配置启动, 或请海关一并签署", "start with that first, or ask customs to sign both in one"),
    Refusable("config_not_waiting", "无此待签配置", "no such configuration waits to be signed", "查看最新提请", "look at the newest proposal"),
    Refusable("rules_not_waiting", "无待签规则", "no such rules wait to be signed", "查看最新规则文件", "look at the newest file of rules", customs_only=True),
    Refusable("rules_not_valid", "规则无效", "the rules can not be used", "改正规则文件后重新启用", "mend the file of rules and activate it again", customs_only=True),
    Refusable("emergency_not_valid", "补录不完整", "the entry is not complete", "写明件数、起止时间和原因", "say how many, from when until when, and why", customs_only=True),
    Refusable("emergency_not_needed", "无需补录", "one of these was released by a decision", "去掉该箱", "leave it out", customs_only=True),
)
# fmt: on

REFUSALS: dict[str, Refusable] = {one.code: one for one in _ROWS}
