"""The `xiyong` command: thin, and lazy in what it imports, so that `run` never loads a simulator.

One rule: a command prints an answer or an error with its next step, and says by its exit code which it was: 0 done,
1 the answer is bad news (a fault was found), 2 the command could not be carried out.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from controller.settings.model import Settings

app = typer.Typer(
    name="xiyong",
    help="Open controller of a customs inspection line. 海关查验线控制程序.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

DEFAULT_CONFIG = Path("config/simulation.toml")
Config = Annotated[Path, typer.Option("--config", "-c", envvar="XIYONG_CONFIG", help="Configuration file (TOML).")]
Sets = Annotated[list[str] | None, typer.Option("--set", help="Override one setting: table.key=value. May be repeated.")]
Data = Annotated[
    Path | None, typer.Option("--data", envvar="XIYONG_DATA", help="Data directory, instead of the configuration's.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def main() -> None:
    app()


def fail(code: str, cause: str, next_step: str, as_json: bool = False) -> NoReturn:
    """Say what went wrong and what to do, and exit with 2."""
    if as_json:
        print(json.dumps({"ok": False, "code": code, "cause": cause, "next_step": next_step}, ensure_ascii=False))
    else:
        print(f"xiyong: {code}: {cause}\n  next step: {next_step}", file=sys.stderr)
    raise typer.Exit(2)


def load_settings(config: Path, sets: list[str] | None, data: Path | None = None, as_json: bool = False) -> "Settings":
    from controller.settings.loading import load, parse_override
    from controller.settings.problems import SettingsError

    try:
        overrides = dict(parse_override(text) for text in sets or ())
        if data is not None:
            overrides["site.data_dir"] = str(data.resolve())
        settings = load(config, overrides)
    except ValueError as error:
        fail("override_malformed", str(error), "write --set table.key=value", as_json)
    except SettingsError as error:
        if as_json:
            fail("config_wrong", str(error), "mend the file, then: xiyong check-config", as_json)
        print(f"xiyong: the configuration can not be used:\n{error}", file=sys.stderr)
        raise typer.Exit(2) from error
    from controller.daemon.field_devices import device_problems

    if problems := device_problems(settings):
        fail("config_wrong", "; ".join(str(p) for p in problems), "mend the file, then: xiyong check-config", as_json)
    return settings


# --- running -------------------------------------------------------------------------------------------------------


@app.command()
def run(
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
    time_rate: Annotated[float, typer.Option(help="Simulation only: line seconds in a real second.", min=0.1, max=20)] = 1.0,
    log_level: Annotated[Literal["debug", "info", "warning", "error"], typer.Option(help="The least that is logged.")] = "info",
) -> None:
    """Run the line's daemon until it is told to stop (SIGTERM, Ctrl-C)."""
    from controller.daemon.running import run_daemon
    from controller.telemetry.publisher import telemetry

    settings = load_settings(config, sets, data)
    if time_rate != 1.0 and settings.site.mode.value != "simulation":
        fail("time_rate_not_allowed", "only a simulation may run faster than the clock", "leave --time-rate out")
    companions = [telemetry]
    if settings.console.host:  # the web framework costs a second of CPU: only who wants it pays
        from controller.console.companion import console

        companions.append(console)
    raise typer.Exit(run_daemon(settings, str(config), time_rate, log_level, tuple(companions)))


# Options and --help are those of the simulators: this command only hands them on.
@app.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
def sim(
    arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to: python -m simulators.")] = None,
) -> None:
    """Start the simulators of every device in this terminal (the same as python -m simulators)."""
    os.execv(sys.executable, [sys.executable, "-m", "simulators", *(arguments or [])])


