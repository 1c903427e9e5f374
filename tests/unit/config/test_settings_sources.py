"""Settings come from the environment and the file alone, and none of their secrets gets out."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from config.settings import HttpSettings, Settings, SettingsError, TelegramSettings, known_variables, load_settings
from tests.unit.config.loaded import TOKEN, load, problems_of

# ---- the names


@pytest.mark.guards("config", "a misspelt setting is told, not passed over")
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("STOCKBELL_TELEGRAM__TOKN", "STOCKBELL_TELEGRAM__TOKEN"),
        ("STOCKBELL_TELEGRAM_TOKEN", "STOCKBELL_TELEGRAM__TOKEN"),
        ("STOCKBELL_MONITR__EVERY_MIN_S", "STOCKBELL_MONITOR__EVERY_MIN_S"),
        ("STOCKBELL_MONITOR__EVERY_MIN", "STOCKBELL_MONITOR__EVERY_MIN_S"),
        ("STOCKBELL_DATADIR", "STOCKBELL_DATA_DIR"),
        ("STOCKBEL_DATA_DIR", "STOCKBELL_DATA_DIR"),
        ("stockbell_data_dir", "STOCKBELL_DATA_DIR"),
        ("STOCKBELL_DATA_DIR__X", "STOCKBELL_DATA_DIR"),
    ],
)
def test_a_misspelt_variable_is_an_error_that_knows_what_was_meant(written: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=f"^{written} is not a setting; did you mean {meant}\\?$"):
        load({written: "hush"})


def test_a_whole_group_in_one_variable_is_refused() -> None:
    (problem,) = problems_of(TELEGRAM='{"owners": [1]}')
    assert problem.startswith("STOCKBELL_TELEGRAM is not a setting")


def test_variables_of_other_programs_are_none_of_our_business() -> None:
    settings = load({"PATH": "/bin", "STOCKHOLM_TIME": "x", "MY_STOCKBELL_HOME": "y", "STOCKBELL": "1"})
    assert settings == load()


def test_an_empty_value_counts_as_not_set() -> None:
    assert load(TELEGRAM__TOKEN="", HTTP__PORT="").http.port == 8787


# ---- the file


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\nexport STOCKBELL_HTTP__PORT=1\nSTOCKBELL_HTTP__HOST='localhost' # here\nOTHER=x\n")
    http = load_settings({"STOCKBELL_HTTP__PORT": "2", "STOCKBELL_HTTP__HOST": ""}, env_file=file).http
    assert (http.host, http.port) == ("localhost", 2)


def test_quotes_around_a_value_of_the_file_are_the_files_own(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text('STOCKBELL_DATA_DIR="/data"\n')
    assert load_settings({}, env_file=file).data_dir == Path("/data")
    file.write_text("STOCKBELL_DATA_DIR='\"/data\"'\n")
    with pytest.raises(SettingsError, match=r"^STOCKBELL_DATA_DIR: stands in quotes"):
        load_settings({}, env_file=file)


def test_a_dollar_in_the_file_is_a_letter_like_any_other(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("STOCKBELL_HTTP__TOKEN=aaa${HOME}bbb$PATH\n")
    token = load_settings({}, env_file=file).http.token
    assert token is not None
    assert token.get_secret_value() == "aaa${HOME}bbb$PATH"


def test_what_is_wrong_in_the_file_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("\n\nSTOCKBELL_HTTP__PORT\n'broken\nSTOCKBELL_HTP__PORT=3\n")
    with pytest.raises(SettingsError) as caught:
        load_settings({}, env_file=file)
    assert caught.value.problems == (
        f"{file}, line 3: write NAME=value",
        f"{file}, line 4: write NAME=value",
        f"{file}: STOCKBELL_HTP__PORT is not a setting; did you mean STOCKBELL_HTTP__PORT?",
    )


def test_a_file_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert load_settings({}, env_file=tmp_path / ".env").http.port == 8787


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({}, env_file=file)


def test_only_what_is_handed_in_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STOCKBELL_HTTP__PORT", "1")
    monkeypatch.setenv("STOCKBELL_HTP__PORT", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("STOCKBELL_HTTP__PORT=2\n")
    assert load_settings({}, env_file=None).http.port == 8787
    assert Settings().http.port == 8787


LINES = st.lists(
    st.one_of(
        st.builds(
            "{}={}".format,
            st.sampled_from([*known_variables(), "STOCKBEL_DATA_DIR", "OTHER"]),
            st.text(max_size=30) | st.sampled_from(["'", '"/data"', "[1", "[]", "1e999", "~nobody/x", "http://["]),
        ),
        st.text(max_size=40),
    ),
    max_size=6,
)


@given(lines=LINES, mangled=st.binary(max_size=8))
def test_whatever_stands_in_the_file_gives_settings_or_clear_lines(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], mangled: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.env"
    file.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass") + mangled)
    try:
        settings = load_settings({}, env_file=file)
    except SettingsError as error:
        assert all("\n" not in problem for problem in error.problems)  # noqa: PT017  either may be
    else:
        settings.data_dir.exists()


# ---- what is not ours, and would break a library later


def surroundings(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(environ)
    return caught.value.problems


@pytest.mark.guards("config", "a zone or certificates that are not there are told at the start")
@pytest.mark.parametrize("zone", ["Mars/Base", ":Mars/Base", "/nowhere/zone", "../../etc/passwd", "a\0b"])
def test_a_zone_of_the_system_that_is_none_is_told(zone: str) -> None:
    (problem,) = surroundings(TZ=zone)
    assert problem.startswith("TZ: ")
    assert problem.endswith(" is not a time zone; write one such as America/Chicago")


def test_a_zone_of_the_system_is_nothing_to_whoever_sets_one() -> None:
    assert load({"TZ": "Mars/Base"}, TIMEZONE="America/Chicago").timezone == ZoneInfo("America/Chicago")


@pytest.mark.parametrize("zone", ["", "UTC", ":America/Chicago", "/usr/share/zoneinfo/UTC"])
def test_a_zone_of_the_system_that_is_one_is_taken(zone: str) -> None:
    if not zone.startswith("/") or Path(zone).exists():
        load({"TZ": zone})


@pytest.mark.guards("config", "a zone or certificates that are not there are told at the start")
def test_certificates_that_are_not_there_are_told(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("none")
    assert surroundings(SSL_CERT_FILE=str(tmp_path / "no.pem")) == (
        f"SSL_CERT_FILE: {tmp_path / 'no.pem'} cannot be read: No such file or directory",
    )
    assert surroundings(SSL_CERT_FILE=str(empty)) == (f"SSL_CERT_FILE: there are no certificates in {empty}",)
    assert surroundings(SSL_CERT_DIR=str(empty)) == (f"SSL_CERT_DIR: there is no folder {empty}",)
    assert load({"SSL_CERT_DIR": str(tmp_path), "SSL_CERT_FILE": ""}).data_dir == Path("data")


# ---- secrets


def test_no_secret_shows_in_the_settings_as_text() -> None:
    settings = load(TELEGRAM__TOKEN=TOKEN, HTTP__TOKEN="open-sesame-open-sesame", TARGET__API_KEYS='["hush-key"]')
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json(exclude={'timezone'})}"
    assert not any(secret in shown for secret in (TOKEN, "open-sesame-open-sesame", "hush-key"))


@pytest.mark.guards("config", "no secret shows in what is wrong with the settings")
@pytest.mark.parametrize("build", [Settings, TelegramSettings, HttpSettings])
def test_no_value_shows_in_the_error_of_settings_built_from_values(build: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as caught:
        build.model_validate({"token": 5, "http": {"token": ["hush"]}, "hush": "hush"})
    assert "input_value" not in str(caught.value)


def test_no_secret_shows_in_an_error_or_in_what_led_to_it() -> None:
    with pytest.raises(SettingsError) as caught:
        load(
            TELEGRAM__TOKEN="hush-token",
            TARGET__API_KEYS='["hush-key", 5]',
            HTTP__TOKEN="hush-web",
            HTTP__HOST="0.0.0.0",
        )
    error: BaseException | None = caught.value
    while error:
        assert "hush" not in f"{error} {error!r}"
        error = error.__cause__ or error.__context__
    assert len(caught.value.problems) == 3
