"""The command line. Exit codes: 0 well, 1 it failed, 2 wrong use or settings, 3 another instance holds the data."""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from bot.cli.check import check_products, choose_products
from bot.cli.data_dir import NothingChanged, import_list, move_aside
from bot.process_signals import ProcessSignals
from config.clock import utc_now
from config.database import DatabaseLost, DatabaseUnusable, DataDir, DataDirHeld
from config.environment import find_wrong_certificates, find_wrong_zone
from config.imports import uncollected
from config.logs import set_up_logging
from config.products import NotATcin, Product, parse_tcin
from config.settings import Settings, SettingsError, load_settings
from config.watchlist import WatchlistError
from purchasing.slot.emergency_stop import STOP_FILE

FAILED, WRONG_USE, HELD = 1, 2, 3

_WAYS_OUT = (
    "bring a copy back with `stockbell restore FILE`, or begin anew with `stockbell run --new`, "
    "which moves what is there aside"
)

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Watches products on Target.com, tells you in Telegram, and buys at most once.",
)
log = logging.getLogger(__name__)


def _fail(code: int, *lines: str) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)


def _settings() -> Settings:
    try:
        settings = load_settings(os.environ)
    except SettingsError as error:
        _fail(WRONG_USE, *error.problems)
    if settings.outlets:
        from bot.feeds.outlets.apprise_service import find_unknown  # noqa: PLC0415  only then Apprise is needed

        if unknown := list(find_unknown(settings.outlets)):
            _fail(WRONG_USE, *unknown)
    return settings


def _secrets(settings: Settings) -> list[str]:
    held = [settings.telegram.token, settings.http.token, *settings.target.api_keys]
    of_outlets = [secret for one in settings.outlets for secret in one.secrets()]
    return [*(secret.get_secret_value() for secret in held if secret is not None), *of_outlets]


@cli.command()
def run(
    context: typer.Context,
    *,
    new: Annotated[bool, typer.Option("--new", help="Move what was stored aside, and begin anew.")] = False,
) -> None:
    """Watch, tell and, in practice, buy, until SIGTERM, SIGINT or SIGHUP."""
    signals: ProcessSignals = context.obj
    settings = _settings()
    # A terminal is read by a person, whatever else by a program.
    set_up_logging(secrets=_secrets(settings), json=not sys.stderr.isatty())
    directory = DataDir(settings.data_dir)
    try:
        directory.hold()
    except DataDirHeld as error:
        signals.leave_stops(lambda: _leave_stop(settings))  # whoever holds it obeys
        _fail(HELD, str(error))
    except (DatabaseUnusable, OSError) as error:
        _fail(FAILED, str(error))
    signals.leave_stops(lambda: _leave_stop(settings))
    with uncollected():
        from bot.app import build  # noqa: PLC0415  what the other commands don't need

    try:
        directory.make_private(but="watchlist.toml")
        if new and (aside := move_aside(settings.data_dir, at=utc_now())):
            typer.echo(f"what was stored is in {aside} now", err=True)
        if not signals.end_asked:
            with uncollected():
                app = build(settings)
            asyncio.run(app.run(signals))
    except DatabaseLost as error:
        _fail(FAILED, f"{error}: {_WAYS_OUT}")
    except (DatabaseUnusable, OSError) as error:
        _fail(FAILED, str(error))


def _leave_stop(settings: Settings) -> None:
    """Keep a stop that came while no service was there to obey it."""
    try:
        (settings.data_dir / STOP_FILE).touch(mode=0o600)
    except OSError as error:
        log.error("stop.file_missing", extra={"why": str(error)})  # noqa: TRY400  its trace tells no more


@cli.command()
def demo(
    scenario: Annotated[str, typer.Option(help="What happens in the practice world.")] = "demo",
    seconds: Annotated[float | None, typer.Option(help="End by itself after so long.")] = None,
) -> None:
    """Practise with no account: a practice store, a practice chat, and the service between them."""
    if wrong := [*find_wrong_certificates(os.environ), *find_wrong_zone(os.environ)]:
        _fail(WRONG_USE, *wrong)
    from bot.cli.demo import UnknownScenario, run_demo  # noqa: PLC0415  the practice world is for this command alone

    set_up_logging(level="WARNING")
    try:
        asyncio.run(run_demo(scenario=scenario, console=Console(), seconds=seconds))
    except UnknownScenario as error:
        _fail(WRONG_USE, str(error))