@app.command()
def demo(
    cartons: Annotated[int, typer.Option(help="How many cartons come in.", min=56, max=2000)] = 156,
    seed: Annotated[int, typer.Option(help="Another seed, another day.")] = 1,
    rate: Annotated[float, typer.Option(help="Line seconds in a real second.", min=0.5, max=4)] = 2.0,
    as_json: AsJson = False,
    keep: Annotated[Path | None, typer.Option(help="Keep journal and logs of the run in this new directory.")] = None,
    planted: Annotated[str, typer.Option(help="Run with a planted fault, to see that it is found: release-everything.")] = "",
) -> None:
    """Show the whole line: daemon and simulators as two processes over Modbus TCP and serial lines."""
    from controller.rehearsal.demo import Demo, DemoError

    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        fail("keep_not_empty", f"{keep} is there and not empty: two runs must not be mixed", "name a new directory", as_json)
    try:
        code = asyncio.run(Demo(cartons, seed, rate, as_json, keep, planted).run())
    except DemoError as error:
        fail(error.code, error.cause, error.next_step, as_json)
    raise typer.Exit(code)


@app.command()
def explore(
    seeds: Annotated[int, typer.Option(help="How many seeds to run.", min=1)] = 100,
    first: Annotated[int, typer.Option("--from", help="The first of them.")] = 1,
    jobs: Annotated[int, typer.Option(help="Processes at once.", min=1, max=64)] = 1,
    seed: Annotated[int | None, typer.Option(help="Run this one seed only.")] = None,
    scenario: Annotated[str, typer.Option(help="What kind of day, by name: see --list-scenarios.")] = "swarm",
    list_scenarios: Annotated[bool, typer.Option("--list-scenarios", help="The names of days, and what each is.")] = False,
    trace: Annotated[bool, typer.Option("--trace", help="With --seed: print its story, line by line.")] = False,
    only: Annotated[str, typer.Option(help="Of the faults a seed draws, keep these: kind,kind")] = "",
    without: Annotated[str, typer.Option(help="Of the faults a seed draws, leave these out: kind,kind")] = "",
    strikes: Annotated[str, typer.Option(help="Exactly these faults, none drawn: kill#1@12.5,... (a failure prints them).")] = "",
    day: Annotated[float, typer.Option(help="Line seconds with faults, instead of 120.", min=0)] = 0,
    shrink_runs: Annotated[int, typer.Option(help="Runs spent to make a failing seed small; 0 = leave it.", min=0)] = 60,
    save: Annotated[
        Path | None, typer.Option(help="Add every 100 seeds to this file; what it has for this program is not run again.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Run nothing: print the tables of such a file (Markdown).")] = None,
    as_json: AsJson = False,
) -> None:
    """Search for a day that breaks a promise: the whole line in virtual time with faults, from one seed each."""
    from controller.rehearsal import explore_command as command
    from controller.rehearsal.campaign_file import CampaignFileError

    if list_scenarios:
        raise typer.Exit(command.list_scenarios(as_json))
    try:
        choice = command.Wishes(seeds, first, jobs, seed, scenario, only, without, strikes, day).choice()
    except ValueError as error:
        fail("explore_wish_unknown", str(error), "scenarios: --list-scenarios; kinds: what a run prints under faults", as_json)
    try:
        if report is not None:
            raise typer.Exit(command.run_report(report, as_json))
        if seed is None:
            raise typer.Exit(command.run_campaign(choice, as_json, save, shrink_runs))
    except CampaignFileError as error:
        fail(error.code, error.cause, error.next_step, as_json)
    raise typer.Exit(command.run_one(choice, seed, trace, as_json, shrink_runs))


