"""`xiyong import` and `xiyong act`: people act on a running daemon from a terminal, in simulation only.

One rule: these only send; who may do what is judged where it is done.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from controller.cli_options import DEFAULT_CONFIG, AsJson, Config, Data, Sets, fail, load_settings


def _act(config: Path, sets: list[str] | None, data: Path | None, as_json: bool, request: dict[str, Any]) -> None:
    from controller.daemon import answers

    settings = load_settings(config, sets, data, as_json)
    raise typer.Exit(answers.send_act(settings, request, as_json))


def import_file(
    file: Annotated[Path, typer.Argument(help="CEB603 or CEB604 message (XML), or a load notice (CSV or JSON).")],
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
    actor: Annotated[str, typer.Option(help="Account of the person.")] = "command",
    role: Annotated[str, typer.Option(help="Role of the person.")] = "shift_lead",
    as_json: AsJson = False,
) -> None:
    """Import a file into the running daemon (simulation; in production, put it into the inbox folder)."""
    request = {"act": "import", "path": str(file.resolve()), "actor": actor, "role": role}
    _act(config, sets, data, as_json, request)


def act(
    name: Annotated[str, typer.Argument(help="One of the acts above.")],
    arguments: Annotated[list[str] | None, typer.Argument(help="What the act needs: target=EE100000017CN cause=look")] = None,
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
    actor: Annotated[str, typer.Option(help="Account of the person.")] = "command",
    role: Annotated[str, typer.Option(help="officer, section_chief, operator, shift_lead, integrator.")] = "operator",
    as_json: AsJson = False,
) -> None:
    """Act as a person on the running daemon. Only while mode = "simulation" (a stop or hold of the line: always).

    \b
    load-arrived      load_id= plate=   (again with another plate: it was typed wrong)
    seal-check        load_id=  (then its seals are scanned)
    seal-report       load_id= condition=broken|absent cause=
    second-look       load_id= result=accept|confirm cause=
    unload            load_id=          (cartons that come now are of this load)
    came-with         code= load_id= cause=   (customs: its unloading was said too late)
    hold              target= cause=    (and scope=carton, list or load;
                                        code=officer_hold or company_hold)
    lift              hold_id= cause=   (hold printed the number; and scope=, target=, code=
                                        to lift it only if it is that one)
    close-inspection  list_key= cause=  (customs' inspection has a result)
    verdict           track= image= verdict=clear|open|anomaly cause=   (customs)
    rerun             code=             (and lane=, track=EPOCH:ID)
    verdict-undo      track= image= cause=    (the own one, before the belt decides)
    removed           code= place= cause=
    custody           code= place=    (a carton is scanned into a custody place)
    end-custody       code= cause=    (customs takes it out; nothing is released by that)
    recheck-open      code=             (and bench=; officers alone from here on)
    recheck-count     code= gnum= count=      (pieces without a readable code)
    recheck-undo      code=             (the last scan was a slip)
    recheck-still     code=             (one more picture)
    recheck-seal      code= seal_no=    (closed again under a new seal label)
    recheck-decide    code= outcome= way=belt|hand cause=   (and place=: released,
                      detained, returned, transferred; by who opened it)
    recheck-confirm   code= outcome=    (by another officer: this closes it)
    recheck-abandon   code= cause=      (no outcome: it waits for other officers)
    open-container    container_no=     (and door=: the name of its reader)
    close-container   container_no= count=    (what people counted in it)
    weigh-container   container_no= gross_g= tare_g=
    seal-container    container_no= seal_no=
    reopen-container  container_no= cause=    (undoes closing, seal and pass)
    gate-pass         pass_id= container_no= plate=   (and gross_g=; customs)
    void-pass         pass_id= cause=
    gate-check        gate= session_id= result= cause=   (customs: 1 let go,
                      2 to inspection, 3 send back, 4 it was seen to leave)
    alarm-acknowledge alarm=            (its key)
    alarm-shelve      alarm= minutes= cause=
    alarm-unshelve    alarm=
    alarm-out-of-service alarm= cause=
    alarm-in-service  alarm=
    shift-handover    to_account= notes=
    rules-propose     sha256= cause=    (the rules that wait; customs)
    emergency-enter   began= ended= count= cause=   (and codes=; customs)
    sample-review     track= image= verdict= cause=   (carton=, first=; customs)
    line              command=          (start stop hold unhold reset clear
                                        resume; and cause=)
    """
    from controller.daemon.answers import ActArgumentError, act_arguments

    try:
        values = act_arguments(name, arguments or [])
    except ActArgumentError as error:
        fail(error.code, error.cause, error.next_step, as_json)
    _act(config, sets, data, as_json, {"act": name, **values, "actor": actor, "role": role})
