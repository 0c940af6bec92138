"""Declared lists in the state of the line."""

import msgspec

from controller.domain.declarations import DeclaredList


class ConsignmentList(msgspec.Struct, frozen=True):
    """A declared list with what customs said of it.

    `arrival_load`: it is whole and waits to be told with this load; `arrival_no`: it was told to customs under this number.
    `names`: all by which receipts find it, declared now or before or told by customs (`list_names`).
    `orders_taken`: the times of the orders to inspect (500) that opened an inspection, the newest of them; `ordered_ms`: when the
    line took the last of them. `rejected_time`: when customs rejected what was declared before, and it was declared new;
    `names_rejected`: those of `names` that customs gave to that, which bind no more.
    `stopped_by`: the word of customs by which its goods are stopped, whatever its sender does to the list, until customs releases
    it (`deleted_lists`). `dated_ahead`: words of customs that held it because of their date, the newest of them.
    `content_ms`: since when the goods, weights and the trader that it declares are these (`as_declared`).
    """

    key: str
    declared: DeclaredList
    status: str = ""
    status_time: str = ""
    status_conflict: bool = False
    inspection_open: bool = False
    withdrawn: bool = False
    arrival_load: str = ""
    arrival_no: str = ""
    arrival_answer: str = ""
    names: tuple[str, ...] = ()
    orders_taken: tuple[str, ...] = ()
    ordered_ms: int = -1
    rejected_time: str = ""
    names_rejected: tuple[str, ...] = ()
    stopped_by: str = ""
    dated_ahead: tuple[str, ...] = ()
    content_ms: int = -1


class LeftList(msgspec.Struct, frozen=True):
    """What stays known of a list that left and was let go of: what customs had said of it, and its orders to inspect."""

    key: str
    status: str
    status_time: str
    orders_taken: tuple[str, ...]
