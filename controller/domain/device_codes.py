"""What devices, links and helpers fail with: each code with what it means and the next step, in both languages.

One rule: a code that a driver, a link or long work can report is here, or a test says so. What it said besides stands in the record
and on English screens: it is a sentence of a library or of the device, in no catalogue.
"""

import msgspec


class DeviceCode(msgspec.Struct, frozen=True):
    code: str
    zh: str
    en: str
    next_zh: str
    next_en: str


_CABLE = ("检查电源与连线", "see to its power and cable")
_NETWORK = ("检查电源、网线与地址", "see to its power, network cable and address")
_BY_ITSELF = ("无需操作, 自动重连", "nothing to do, it connects again by itself")
_SAME_LINE = ("检查产线号与地址是否接错", "see whether two lines' addresses are swapped")
_PROGRAM = ("请集成商核对两端程序版本", "the integrator compares the programs of both ends")
_IMAGES = ("检查机器的图像目录与设置", "see to the machine's image folder and settings")
_GATE = ("请卡口厂家核对报文", "the gate's maker looks at its messages")
_DISK = ("请集成商检查证据盘", "the integrator looks at the evidence disk")
_SHARE = ("检查共享目录与网络", "see to the share and its network")
_LATER = ("稍后自动重试", "it is tried again by itself")

SESSION_LOST = "session_lost"
"""By this the daemon ends, as meant; it has a name because whoever judges how a daemon ended looks for it."""

