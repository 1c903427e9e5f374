"""What the owner sets: frozen, read once from the environment and `.env`, checked as a whole.

A variable is `STOCKBELL_` + group + `__` + name; the classes below are the list of them.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, time, timedelta, tzinfo
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    SecretStr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from config.environment import find_wrong_certificates, find_wrong_zone, read_env_file, why_no_value
from config.outlets import OutletAddress, parse_outlets
from config.products import Mode
from config.zones import system_zone

PREFIX = "STOCKBELL_"
NESTING = "__"
#: Target.com is not asked more often than this.
LEAST_PACE_S = 10
_LIKE_PREFIX = 0.8
_LIST = TypeAdapter(list[Any])
_TOKEN = re.compile(r"[0-9]{6,}:[A-Za-z0-9_-]{30,}")
#: As it can stand in a header.
_WEB_TOKEN = re.compile(r"[!-~]{16,}")


class SettingsError(Exception):
    """Something is set wrongly; `problems` holds one line each, naming the variable, never the value of a secret."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _decode(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return [*_LIST.validate_json(value)]
    except ValidationError as error:
        raise ValueError('must be a JSON list such as [123456789] or ["one", "two"]') from error


def _check_url(value: str) -> str:
    try:
        link = urlsplit(value)
        complete = link.scheme in {"http", "https"} and bool(link.hostname) and link.port != 0
    except ValueError:
        complete = False
    if not complete:
        raise ValueError("must be a complete address such as https://example.com")
    return value.rstrip("/")


def _check_token(value: SecretStr) -> SecretStr:
    if not _TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("is not a bot token: BotFather gives digits, a colon, and 35 letters, such as 123456789:AA…")
    return value


def _check_web_token(value: SecretStr) -> SecretStr:
    if not _WEB_TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("must be 16 plain characters at least, without blanks, so that nobody can guess it")
    return value


