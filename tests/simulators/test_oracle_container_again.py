"""The oracle's papers of a container number that left and comes back."""

from simulators.oracle.departure_story import DeparturePapers
from simulators.oracle.journal_story import Json, Row

BOX = "TGHU1234567"


def test_the_oracle_takes_a_number_that_came_back_for_an_empty_container() -> None:
    papers = DeparturePapers()
    before: tuple[tuple[str, Json, Json], ...] = (
        ("ContainerOpened", {"container_no": BOX}, {}),
        ("CodesRead", {"role": "loading"}, {"findings": [{"subject": "carton:a", "text": f"loaded into {BOX} at door d"}]}),
        ("TimerFired", {}, {"messages": [{"kind": "linked_release", "about": f"container:{BOX}", "body": "{}"}]}),
    )
    for kind, event, outcome in before:
        papers.take(Row(1, 1, kind, event, "operator", outcome))
    papers.take(Row(1, 1, "ContainerOpened", {"container_no": BOX}, "operator", {"refusals": [{"code": "container_departed"}]}))
    assert list(papers.boxes[BOX].numbers) == ["a"]
    papers.take(Row(1, 1, "ContainerOpened", {"container_no": BOX}, "operator", {}))
    assert not papers.boxes[BOX].numbers