# fmt: off
# One row a code, so that the list reads and diffs as a table.
_SERIAL = (
    DeviceCode("silent", "无响应", "it says nothing any more", *_CABLE),
    DeviceCode("missing", "端口不存在", "its port is not there", *_CABLE),
    DeviceCode("busy", "端口被占用", "another program has its port", "关掉占用的程序", "end the other program"),
    DeviceCode("closed", "端口已关闭", "its port is closed", *_BY_ITSELF),
    DeviceCode("closed_by_peer", "对方关闭了连接", "the other end closed the connection", "检查串口服务器", "see to the terminal server"),
    DeviceCode("failed", "端口出错", "its port failed", *_CABLE),
    DeviceCode("setting", "端口参数不被接受", "its port does not take these settings", "核对波特率等参数", "compare baud rate and frame with the device"),
    DeviceCode("overrun", "数据过快, 有丢失", "data came faster than it was read", "检查设备设置", "see to the device's settings"),
    DeviceCode("write_stuck", "写不出去", "it takes no more bytes", "检查连线与流控", "see to the cable and flow control"),
    DeviceCode("garbled", "数据无法辨认", "what it says can not be read", "核对波特率与规格", "compare baud rate and profile with the device"),
    DeviceCode("refused", "连接被拒", "it refused", *_NETWORK),
    DeviceCode("no_connection", "连不上", "it can not be reached", *_NETWORK),
    DeviceCode("turned_away", "连接数已满", "it takes the connection and closes it at once: it has its fill of them", "断开其它连接者, 或断电重启该设备", "end what else is connected to it, or switch its power"),
    DeviceCode("connection_lost", "连接中断", "the connection was lost", *_NETWORK),
    DeviceCode("service_down", "服务中断", "this part of the program stopped", "自动重启; 反复出现请集成商检查", "it restarts by itself; call the integrator if it stays"),
    DeviceCode("broker_away", "消息服务器断开", "the message broker is away", *_NETWORK),
)
_PLC = (
    DeviceCode("time_out", "超时", "no answer came in time", *_NETWORK),
    DeviceCode("not_connected", "未连接", "it is not connected", *_NETWORK),
    DeviceCode("peer_closed", "对方关闭了连接", "the other end closed the connection", *_BY_ITSELF),
    DeviceCode("plc_frozen", "PLC 心跳停止", "the heartbeat of the PLC stands", "检查 PLC 程序是否在运行", "see whether the program of the PLC runs"),
    DeviceCode(SESSION_LOST, "另一主机接管了 PLC", "another host rules the PLC", "停掉另一台后按恢复", "stop the other daemon, then resume the line"),
    DeviceCode("session_refused", "PLC 拒绝本机会话", "the PLC refuses this host", "停掉另一台主机", "stop the other daemon"),
    DeviceCode("session_not_taken", "PLC 未接受会话", "the PLC did not take the session", *_PROGRAM),
    DeviceCode("other_host", "另一主机在用该 PLC", "another host writes to this PLC", "停掉另一台主机", "stop the other daemon"),
    DeviceCode("default_lane_releases", "PLC 默认道是放行", "the PLC's default lane is no restrictive one", *_PROGRAM),
    DeviceCode("wrong_line", "PLC 属另一条线", "the PLC serves another line", *_SAME_LINE),
    DeviceCode("wrong_magic", "不是本系统的 PLC 程序", "what answers has not this contract's program", *_SAME_LINE),
    DeviceCode("wrong_version", "PLC 程序版本不符", "the PLC speaks another version", *_PROGRAM),
    DeviceCode("wrong_word_order", "PLC 字序不符", "the PLC has another order of words", *_PROGRAM),
    DeviceCode("torn_status", "状态块读取时变动", "the PLC changed its status while it was read", *_BY_ITSELF),
    DeviceCode("bad_reply", "PLC 应答有误", "an answer of the PLC is no answer", *_NETWORK),
    DeviceCode("stale_reply", "PLC 应答过迟", "an answer came that belongs to an older question", *_NETWORK),
    DeviceCode("short_block", "PLC 数据块过短", "a block of the PLC is too short", *_PROGRAM),
    DeviceCode("short_reply", "PLC 应答过短", "an answer of the PLC is too short", *_NETWORK),
    DeviceCode("bad_length", "应答长度有误", "the length of an answer is wrong", *_NETWORK),
    DeviceCode("bad_protocol_id", "应答协议号有误", "an answer is of another protocol", *_NETWORK),
    DeviceCode("wrong_function", "应答功能码不符", "an answer is to another question", *_NETWORK),
    DeviceCode("wrong_unit", "应答站号不符", "an answer is of another unit", *_SAME_LINE),
    DeviceCode("wrong_write_echo", "写入回显不符", "what was written is not what the PLC says", *_NETWORK),
    DeviceCode("exception_response", "PLC 报异常码", "the PLC answered with an exception", *_PROGRAM),
    DeviceCode("bad_ring_counters", "PLC 事件计数有误", "the counters of the PLC's events are wrong", *_PROGRAM),
)
_CAMERAS = (
    DeviceCode("cannot_open", "打不开视频", "the stream can not be opened", *_NETWORK),
    DeviceCode("stream_ended", "视频流中断", "no further picture came", *_NETWORK),
    DeviceCode("stream_failed", "视频流出错", "the stream failed", *_NETWORK),
    DeviceCode("stalled", "视频停滞", "the picture stands still", *_NETWORK),
    DeviceCode("no_picture", "无可信画面", "no believable picture came", "检查镜头、照明与相机设置", "see to lens, light and the camera's settings"),
)
_XRAY = (
    DeviceCode("folder_hangs", "目录无响应", "the folder does not answer", *_SHARE),
    DeviceCode("folder_unreadable", "目录读不出", "the folder can not be read", *_SHARE),
    DeviceCode("folder_keeps", "目录中的文件移不走", "files in the folder can not be taken away", *_SHARE),
    DeviceCode("file_missing", "文件缺失", "a file that was named is not there", *_IMAGES),
    DeviceCode("sidecar_missing", "缺少说明文件", "no sidecar names the image", *_IMAGES),
    DeviceCode("sidecar_malformed", "说明文件有误", "the sidecar is not as it must be", *_IMAGES),
    DeviceCode("not_an_image", "不是图像", "the file is no image", *_IMAGES),
    DeviceCode("wrong_depth", "图像位深不符", "the image has not 16 bits of grey", *_IMAGES),
    DeviceCode("too_small", "图像过小", "the image is too small", *_IMAGES),
    DeviceCode("too_large", "图像过大", "the image is too large", *_IMAGES),
    DeviceCode("damaged", "文件损坏", "the file is damaged", *_IMAGES),
    DeviceCode("truncated", "文件不完整", "the file is cut off", *_IMAGES),
    DeviceCode("empty", "文件为空", "the file is empty", *_IMAGES),
    DeviceCode("image_repeated", "图像重复", "the same picture came before", *_IMAGES),
)
_GATES = (
    DeviceCode("gate_unreachable", "卡口连不上", "the gate can not be reached", *_NETWORK),
    DeviceCode("gate_closed", "卡口关闭了连接", "the gate closed the connection", *_BY_ITSELF),
    DeviceCode("gate_lost", "卡口连接中断", "the connection to the gate was lost", *_NETWORK),
    DeviceCode("frame_cut", "卡口报文不完整", "the rest of a frame did not come", *_GATE),
    DeviceCode("frame_mark_wrong", "卡口报文头有误", "a frame does not begin as it must", *_GATE),
    DeviceCode("frame_length_wrong", "卡口报文长度有误", "the length of a frame is wrong", *_GATE),
    DeviceCode("frame_body_wrong", "卡口报文体有误", "the body of a frame is not where it must be", *_GATE),
    DeviceCode("frame_tail_wrong", "卡口报文尾有误", "a frame does not end as it must", *_GATE),
    DeviceCode("form_code_unknown", "卡口报文类型不明", "a message is of no kind that a gate sends", *_GATE),
    DeviceCode("form_dtd_forbidden", "卡口报文含禁用声明", "a message declares what is forbidden", *_GATE),
    DeviceCode("form_not_text", "卡口报文编码有误", "a message is not in the encoding it claims", *_GATE),
    DeviceCode("form_not_xml", "卡口报文不是 XML", "a message is no XML", *_GATE),
    DeviceCode("form_result_unknown", "卡口应答结果不明", "a message has an unknown result", *_GATE),
    DeviceCode("form_root_wrong", "卡口报文根元素不符", "the root of a message is not that of its kind", *_GATE),
    DeviceCode("form_session_missing", "卡口报文缺会话号", "a message has no session", *_GATE),
    DeviceCode("form_too_large", "卡口报文过大", "a message is too large", *_GATE),
    DeviceCode("manual_check_not_trusted", "卡口自报的人工核验不采信", "a check that the gate itself claims does not count", "关员在本系统核验", "an officer checks it here"),
)
_LINKS = (
    DeviceCode("no_answer", "对方无应答", "the other system did not answer", *_LATER),
    DeviceCode("not_reached", "对方连不上", "the other system can not be reached", *_NETWORK),
    DeviceCode("answer_not_usable", "对方应答无法辨认", "the answer of the other system can not be used", "请对方核对接口", "the other side looks at its interface"),
    DeviceCode("url_wrong", "地址有误", "the address is none", "集成商核对配置中的地址", "the integrator corrects the address in the configuration"),
    DeviceCode("outbox_hangs", "发送目录无响应", "the outbox folder does not answer", *_SHARE),
    DeviceCode("outbox_unwritable", "发送目录写不进", "the outbox folder can not be written", *_SHARE),
)
_HELPERS = (
    DeviceCode("queue_full", "等待过多", "too much waits already", *_LATER),
    DeviceCode("timed_out", "超时", "it took too long", *_LATER),
    DeviceCode("work_failed", "处理失败", "the work failed", "请集成商查看日志", "the integrator looks at the log"),
    DeviceCode("paper_failed", "记录单生成失败", "the paper could not be made", "请集成商查看日志", "the integrator looks at the log"),
    DeviceCode("paper_late", "记录单生成超时", "the paper took too long", *_LATER),
    DeviceCode("font_missing", "缺少字体", "a font is missing", "安装 fonts-noto-cjk", "install fonts-noto-cjk"),
    DeviceCode("evidence_bad_hash", "证据哈希有误", "this is no hash of a file", *_DISK),
    DeviceCode("evidence_changed", "证据已损坏", "the stored file is not what its hash says", *_DISK),
    DeviceCode("evidence_media_type", "证据类型不被接受", "evidence of this type is not kept", *_DISK),
    DeviceCode("evidence_missing", "证据缺失", "the file of evidence is not there", *_DISK),
    DeviceCode("evidence_not_stored", "证据未存妥", "the file of evidence was not stored", *_DISK),
    DeviceCode("evidence_too_large", "证据过大", "the file of evidence is too large", *_DISK),
    DeviceCode("evidence_unreadable", "证据读不出", "the file of evidence can not be read", *_DISK),
    DeviceCode("metal_high", "金属占比高于申报货物", "more metal than the declared goods have", "请关员看图", "an officer looks at the image"),
    DeviceCode("mass_differs", "图像质量与申报或称重不符", "the mass in the image is not the declared or weighed one", "请关员看图", "an officer looks at the image"),
    DeviceCode("opaque", "有射线无法穿透的区域", "there are places that let no ray through", "请关员看图", "an officer looks at the image"),
)
# fmt: on

DEVICE_CODES: dict[str, DeviceCode] = {one.code: one for one in (*_SERIAL, *_PLC, *_CAMERAS, *_XRAY, *_GATES, *_LINKS, *_HELPERS)}
# What the analyser may point at is customs' own, by whatever word.
OF_THE_ANALYSER = frozenset({"metal_high", "mass_differs", "opaque"})