def is_loopback(host: str) -> bool:
    """Whether it is this machine alone that the host means."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _like(pattern: str, wish: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {wish}")
        return value

    return AfterValidator(check)


def _degrees(limit: int) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]+)?", value) or abs(Decimal(value)) > limit:
            raise ValueError(f"must be degrees from -{limit} to {limit}, such as {limit / 2}")
        return value

    return AfterValidator(check)


def _find_time_of_day(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", value):
        raise ValueError("must be a time of day such as 21:00")
    hour, minute = value.split(":")
    return time(int(hour), int(minute))


def _find_home(value: Path) -> Path:
    try:
        return value.expanduser()
    except RuntimeError as error:
        raise ValueError(f"there is no home directory {value.parts[0]}") from error


def _find_zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (ValueError, OSError, LookupError) as error:
        raise ValueError(f"{value!r} is not a time zone; write one such as America/Chicago") from error


def _find_system_zone() -> tzinfo:
    try:
        return system_zone()
    except (ValueError, OSError, LookupError) as error:
        raise ValueError("the system does not tell its time zone; write one such as America/Chicago") from error


Ids = Annotated[tuple[Annotated[int, Field(gt=0, strict=True)], ...], NoDecode, BeforeValidator(_decode)]
GroupIds = Annotated[tuple[Annotated[int, Field(lt=0, strict=True)], ...], NoDecode, BeforeValidator(_decode)]
Text = Annotated[str, StringConstraints(min_length=1)]
HeaderText = Annotated[Text, _like(r"[ -~]+", "in plain characters on one line, such as Stockbell/0.1")]
HeaderTexts = Annotated[tuple[HeaderText, ...], NoDecode, BeforeValidator(_decode)]
Secret = Annotated[SecretStr, Field(min_length=1)]
Secrets = Annotated[tuple[Secret, ...], NoDecode, BeforeValidator(_decode)]
Url = Annotated[str, AfterValidator(_check_url)]
Count = Annotated[int, Field(ge=1)]
#: A day is far above any sense here, and far below what a timedelta can hold.
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Wait = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True)


class TelegramSettings(_Group):
    token: Annotated[SecretStr, AfterValidator(_check_token)] | None = None
    api_url: Url = "https://api.telegram.org"
    owners: Ids = ()
    operators: Ids = ()
    viewers: Ids = ()
    groups: GroupIds = ()
    summary_at: Annotated[InstanceOf[time], BeforeValidator(_find_time_of_day)] | None = None


class TargetSettings(_Group):
    api_url: Url = "https://redsky.target.com"
    site_url: Url = "https://www.target.com"
    api_keys: Secrets = ()
    user_agents: HeaderTexts = ()
    store_id: Annotated[str, _like(r"[0-9]{1,6}", "the number of a store, such as 865")] = "865"
    zip: Annotated[str, _like(r"[0-9]{5}", "five digits")] | None = None
    state: Annotated[str, _like(r"[A-Z]{2}", "two capital letters, such as MN")] | None = None
    latitude: Annotated[str, _degrees(90)] | None = None
    longitude: Annotated[str, _degrees(180)] | None = None
    timeout_s: Seconds = 8

    @property
    def timeout(self) -> timedelta:
        return timedelta(seconds=self.timeout_s)

    @property
    def is_real(self) -> bool:
        """Target.com itself is asked, not a store for practice."""
        host = urlsplit(self.api_url).hostname or ""
        return f".{host}".endswith(".target.com")


class MonitorSettings(_Group):
    every_min_s: Seconds = 15
    every_max_s: Seconds = 25
    circuit_failures: Count = 3
    circuit_pause_s: Seconds = 60
    budget_per_minute: Count | None = None
    second_look_min: Annotated[float, Field(gt=0, le=1_440, allow_inf_nan=False)] = 10
    keep_days: Annotated[int, Field(ge=1, le=36_500)] = 30

    @property
    def every_min(self) -> timedelta:
        return timedelta(seconds=self.every_min_s)

    @property
    def every_max(self) -> timedelta:
        return timedelta(seconds=self.every_max_s)

    @property
    def circuit_pause(self) -> timedelta:
        return timedelta(seconds=self.circuit_pause_s)

    @property
    def second_look(self) -> timedelta:
        return timedelta(minutes=self.second_look_min)

    @property
    def keep(self) -> timedelta:
        return timedelta(days=self.keep_days)


class PurchasingSettings(_Group):
    mode: Mode = Mode.SIMULATE
    simulated_s: Wait = 3
    simulated_success: Annotated[float, Field(ge=0, le=1)] = 0.7
    deadline_s: Seconds = 60
    cooldown_s: Wait = 300
    max_per_window: Count = 3
    max_per_day: Count = 10
    max_spend_per_day: Annotated[Decimal, Field(gt=0, allow_inf_nan=False)] | None = None
    #: The part of the price that tax and shipping may add.
    allowance: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.15")
    ask_expires_s: Seconds = 300
    ask_nudge_s: Seconds | None = None

    @property
    def simulated(self) -> timedelta:
        return timedelta(seconds=self.simulated_s)

    @property
    def deadline(self) -> timedelta:
        return timedelta(seconds=self.deadline_s)

    @property
    def cooldown(self) -> timedelta:
        return timedelta(seconds=self.cooldown_s)

    @property
    def ask_expires(self) -> timedelta:
        return timedelta(seconds=self.ask_expires_s)

    @property
    def ask_nudge(self) -> timedelta | None:
        return None if self.ask_nudge_s is None else timedelta(seconds=self.ask_nudge_s)


class BrowserSettings(_Group):
    executable: Path | None = None
    headless: bool = True
    sessions: Annotated[int, Field(ge=1, le=4)] = 1


class HttpSettings(_Group):
    host: Text = "127.0.0.1"
    #: 0 takes any free one.
    port: Annotated[int, Field(ge=0, le=65_535)] = 8787
    token: Annotated[SecretStr, AfterValidator(_check_web_token)] | None = None
    #: The address at which people reach the page, if it is another one.
    public_url: Url | None = None

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)


class Settings(BaseSettings):
    """Everything that is set. Built by `load_settings`, or from values; it reads no environment itself."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_prefix=PREFIX,
        env_nested_delimiter=NESTING,
        validate_default=True,
    )

    data_dir: Annotated[Path, AfterValidator(_find_home)] = Path("./data")
    timezone: Annotated[InstanceOf[tzinfo], BeforeValidator(_find_zone)] = Field(default_factory=_find_system_zone)
    telegram: TelegramSettings = TelegramSettings()
    target: TargetSettings = TargetSettings()
    monitor: MonitorSettings = MonitorSettings()
    purchasing: PurchasingSettings = PurchasingSettings()
    browser: BrowserSettings = BrowserSettings()
    http: HttpSettings = HttpSettings()
    outlets: Annotated[tuple[InstanceOf[OutletAddress], ...], NoDecode, BeforeValidator(parse_outlets)] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def load_settings(environ: Mapping[str, str], *, env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings from what is handed in; the environment wins over the file, an empty value counts as not set.

    Raises:
        SettingsError: with everything that is wrong, not only the first.
    """
    written, problems = read_env_file(env_file)
    for source, names in (("", environ), (f"{env_file}: ", written)):
        problems += [f"{source}{problem}" for problem in _find_misspelt(names)]
    problems += find_wrong_certificates(environ)
    given = {**_known_and_set(written), **_known_and_set(environ)}
    wrong = _find_wrong(given)
    problems += [f"{name}: {reason}" for name, reason in wrong]
    bad = {name for name, _ in wrong}
    right = _nest({name: value for name, value in given.items() if name not in bad})
    if "timezone" not in right:
        right["timezone"] = UTC  # only to see what else is wrong
        if _variable("timezone") not in bad:
            right["timezone"], of_system = _choose_system_zone(environ)
            problems += of_system
    settings = Settings.model_validate(right)
    problems += [line for names, line in _find_contradictions(settings) if not bad & names]
    if problems:
        raise SettingsError(tuple(problems))
    return settings


def _known_and_set(variables: Mapping[str, str]) -> dict[str, str]:
    known = known_variables()
    return {name: value for name, value in variables.items() if name in known and value}


def known_variables() -> tuple[str, ...]:
    """The names of all variables, in the order of the classes."""
    return tuple(_name_variables())


def _name_variables() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Group):
            yield from (_variable(name, part) for part in field.annotation.model_fields)
        else:
            yield _variable(name)


def _variable(*path: str) -> str:
    return PREFIX + NESTING.join(path).upper()


def _nest(given: Mapping[str, str]) -> dict[str, Any]:
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in given.items()}  # what was handed in, not os.environ
    return source()


def _choose_system_zone(environ: Mapping[str, str]) -> tuple[tzinfo, list[str]]:
    """The zone that holds where none is set, and what is wrong with it."""
    if wrong := list(find_wrong_zone(environ)):
        return UTC, wrong
    try:
        return _find_system_zone(), []
    except ValueError as error:
        return UTC, [f"{_variable('timezone')}: {error}"]


def _find_wrong(given: Mapping[str, str]) -> list[tuple[str, str]]:
    no_values = [(name, why) for name, value in given.items() if (why := why_no_value(value))]
    values = {name: value for name, value in given.items() if not why_no_value(value)}
    try:
        Settings.model_validate({"timezone": UTC, **_nest(values)})
    except ValidationError as error:
        wrong = [_describe(detail) for detail in error.errors(include_input=False, include_url=False)]
        return [*no_values, *wrong]
    return no_values


#: What a value must be, by pydantic's word for the error; where it has a better one of its own, that is used.
_WISHES = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "decimal_parsing": "must be a number",
    "finite_number": "must be a number with an end",
    "bool_parsing": "must be true or false",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}


def _describe(detail: ErrorDetails) -> tuple[str, str]:
    path = [part for part in detail["loc"] if isinstance(part, str)]
    entry = next((f"entry {part + 1} " for part in detail["loc"] if isinstance(part, int)), "")
    own_words = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return _variable(*path[:2]), entry + _WISHES.get(detail["type"], own_words)


def _find_contradictions(settings: Settings) -> Iterator[tuple[set[str], str]]:
    """What is wrong only together: the variables concerned, and the line that says so."""
    monitor, purchasing, http = settings.monitor, settings.purchasing, settings.http
    least, most = _variable("monitor", "every_min_s"), _variable("monitor", "every_max_s")
    if monitor.every_min_s > monitor.every_max_s:
        yield {least, most}, f"{least}: {monitor.every_min_s:g} is above {most}, which is {monitor.every_max_s:g}"
    if settings.target.is_real and monitor.every_min_s < LEAST_PACE_S:
        yield {least, _variable("target", "api_url")}, f"{least}: below {LEAST_PACE_S} is refused for target.com itself"
    if purchasing.ask_nudge_s is not None and purchasing.ask_nudge_s >= purchasing.ask_expires_s:
        nudge, expires = _variable("purchasing", "ask_nudge_s"), _variable("purchasing", "ask_expires_s")
        yield {nudge, expires}, f"{nudge}: must be below {expires}, which is {purchasing.ask_expires_s:g}"
    if not http.is_loopback and http.token is None:
        host, token = _variable("http", "host"), _variable("http", "token")
        yield {host, token}, f"{host}: {http.host!r} can be reached from outside, which needs {token}"


def _find_misspelt(names: Mapping[str, str]) -> Iterator[str]:
    known = known_variables()
    for name in names:
        if name not in known and _is_meant_for_us(name):
            near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0)
            yield f"{name} is not a setting; did you mean {near[0]}?"


def _is_meant_for_us(name: str) -> bool:
    beginning, _, rest = name.upper().partition("_")
    likeness = difflib.SequenceMatcher(None, beginning, PREFIX.strip("_"), autojunk=False)
    return bool(rest) and likeness.ratio() >= _LIKE_PREFIX