@cli.command()
def check(
    products: Annotated[list[str] | None, typer.Argument(metavar="[TCIN …]", help="All watched, if none.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Ask the shop once and show what it says; writes nothing."""
    settings = _settings()
    set_up_logging(secrets=_secrets(settings), level="ERROR")
    try:
        tcins = [parse_tcin(text) for text in products or []]
    except NotATcin as error:
        _fail(WRONG_USE, str(error))
    file = settings.data_dir / "watchlist.toml"
    try:
        wanted = choose_products(file, tcins)
    except WatchlistError as error:
        _fail(WRONG_USE, *(f"{file}: {problem}" for problem in error.problems))
    result = asyncio.run(check_products(settings, wanted))
    if as_json:
        typer.echo(json.dumps(result.body))
    elif wanted:
        Console().print(result.table)
    if not wanted:
        _fail(FAILED, f"nothing to ask for: name a product, or put one into {file}")
    for trouble in result.troubles:
        typer.echo(trouble, err=True)
    if not result.certain:
        raise typer.Exit(FAILED)


@cli.command()
def rehearse(
    context: typer.Context,
    product: Annotated[str, typer.Argument(metavar="TCIN", help="A product's number, or a link to it.")],
) -> None:
    """Go through the shop's pages up to the review, never press its button, and show what came of it."""
    from bot.cli import rehearse as rehearsing  # noqa: PLC0415  what the other commands don't need

    signals: ProcessSignals = context.obj
    settings = _settings()
    set_up_logging(secrets=_secrets(settings), level="ERROR")
    wanted = _choose_one(settings, product)
    directory = DataDir(settings.data_dir)
    try:
        directory.hold()
        signals.leave_stops(lambda: _leave_stop(settings))
        stored = rehearsing.read_stored(settings, wanted.tcin)
    except DataDirHeld as error:
        signals.leave_stops(lambda: _leave_stop(settings))  # whoever holds it obeys
        _fail(HELD, str(error), rehearsing.BESIDE_A_SERVICE)
    except (DatabaseUnusable, OSError) as error:
        _fail(FAILED, str(error))
    if why := rehearsing.why_not_now(settings, stored):
        _fail(FAILED, why)
    is_well = asyncio.run(
        rehearsing.make_and_show(
            settings, wanted, stored, signals=signals, on_stop=lambda: _leave_stop(settings), say=typer.echo
        )
    )
    if not is_well:
        raise typer.Exit(FAILED)


def _choose_one(settings: Settings, product: str) -> Product:
    """The product as it is wanted."""
    file = settings.data_dir / "watchlist.toml"
    try:
        return choose_products(file, [parse_tcin(product)])[0]
    except NotATcin as error:
        _fail(WRONG_USE, str(error))
    except WatchlistError as error:
        _fail(WRONG_USE, *(f"{file}: {problem}" for problem in error.problems))


@cli.command()
def audit(
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as the journal grows, and tell each event.")] = False,
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0, help="Follow for so long, and end.")
    ] = None,
) -> None:
    """Check that the journal and the tables keep every promise; 0 if clean, beside a running service too."""
    from bot.cli.audit import audit_database  # noqa: PLC0415  what the other commands don't need

    settings = _settings()
    path = settings.data_dir / "stockbell.db"
    if not path.exists():
        _fail(FAILED, f"there is no database at {path}")
    try:
        if follow or seconds is not None:
            from bot.cli.audit_follow import ended_by_signal, follow_database  # noqa: PLC0415  as above

            with ended_by_signal() as ending:
                findings = follow_database(
                    path, zone=settings.timezone, say=typer.echo, now=utc_now, seconds=seconds, ending=ending
                )
        else:
            findings = audit_database(path, say=typer.echo)
    except DatabaseUnusable as error:
        _fail(FAILED, str(error))
    if findings:
        raise typer.Exit(FAILED)


@cli.command()
def doctor() -> None:
    """Look at everything the service relies on, and say what is wrong and what mends it."""
    from bot.cli.doctor.round import diagnose  # noqa: PLC0415  what the other commands don't need

    settings = _settings()
    set_up_logging(secrets=_secrets(settings), level="ERROR")

    async def look() -> bool:
        well = True
        async for finding in diagnose(settings):
            typer.echo(str(finding))
            well = well and finding.well is not False
        return well

    if not asyncio.run(look()):
        raise typer.Exit(FAILED)


@cli.command()
def login(
    *,
    file: Annotated[
        Path | None, typer.Option("--import", metavar="FILE", help="Store the session of a Playwright storage state.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Ask the shop whether the stored session holds.")] = False,
) -> None:
    """Sign in at the shop in a window, and store the session; beside a running service too."""
    if file is not None and check:
        _fail(WRONG_USE, "--import and --check are two things: do one after the other")
    from bot.cli.login import NotASession, check_session, import_session, sign_in  # noqa: PLC0415  as above

    settings = _settings()
    set_up_logging(secrets=_secrets(settings), level="ERROR")
    try:
        if file is not None:
            result = import_session(file, settings)
        else:
            result = asyncio.run(check_session(settings) if check else sign_in(settings, os.environ, say=typer.echo))
    except NotASession as error:
        _fail(WRONG_USE, str(error))
    except KeyboardInterrupt:
        _fail(FAILED, "nothing was changed")
    if not result.well:
        _fail(FAILED, result.line)
    typer.echo(result.line)


@cli.command(name="import")
def import_(file: Annotated[Path, typer.Argument(help="An older watch list, in JSON.")]) -> None:
    """Add the products of an older watch list; what is watched already stays as it is."""
    settings = _settings()
    try:
        imported = import_list(file, settings.data_dir)
    except NothingChanged as error:
        _fail(WRONG_USE, str(error))
    except WatchlistError as error:
        _fail(FAILED, *error.problems)
    except DatabaseUnusable as error:
        _fail(FAILED, str(error))
    for note in imported.notes:
        typer.echo(note)
    if not imported.products:
        _fail(FAILED, f"no product could be read from {file}")
    typer.echo(f"{len(imported.products)} read, see {settings.data_dir / 'watchlist.toml'}")


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to.")],
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there.")] = False,
) -> None:
    """Write all that must last into one file, beside a running service too, and check what was written."""
    from bot.cli.backup import back_up  # noqa: PLC0415  what the other commands don't need

    try:
        report = back_up(_settings().data_dir, file, overwrite=overwrite)
    except NothingChanged as error:
        _fail(FAILED, str(error))
    typer.echo(f"{file}: {report.size / 1e6:.1f} MB, up to event {report.manifest.last_seq}")
    if report.findings:
        _fail(FAILED, *report.findings, "the file is whole, but the journal in it does not keep every promise")
    typer.echo(f"opened again: {report.not_audited or 'whole, and its audit is clean'}")


@cli.command()
def restore(file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote.")]) -> None:
    """Put a backup in the place of what is stored, which is set aside; buying is stopped until the owner's /rearm."""
    from bot.cli.restore import check_backup  # noqa: PLC0415  what the other commands don't need
    from bot.cli.restore import restore as put_back  # noqa: PLC0415  as above

    settings = _settings()
    directory = DataDir(settings.data_dir)
    try:
        check_backup(file)
        directory.hold()
        report = put_back(file, settings.data_dir, at=utc_now())
    except DataDirHeld as error:
        _fail(HELD, f"{error}: end the service first")
    except (NothingChanged, DatabaseUnusable, OSError) as error:
        _fail(FAILED, str(error))
    if report.aside is not None:
        typer.echo(f"what was stored is in {report.aside} now")
    made = "a bare copy" if report.manifest is None else f"the backup of {report.manifest.made_at:%Y-%m-%d %H:%M} UTC"
    typer.echo(f"restored {made} into {settings.data_dir}")
    for finding in report.findings:
        typer.echo(finding, err=True)
    typer.echo("buying is stopped: what was bought since is not known. Look at your orders at Target, then /rearm")
