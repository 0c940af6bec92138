"""A steady day: ordinary cartons, no faults of its own. What is done to the daemon meanwhile is the parent's affair.

The one rule: it survives the daemon dying at any time: people repeat their acts until answered, and run again whatever was
not decided, so that every carton is released at last.
"""

from simulators.scenarios.stage import Stage


async def play(stage: Stage) -> None:
    loads = stage.day.loads
    papers = stage.office.send_papers(loads[0])
    await stage.open()
    for number, load in enumerate(loads, start=1):
        await stage.receive(load, papers)
        if number < len(loads):
            papers = stage.office.send_papers(loads[number])
        await stage.unloaded(load)
    await stage.come_to_rest()
