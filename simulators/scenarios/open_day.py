"""An open day: loads after loads with a little of everything, for people who want to try the screens.

The one rule: nothing happens to the belt or to the daemon by plan, and whoever stands at a screen has the first word: the
operator at the panel waits a minute before a standing belt is started again.
"""

from simulators.people.image_officer import PLACE
from simulators.people.unloader import PITCH_MM
from simulators.scenarios.stage import Stage

BELT_MM_S = 500
A_CONTAINER = 40
PATIENCE_S = 60.0
LOOK_AGAIN_S = 30.0


async def play(stage: Stage, *, pace_s: float, officers: bool) -> None:
    """Until the last load is over; then the belt stays empty. Without `officers` nobody here judges images."""
    stage.unloader.pitch_mm = max(PITCH_MM, pace_s * BELT_MM_S)
    stage.operator.patience_s = PATIENCE_S
    if not officers:
        stage.floor.away.add(PLACE)
    loads = stage.day.loads
    papers = stage.office.send_papers(loads[0])
    await stage.open()
    stage.ship_at(A_CONTAINER)
    for number, load in enumerate(loads, start=1):
        await stage.receive(load, papers)
        if number < len(loads):
            papers = stage.office.send_papers(loads[number])
        while not stage.unloader.truck_is_empty:  # people may hold the line for as long as they like
            await stage.floor.until(lambda: stage.unloader.truck_is_empty, LOOK_AGAIN_S)
            stage.check()
        await stage.unloaded(load)
