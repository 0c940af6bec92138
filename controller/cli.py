"""The `xiyong` command: thin, and lazy in what it imports, so that `run` never loads a simulator.

One rule: a command prints an answer or an error with its next step, and says by its exit code which it was: 0 done,
1 the answer is bad news (a fault was found), 2 the command could not be carried out.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from controller.cli_acts import act, import_file
from controller.cli_config import check_config, config_take
from controller.cli_options import DEFAULT_CONFIG, AsJson, Config, Data, Sets, fail, load_settings, overrides_of, setting_origins
from controller.cli_story import Reason, export, keys, print_proof

app = typer.Typer(
    name="xiyong",
    help="Open controller of a customs inspection line. 海关查验线控制程序.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main() -> None:
    app()


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
        from controller.settings.provenance import FileSource

        source = FileSource(str(config), overrides_of(sets, data))
        companions.append(partial(console, origins=setting_origins(config, sets, data), source=source))
    if settings.trace.host:
        from controller.trace.companion import trace

        companions.append(trace)
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
    cartons: Annotated[int, typer.Option(help="How many cartons come in.", min=57, max=2000)] = 156,
    seed: Annotated[int, typer.Option(help="Another seed, another day.")] = 1,
    rate: Annotated[
        float | None, typer.Option(help="Line seconds in a real second; 2, or 1 with --stay.", min=0.5, max=4, show_default=False)
    ] = None,
    as_json: AsJson = False,
    keep: Annotated[Path | None, typer.Option(help="Keep journal and logs of the run in this new directory.")] = None,
    planted: Annotated[str, typer.Option(help="Run with a planted fault, to see that it is found: release-everything.")] = "",
    stay: Annotated[bool, typer.Option("--stay", help="Keep the line running, with the console, until Ctrl-C.")] = False,
    officers: Annotated[
        Literal["simulated", "none"], typer.Option(help="none: keep it running, and a person judges every carton.")
    ] = "simulated",
) -> None:
    """Show the whole line: daemon and simulators as two processes over Modbus TCP and serial lines."""
    from controller.rehearsal.demo import Demo
    from controller.rehearsal.demo_processes import DemoError
    from controller.rehearsal.open_line import OpenLine

    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        fail("keep_not_empty", f"{keep} is there and not empty: two runs must not be mixed", "name a new directory", as_json)
    stay = stay or officers == "none"
    if stay and (as_json or planted):
        fail(
            "stay_alone",
            "a line that stays has no verdict to print as JSON and takes no planted fault",
            "leave that out",
            as_json,
        )
    try:
        if stay:
            code = asyncio.run(OpenLine(seed, rate or 1.0, officers == "simulated", keep).run())
        else:
            code = asyncio.run(Demo(cartons, seed, rate or 2.0, as_json, keep, planted).run())
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
    shrink_runs: Annotated[
        int, typer.Option(help="Runs spent to make a failing seed small; 0 = leave it, as --trace does.", min=0)
    ] = 60,
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


app.command("check-config")(check_config)
app.command("config-take")(config_take)


@app.command()
def account(
    action: Annotated[Literal["invite", "accept", "list", "off", "on"], typer.Argument(help="What to do.")],
    name: Annotated[str, typer.Argument(help="The account; for a first one: customs or company.")] = "",
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
) -> None:
    """Accounts of the console: a one-time token for the first or for new secrets, using it, the list, switching one off or on."""
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
    export_file: Annotated[Path | None, typer.Option("--export", help="Prove a carton's export instead; needs --key.")] = None,
    key: Annotated[str, typer.Option(help="With --export: the site's public key, a PEM file or 64 hex digits.")] = "",
    record: Annotated[Path | None, typer.Option(help="Instead: a PDF of an inspection record, against the journal.")] = None,
    record_code: Annotated[str, typer.Option(help="Instead: the verification code of such a paper.")] = "",
) -> None:
    """Prove the journal: no record changed, removed or reordered; names the first that is. Exit 1 = a fault.

    With --record or --record-code: whether a paper is one that was filed. Exit 0 = valid, 1 = altered, 3 = unknown.
    """
    if export_file is not None:
        raise typer.Exit(print_proof(export_file, key, as_json))
    from controller.daemon import answers, record_check

    if record is not None or record_code:
        settings = load_settings(config, sets, data, as_json)
        path, _ = answers.journal_of(settings)
        evidence = Path(settings.site.data_dir) / "evidence"
        raise typer.Exit(record_check.print_record(journal or path, evidence, record, record_code, as_json))
    if journal is None:
        settings = load_settings(config, sets, data, as_json)
        journal, anchors = answers.journal_of(settings)
    raise typer.Exit(answers.print_verify(journal, anchors, replay, as_json))


@app.command()
def diagnostics(
    out: Annotated[Path, typer.Argument(help="Where the zip goes.")] = Path("xiyong-diagnostics.zip"),
    config: Config = DEFAULT_CONFIG,
    sets: Sets = None,
    data: Data = None,
    reason: Reason = "a command",
    as_json: AsJson = False,
) -> None:
    """The diagnostics bundle of a line: settings with origins, versions, devices, whether the journal proves true.

    Who took it is recorded where a daemon runs; the answer says whether. The log of a running daemon is in the bundle of its
    integrator page; here it is with the service manager (journalctl).
    """
    from importlib.metadata import version

    from controller.console.plan import devices_of
    from controller.daemon.diagnostics import write_bundle
    from controller.daemon.service import paths_of
    from controller.daemon.taken import tell

    settings = load_settings(config, sets, data, as_json)
    known = [(one.name, one.kind) for one in devices_of(settings)]
    try:
        ok = write_bundle(out, settings, setting_origins(config, sets, data), known, version("xiyong-line"))
    except OSError as error:
        fail("file_unwritable", f"{out}: {error.strerror or error}", "name another file", as_json)
    row = tell(paths_of(settings).control, "diagnostics", "", "", reason, out.read_bytes()).get("seq")
    if as_json:
        print(json.dumps({"ok": True, "file": str(out), "journal_ok": ok, "recorded": row is not None, "seq": row}))
    else:
        told = f"journal record {row}" if row is not None else "not recorded: no daemon answers here"
        print(f"{out} (journal proves true: {ok}); {told}")


# --- acts of people (simulation only) ------------------------------------------------------------------------------

app.command("import")(import_file)
app.command("act")(act)

# --- one carton's export -------------------------------------------------------------------------------------------

app.command("keys")(keys)
app.command("export")(export)
