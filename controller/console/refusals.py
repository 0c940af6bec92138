"""Every "no" that the console itself says: its HTTP status, its words in both languages, the next step.

One rule: nobody is turned away without a code from here, from the catalogue of reasons, or from the core.
"""

import msgspec


class Word(msgspec.Struct, frozen=True):
    """One entry: HTTP status, cause and next step, Chinese and English."""

    status: int
    zh: str
    en: str
    next_zh: str
    next_en: str


# fmt: off
# One row a refusal, so that the list reads and diffs as a table.
WORDS: dict[str, Word] = {
    "not_signed_in": Word(401, "未登录", "nobody is signed in here", "请登录", "sign in"),
    "session_locked": Word(401, "已锁定", "the session is locked", "请输入密码或 PIN 解锁", "unlock it with password or PIN"),
    "sign_in_refused": Word(401, "账号或口令不符", "account, badge or secret is not right", "核对后重试, 或请班长或科长重置", "try again, or have it reset by whoever leads your organisation's accounts"),
    "guessing_delayed": Word(429, "尝试过多, 请稍候", "too many wrong attempts from this terminal", "等待后重试, 或换一台终端", "wait, or use another terminal"),
    "busy": Word(503, "系统忙", "too many people sign in at once", "稍后重试", "try again in a moment"),
    "csrf_missing": Word(403, "请求未带校验令牌", "the request does not carry its session's token", "刷新页面", "reload the page"),
    "origin_foreign": Word(403, "来源不符", "the request comes from a page of another origin", "用本机控制台页面操作", "use the console's own page"),
    "role_not_allowed": Word(403, "该角色无权操作", "this role may not do this", "请有权人员操作", "ask someone whose role may"),
    "proof_wanted": Word(403, "需再次验证身份", "this act needs the password or PIN again", "输入密码或 PIN 后重试", "give password or PIN, then act again"),
    "same_person": Word(403, "须由另一人确认", "the person who began this act can not confirm it", "请另一位有权人员确认", "another person who may do it confirms"),
    "not_the_taker": Word(403, "须由接班人签署", "whoever takes the shift over signs, and nobody else", "请接班人登录后签署", "the person it goes to signs in and signs"),
    "section_chief_wanted": Word(403, "须有一名科长", "one of the two must be a section chief", "请科长签署", "a section chief signs"),
    "first_not_authorised": Word(403, "发起人已无权", "the person who began this act is no longer allowed to", "重新发起", "begin the act anew"),
    "proposal_unknown": Word(409, "无此待确认事项", "nothing with this number waits for a second person", "重新发起", "begin the act anew"),
    "hold_not_open": Word(409, "无此扣留", "there is no open hold of this number", "查看未解除的扣留", "look at the open holds"),
    "signed_already": Word(409, "已经签署", "it has been signed in the meantime", "无需再签; 查看结果", "nothing more to sign; look at what came of it"),
    "wizard_taken": Word(409, "已有人在处置", "somebody else has this recovery in hand", "与其联系, 或接手", "talk to them, or take it over"),
    "id_used": Word(409, "编号已用于其他操作", "this id was used for another act", "换一个编号", "use a new id for a new act"),
    "changed_since": Word(409, "情况已变", "it has changed since the page was drawn", "查看变化后再决定", "look at what changed, then act again"),
    "seen_too_old": Word(409, "画面过旧", "the page is older than what the console remembers", "重新取快照", "take a new snapshot"),
    "not_as_asked": Word(422, "请求格式不对", "the request is not as the contract wants it", "按接口契约修正", "see the OpenAPI contract"),
    "too_long": Word(413, "请求过长", "the request is too long, or does not say how long it is", "缩短请求", "send less"),
    "invitation_refused": Word(403, "设置令牌无效", "this set-up token is unknown, used or too old", "请管理人员重发", "have a new one made: xiyong account invite"),
    "secret_too_weak": Word(422, "口令过弱", "the secret is too short or too simple", "口令至少 10 位, PIN 至少 8 位数字", "a password has 10 characters or more, a PIN 8 digits or more"),
    "account_refused": Word(409, "账号不可用", "this account can not be made or changed so", "换一个账号名或工牌", "use a person's own account name and badge"),
    "account_unknown": Word(404, "无此账号", "there is no such account", "核对账号", "check the account"),
    "not_found": Word(404, "未找到", "there is no such thing here", "核对编号", "check the number"),
    "record_kept_elsewhere": Word(409, "记录单在别处归档", "the paper of this record is filed elsewhere", "到登记的归档处取", "take it from where it is filed"),
    "record_not_filed": Word(409, "记录单尚未归档", "the paper of this record is not filed yet", "科长审批后稍候再取", "wait a moment after the section chief has approved it"),
    "evidence_changed": Word(409, "证据已损坏", "the stored file is not what its hash says", "请集成商检查证据盘", "the integrator looks at the evidence disk"),
    "not_in_sample": Word(423, "不在复审样本中", "this image is not in the sample that was drawn for a second look", "重新取样本列表", "take the list of the sample anew"),
    "config_source_unknown": Word(409, "不知配置文件", "this program does not know which file it was started with", "用 xiyong run 启动", "start it with: xiyong run --config FILE"),
    "config_not_checked": Word(423, "配置尚未检查", "this text was not checked here, or too long ago", "先检查再提请", "have it checked, then propose it"),
    "dry_run_failed": Word(409, "试算失败", "the dry run could not be made", "按原因处理后重试", "see the cause, then try again"),
    "diagnostics_busy": Word(429, "正在生成诊断包", "a diagnostics bundle is being made already", "稍后重试", "try again when that one is done"),
    "picture_not_drawn": Word(423, "图像尚未显示", "this page has not shown that it drew this very picture", "等图像显示后再判", "judge it when its picture stands on the screen"),
    "drawing_not_asked": Word(409, "绘制校验已过期", "these points were not asked for, or too long ago", "重新请求校验点", "ask for new points"),
    "drawing_differs": Word(409, "所显示与原图不符", "what the page drew is not what is stored", "重新载入图像; 再次出现请集成商检查本机", "load the picture again; the integrator looks at this workstation if it happens again"),
    "claimed_by_other": Word(423, "他人正在看图", "another officer looks at it", "看下一箱, 或等其释放", "look at the next one, or wait until it is free"),
    "not_a_picture": Word(404, "不是 16 位图像", "the stored file is no 16-bit grey picture, or larger than any that is shown", "核对编号", "check the hash"),
    "pictures_busy": Word(503, "图像处理忙", "too many pictures are being unpacked at once", "稍后重试", "try again in a moment"),
    "line_not_proven": Word(401, "不是本场所其他查验线", "only another line of this site may ask this, with its credential", "集成商核对各线 lines_secret_file 与线名", "the integrator compares lines_secret_file and the names of the lines"),
    "line_too_often": Word(429, "询问过于频繁", "this is asked more often than lines ask", "稍后重试", "ask once a second"),
    "too_many_streams": Word(503, "连接过多", "too many screens are connected", "关闭多余页面", "close pages that nobody needs"),
    "records_away": Word(503, "记录库不可用", "the records do not answer, or are being built", "稍后重试", "try again in a moment"),
    "records_behind": Word(503, "记录库尚未跟上日志", "the records have not yet reached the end of the journal", "稍后重试; 持续不变请集成商检查", "try again in a moment; call the integrator if it stays"),
    "records_lack_rows": Word(409, "记录库缺行, 不予签名", "the records lack a row of the journal: nothing is signed that may lack it", "请集成商按报警所列行号检查", "the integrator looks at the row that the alarm names"),
    "story_too_long": Word(409, "事件过多, 无法整卷导出", "it has more rows than an export holds", "请集成商复制日志本身", "the integrator copies the journal itself; it proves itself"),
    "export_failed": Word(409, "无法导出", "the export could not be made", "按原因处理后重试", "see the cause, then try again"),
    "no_site_key": Word(409, "未设签名密钥", "no key is set to sign exports with", "集成商: xiyong keys make, 再设 [export] key_file", "the integrator: xiyong keys make, then [export] key_file"),
    "identity_down": Word(503, "账号库不可用", "the database of accounts does not answer: only a stop works", "请集成商检查磁盘", "the integrator looks at its disk"),
    "journal_dead": Word(503, "记录不可用", "the journal takes nothing: nothing was done", "程序会自动重启, 之后重试", "the daemon restarts; act again then"),
}
# fmt: on


class Refused(Exception):  # noqa: N818 (said as it is said to people)
    """A request that is turned away. `more` goes into the answer beside the words; `cause` replaces the general one."""

    def __init__(self, code: str, *, cause: str = "", status: int = 0, **more: object) -> None:
        super().__init__(code)
        self.code = code
        word = WORDS[code]
        self.status = status or word.status
        self.answer: dict[str, object] = {
            "ok": False, "code": code, "cause": cause or word.en, "next_step": word.next_en,
            "zh": {"cause": word.zh, "next_step": word.next_zh}, **more,
        }  # fmt: skip
