"""The command line as a whole: help for every command, refusals that machines can read."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from dangqun.config.cli import Commands, main
from dangqun.config.commands.serve import uvicorn_options

COMMANDS = sorted(Commands().list_commands(None))


def call(*asked):
    return CliRunner().invoke(main, list(asked))


def test_the_promised_commands_are_there():
    assert {"init", "demo", "import", "serve", "worker", "doctor", "bench"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_in_chinese(name):
    told = call(name, "--help")
    assert told.exit_code == 0 and f"{name} [OPTIONS]" in told.stdout
    assert any("\u4e00" <= sign <= "\u9fff" for sign in told.stdout)


@pytest.mark.parametrize(
    "asked",
    [
        ("import", "members", "x.xlsx"),
        ("import", "nonsense", "x.xlsx", "--as", "a"),
        ("bench", "nonsense"),
        ("demo", "--size", "S9"),
        ("nonsense",),
    ],
)
def test_a_refusal_is_the_json_object_of_the_last_line_when_json_was_asked_for(asked):
    plain, told = call(*asked), call(*asked, "--json")
    assert plain.exit_code == told.exit_code == 2
    assert set(json.loads(told.stdout.splitlines()[-1])) == {"error"}
    assert not plain.stdout and "Error" in plain.stderr


def test_what_the_server_itself_logs_goes_where_our_logs_go():
    assert uvicorn_options()["log_config"] is None