@app.command("staffing")
def staffing_study(
    rate: Annotated[float, typer.Option(help="Cartons an hour.", min=60, max=7200)] = 1800,
    belt: Annotated[float, typer.Option(help="Metres from X-ray exit to diverter.", min=0.5, max=60)] = 4.2,
    speed: Annotated[float, typer.Option(help="Belt speed, mm/s.", min=50, max=3000)] = 500,
    median: Annotated[float, typer.Option(help="Seconds an officer needs in the middle of cases.", min=0.5, max=120)] = 5.0,
    opened: Annotated[float, typer.Option(help="Share of images sent to open-box.", min=0, max=1)] = 0.15,
    open_minutes: Annotated[
        float, typer.Option(help="Minutes to open a carton, in the middle of cases.", min=0.5, max=120)
    ] = 4.0,
    seed: Annotated[int, typer.Option(help="Other shifts.", min=1)] = 1,
    shifts: Annotated[int, typer.Option(help="Shifts of 8 h for each row.", min=2, max=200)] = 10,
    write: Annotated[bool, typer.Option("--write", help="Write docs/staffing.md and its chart instead of printing.")] = False,
    as_json: AsJson = False,
) -> None:
    """How many officers and how long a belt: a model of queues, for 1 to 3 officers and 5, 10, 20 % to look at."""
    from controller.rehearsal import staffing_page
    from simulators.people.staffing import Desk

    desk = Desk(
        1, 0.0, cartons_an_hour=rate, belt_mm_s=speed, exit_to_divert_mm=belt * 1000, decide_median_s=median,
        opened_share=opened, open_median_s=open_minutes * 60,
    )  # fmt: skip
    raise typer.Exit(staffing_page.run(desk, seed, shifts, as_json, write))


# --- configuration -------------------------------------------------------------------------------------------------


@app.command("check-config")
def check_config(
    files: Annotated[list[Path], typer.Argument(help="Configuration files.")],
    sets: Sets = None,
    as_json: AsJson = False,
) -> None:
    """Check configuration files: every problem of each, with the place and the next step."""
    from controller.daemon.field_devices import device_problems
    from controller.settings.loading import check, load, parse_override

    try:
        overrides = dict(parse_override(text) for text in sets or ())
    except ValueError as error:
        fail("override_malformed", str(error), "write --set table.key=value", as_json)
    found = {str(path): check(path, overrides) or device_problems(load(path, overrides)) for path in files}
    if as_json:
        rows = {name: [{"code": p.code, "where": p.where, "cause": p.cause, "next_step": p.next_step} for p in problems]
                for name, problems in found.items()}  # fmt: skip
        print(json.dumps({"ok": not any(found.values()), "files": rows}, ensure_ascii=False))
    else:
        for name, problems in found.items():
            print(f"{name}: {'ok' if not problems else f'{len(problems)} problem(s)'}")
            for problem in problems:
                print(f"  {problem}")
    raise typer.Exit(1 if any(found.values()) else 0)


@app.command()
def account(
    action: Annotated[Literal["invite", "accept", "list", "off"], typer.Argument(help="What to do.")],
    name: Annotated[str, typer.Argument(help="The account; for a first one: customs or company.")] = "",
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
) -> None:
    """Accounts of the console: a one-time token for the first or for new secrets, using it, the list, switching one off."""
    from controller.console.account_commands import run_account

    raise typer.Exit(run_account(load_settings(config, sets, data), action, name))


# --- questions to the journal --------------------------------------------------------------------------------------


def _ask_journal(config: Path, sets: list[str] | None, data: Path | None, as_json: bool, work: Callable[..., int]) -> None:
    from controller.daemon.questions import JournalQuestions
    from controller.records.errors import RecordsError

    settings = load_settings(config, sets, data, as_json)
    try:
        with JournalQuestions(settings) as questions:
            code = work(questions)
    except RecordsError as error:
        fail(error.code, error.cause, error.next_step, as_json)
    raise typer.Exit(code)


@app.command()
def why(
    code: Annotated[str, typer.Argument(help="The number on the label, a carton key, or a track (epoch:id).")],
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
    as_json: AsJson = False,
    as_customs: Annotated[bool, typer.Option("--customs", help="The customs view: reasons that are for its eyes only.")] = False,
) -> None:
    """Why is this carton where it is: what holds it or why it took its lane, the facts, the next step."""
    from controller.daemon import answers

    _ask_journal(config, sets, data, as_json, lambda q: answers.print_why(q, code, as_customs, as_json))


