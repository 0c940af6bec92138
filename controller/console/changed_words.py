"""What a row of the journal did to a thing, in words, for a person whose page was drawn before it.

One rule: a page never shows the name of an event; what has no words of its own is called news of the line.
"""

NEWS = ("产线有新情况", "the line has news of it")
TIME_OVER = ("时限已到", "a time limit has passed")
# fmt: off
# One row an event, so that the list reads and diffs as a table.
WORDS: dict[str, tuple[str, str]] = {
    "customs_check": ("海关有新处理", "customs has dealt with it"),
    "HoldPlaced": ("已被扣留", "it was held"),
    "HoldLifted": ("扣留已解除", "a hold was lifted"),
    "InspectionClosed": ("查验已结案", "its inspection was closed"),
    "VerdictGiven": ("已判图", "its image was judged"),
    "VerdictUndone": ("判图已撤销", "a verdict was taken back"),
    "LoadArrived": ("车次已登记到达", "the load was reported as arrived"),
    "SealCheckStarted": ("已开始验封", "the check of its seals has begun"),
    "SealReported": ("已报告封志状况", "a seal was reported"),
    "SealSeen": ("已看到封志", "its seals were seen"),
    "SealNotSeen": ("未能看到封志", "its seals could not be seen"),
    "SecondLook": ("封志已复核", "another person looked at the seals"),
    "UnloadingStarted": ("已开始卸货", "unloading has begun"),
    "CameWithLoad": ("已更正车次", "the load it came with was put right"),
    "RerunOrdered": ("已取箱重检", "it was taken to be run again"),
    "CartonRemoved": ("已被取走", "it was taken away"),
    "CustodyMoved": ("已移入暂存", "it was moved into custody"),
    "CustodyEnded": ("已移出暂存", "it was taken out of custody"),
    "RecheckOpened": ("已开箱复验", "an open-box recheck has begun"),
    "RecheckDecided": ("复验已有结论", "the recheck has an outcome"),
    "RecheckConfirmed": ("复验已由另一人确认", "the recheck was confirmed"),
    "RecheckAbandoned": ("复验已中止", "the recheck was given up"),
    "NewSealSet": ("已换新封志", "a new seal was put on"),
    "ContainerOpened": ("集装箱已开始装箱", "the container was opened for loading"),
    "ContainerClosed": ("集装箱已关闭", "the container was closed"),
    "ContainerWeighed": ("集装箱已称重", "the container was weighed"),
    "ContainerSealed": ("集装箱已施封", "the container was sealed"),
    "ContainerReopened": ("集装箱已重新打开", "the container was opened again"),
    "GatePassIssued": ("核放单已签发", "a gate pass was issued"),
    "GatePassVoided": ("核放单已作废", "a gate pass was voided"),
    "GateArrived": ("车辆已到卡口", "the truck is at the gate"),
    "GateChecked": ("卡口已核对", "it was checked at the gate"),
    "ManifestList": ("申报清单已更新", "its list was declared anew"),
    "NoticeCartons": ("到货预报已更新", "its load notice has changed"),
    "CodesRead": ("已读到条码", "its code was read"),
    "NoCodeRead": ("未读到条码", "no code was read"),
    "WeightRead": ("已称重", "it was weighed"),
    "ImageTaken": ("已成像", "its image was taken"),
    "RingEvent": ("已在线上移动", "it has moved on the line"),
    "TimerFired": TIME_OVER,
    "PlcLost": ("控制器断开", "the PLC is away"),
    "PlcSynced": ("控制器已重新同步", "the PLC was reconciled"),
    "DaemonStarted": ("控制程序已重启", "the controller has restarted"),
}
# fmt: on


def in_words(event: str, actor: str) -> dict[str, str]:
    """In both languages, with who did it where the reader may know."""
    zh, en = WORDS.get(event, NEWS)
    by = f" ({actor})" if actor else ""
    return {"zh": f"{zh}{by}", "en": f"{en}{by}"}
