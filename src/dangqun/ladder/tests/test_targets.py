"""Where nothing is sent: the own network by whatever name, redirects, answers without end. Proxies are not asked."""

from __future__ import annotations

import socket
import time

import pytest

from dangqun.ladder import calls, targets
from dangqun.ladder.adapters import KINDS, Letter
from dangqun.ladder.calls import call, line
from dangqun.ladder.targets import FORBIDDEN, NotSent, is_public
from dangqun.ladder.tests.fake import SECRET, providers

pytestmark = pytest.mark.once

PRIVATE = (
    "127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.100.100.200", "100.64.0.1", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "224.0.0.1",
    "255.255.255.255", "192.0.2.1", "198.18.0.1", "ff02::1", "240.0.0.1",
)  # fmt: skip
PUBLIC = ("8.8.8.8", "114.114.114.114", "101.226.211.101", "2400:3200::1", "::ffff:8.8.8.8")
LITERALS = (
    "https://127.0.0.1/", "https://localhost/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
    "https://127.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://0/", "https://169.254.169.254/latest/meta-data/",
    "https://0xA9FEA9FE/", "https://10.0.0.1:8443/", "https://localhost./",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_the_own_network_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("url", LITERALS)
def test_no_call_reaches_the_own_network_however_its_address_is_written(url, monkeypatch):
    tried = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: tried.append(address) or _refuse())
    with line() as out, pytest.raises(NotSent):
        call(out, "POST", url)
    assert tried == []


def test_a_call_into_the_own_network_says_what_the_host_s_administrator_can_do():
    with line() as out, pytest.raises(NotSent) as refused:
        call(out, "POST", "https://127.0.0.1/")
    assert refused.value.sentence == FORBIDDEN and not refused.value.again


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::ffff:192.168.0.1"])
def test_a_name_that_leads_into_the_own_network_is_refused_even_when_it_has_a_public_address_too(
    monkeypatch, address
):
    _name(monkeypatch, ["8.8.8.8", address])
    with line() as out, pytest.raises(NotSent) as refused:
        call(out, "POST", "https://robot.example.com/hook")
    assert refused.value.sentence == FORBIDDEN


def test_a_name_is_asked_for_once_and_the_connection_goes_to_the_checked_address(monkeypatch):
    asked, tried = _name(monkeypatch, ["203.0.114.7"]), []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: tried.append(address[0]) or _refuse())
    with line() as out, pytest.raises(NotSent):
        call(out, "POST", "https://robot.example.com/hook")
    assert asked.count("robot.example.com") == 1 and set(tried) == {"203.0.114.7"}


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "https://",
        "https://a:b@8.8.8.8/",
        "https://[x/",
    ],
)
def test_only_plain_https_is_called(url):
    with line() as out, pytest.raises(NotSent) as refused:
        call(out, "POST", url)
    assert not refused.value.again


def test_an_mail_server_of_the_own_network_is_refused_as_well():
    told = {"host": "127.0.0.1", "port": "25", "security": "ssl", "sender": "tz@example.com"}
    with line() as out, pytest.raises(NotSent) as refused:
        KINDS["mail"].send(Letter("题", "", "a@example.com", "k"), told, out)
    assert refused.value.sentence == FORBIDDEN


def test_with_the_setting_of_the_host_the_own_network_is_reached(settings):
    settings.PRIVATE_TARGETS = True
    with providers() as server, line() as out:
        assert call(out, "POST", f"{server.base}/sms").json() == {"code": 0}


def test_redirects_are_not_followed(settings):
    settings.PRIVATE_TARGETS = True
    with providers() as server, line() as out:
        server.next = [(302, {}, {"Location": f"{server.base}/sms"})]
        with pytest.raises(NotSent) as refused:
            call(out, "POST", f"{server.base}/sms")
        assert len(server.asked) == 1 and "没有跟去" in refused.value.sentence


@pytest.mark.parametrize(
    ("told", "rest"), [("120", 120), ("99999999", 6 * 3600), ("abc", 60), ("-5", 60), ("", 60)]
)
def test_the_other_side_says_how_long_it_wants_to_be_left_alone(settings, told, rest):
    settings.PRIVATE_TARGETS = True
    with providers() as server, line() as out:
        server.next = [(429, {}, {"Retry-After": told})]
        with pytest.raises(NotSent) as refused:
            call(out, "POST", f"{server.base}/sms")
        assert refused.value.again and refused.value.rest == rest


def test_it_may_say_so_by_a_date(settings):
    from email.utils import formatdate

    settings.PRIVATE_TARGETS = True
    with providers() as server, line() as out:
        server.next = [(503, {}, {"Retry-After": formatdate(time.time() + 300, usegmt=True)})]
        with pytest.raises(NotSent) as refused:
            call(out, "POST", f"{server.base}/sms")
        assert 290 < refused.value.rest <= 300


def test_what_is_refused_for_good_is_not_tried_again(settings):
    settings.PRIVATE_TARGETS = True
    with providers() as server, line() as out, pytest.raises(NotSent) as refused:
        call(out, "POST", f"{server.base}/nothing-here")
    assert not refused.value.again


def test_an_answer_without_end_is_not_read_to_its_end(settings):
    settings.PRIVATE_TARGETS = True
    with providers() as server, line() as out:
        server.next = [(200, b"x" * (calls.MOST_BYTES + 1))]
        with pytest.raises(NotSent):
            call(out, "POST", f"{server.base}/sms")


def test_a_proxy_of_the_environment_is_not_asked(settings, monkeypatch):
    settings.PRIVATE_TARGETS = True
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with providers() as server, line() as out:
        assert call(out, "POST", f"{server.base}/sms").status == 200


def test_no_log_holds_an_address_with_its_key(settings, caplog):
    """httpx would log every URL at INFO."""
    settings.PRIVATE_TARGETS = True
    with caplog.at_level("DEBUG"), providers() as server, line() as out:
        call(out, "POST", f"{server.base}/sms?key={SECRET}")
        with pytest.raises(NotSent) as refused:
            call(out, "POST", f"{server.base}/nothing?key={SECRET}")
    assert SECRET not in caplog.text and SECRET not in repr(refused.value)


def _name(monkeypatch, addresses):
    asked = []

    def found(host, port, *_, **__):
        asked.append(host)
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [
            (family[":" in each], socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
            if host.endswith("example.com")
        ] or [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]

    monkeypatch.setattr(targets.socket, "getaddrinfo", found)
    return asked


def _refuse():
    raise ConnectionRefusedError