@app.command()
def carton(
    code: Annotated[str, typer.Argument(help="The number on the label or a carton key.")],
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
    as_json: AsJson = False,
    as_customs: Annotated[bool, typer.Option("--customs", help="The customs view.")] = False,
) -> None:
    """The whole story of a carton from the journal, event by event."""
    from controller.daemon import answers

    _ask_journal(config, sets, data, as_json, lambda q: answers.print_story(q, code, as_customs, as_json))


@app.command()
def lanes(config: Config = DEFAULT_CONFIG, sets: Sets = None, data: Data = None, as_json: AsJson = False) -> None:
    """What stands in each lane, on the belt and elsewhere, as last confirmed."""
    from controller.daemon import answers

    _ask_journal(config, sets, data, as_json, lambda q: answers.print_lanes(q, as_json))


@app.command("lists")
def reconciled_lists(
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that were released whole.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every declared list reconciled: declared = released + held + detained + returned + missing. Exit 1 = it is not."""
    from controller.daemon import list_accounts

    _ask_journal(config, sets, data, as_json, lambda q: list_accounts.print_lists(q.state, every, as_json))


@app.command("load-list")
def load_list(
    container: Annotated[str, typer.Argument(help="A container's number; without it, all that the line knows.")] = "",
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The loading list of a container, its seal and pass, and what keeps it here; or what stands at the doors."""
    from controller.daemon import load_lists

    _ask_journal(config, sets, data, as_json, lambda q: load_lists.print_load_list(q.state, container, as_json))


@app.command()
def verify(
    journal: Annotated[Path | None, typer.Argument(help="A journal file; without it, the configuration's.")] = None,
    anchors: Annotated[Path | None, typer.Option(help="Its anchors file, if it is not beside it.")] = None,
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
    as_json: AsJson = False,
    replay: Annotated[bool, typer.Option(help="Also apply every event again and compare the outcomes.")] = True,
) -> None:
    """Prove the journal: no record changed, removed or reordered; names the first that is. Exit 1 = a fault."""
    from controller.daemon import answers

    if journal is None:
        settings = load_settings(config, sets, data, as_json)
        journal, anchors = answers.journal_of(settings)
    raise typer.Exit(answers.print_verify(journal, anchors, replay, as_json))


# --- acts of people (simulation only) ------------------------------------------------------------------------------


def _act(config: Path, sets: list[str] | None, data: Path | None, as_json: bool, request: dict[str, Any]) -> None:
    from controller.daemon import answers

    settings = load_settings(config, sets, data, as_json)
    raise typer.Exit(answers.send_act(settings, request, as_json))


@app.command("import")
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


@app.command()
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
    load-arrived      load_id= plate=
    seal-check        load_id=  (then its seals are scanned)
    seal-report       load_id= condition=broken|absent cause=
    second-look       load_id= result=accept|confirm cause=
    unload            load_id=          (cartons that come now are of this load)
    hold              target= cause=    (and scope=carton, list or load;
                                        code=officer_hold or company_hold)
    lift              hold_id= cause=   (hold printed the number)
    close-inspection  list_key= cause=  (customs' inspection has a result)
    verdict           track= image= verdict=clear|open|anomaly cause=   (customs)
    rerun             code=             (and lane=, track=EPOCH:ID)
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
    line              command=          (start stop hold unhold reset clear
                                        resume; and cause=)
    """
    from controller.daemon.answers import ActArgumentError, act_arguments

    try:
        values = act_arguments(name, arguments or [])
    except ActArgumentError as error:
        fail(error.code, error.cause, error.next_step, as_json)
    _act(config, sets, data, as_json, {"act": name, **values, "actor": actor, "role": role})
