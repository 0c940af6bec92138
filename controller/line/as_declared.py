"""What a look was a look at: goods as they were declared when an image was analysed or cleared, or a box was opened.

One rule: a look answers for what was declared then. Once the goods, weights or the trader of a carton's list are other ones, or
the carton is of another list, whoever looked before has not looked at this.
"""

from controller.domain.declarations import DeclaredList
from controller.line.list_state import ConsignmentList
from controller.line.state import Carton, Draft


def declared_ms(draft: Draft, carton: Carton) -> int:
    """Since when what is declared for this carton is what it is now; -1: nothing was ever declared."""
    found = draft.lists.get(carton.list_key)
    return max(carton.list_ms, found.content_ms if found is not None else -1)


def content_ms(draft: Draft, known: ConsignmentList, declared: DeclaredList) -> int:
    """The same of a list that is told anew. Two changes in one millisecond are two."""
    return known.content_ms if _content(known.declared) == _content(declared) else max(draft.now_ms, known.content_ms + 1)


def list_ms(draft: Draft, known: Carton | None, list_key: str) -> int:
    """Since when a carton is of the list that the newest notice gives it to, where that is not its first."""
    if known is None or known.list_key == list_key:
        return known.list_ms if known is not None else -1
    return max(draft.now_ms, declared_ms(draft, known) + 1)


def _content(declared: DeclaredList) -> tuple[object, ...]:
    """What a person, the analyser or a rule looks at; numbers and times of the papers themselves are not among it."""
    goods = (declared.items, declared.items_cut, declared.cut_mark)
    return (*goods, declared.pack_no, declared.gross_weight_g, declared.net_weight_g, declared.ebc_code)
