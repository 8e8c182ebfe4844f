"""Whom the lab answers."""

from __future__ import annotations

import pytest

from steepest.lab.guard import Names

NAMES = Names.of(8420, ["127.0.0.1", "localhost"], ["Lab.example.org"])
OWN = "http://127.0.0.1:8420"


@pytest.mark.parametrize(
    ("method", "host", "origin"),
    [
        ("GET", "127.0.0.1:8420", None),
        ("GET", "LOCALHOST:8420", None),
        ("GET", "lab.example.org", None),
        ("POST", "127.0.0.1:8420", OWN),
        ("POST", "localhost:8420", "http://localhost:8420"),
        ("POST", "lab.example.org", "https://lab.example.org"),
        ("GET", "127.0.0.1:8420", OWN),
    ],
)
def test_answered(method, host, origin):
    assert NAMES.refusal(method, [host], [origin] if origin else []) == ""


@pytest.mark.parametrize(
    "host",
    [
        "", "127.0.0.1", "localhost", "127.0.0.1:8421", "127.0.0.1:84200", "127.0.0.1:8420.",
        "localhost.evil.org:8420", "localhost:8420.evil.org", "evil.org", "xlocalhost:8420",
        "localhost.:8420", "evil.org:8420", "127.0.0.1:8420@evil.org", " 127.0.0.1:8420",
        "127.1:8420", "0.0.0.0:8420", "[::1]:8420", "http://127.0.0.1:8420", "lab.example.org:1",
        "127.0.0.1:8420, evil.org",
    ],
)  # fmt: skip
def test_other_names(host):
    assert "name" in NAMES.refusal("GET", [host], [])
    assert "name" in NAMES.refusal("POST", [host], [f"http://{host}"])


@pytest.mark.parametrize("hosts", [[], ["127.0.0.1:8420", "127.0.0.1:8420"]])
def test_no_name_and_two(hosts):
    assert "name" in NAMES.refusal("GET", hosts, [])


@pytest.mark.parametrize(
    "origin",
    [
        "null", "", "https://127.0.0.1:8420", "http://127.0.0.1", "http://localhost:8420",
        "http://127.0.0.1:8420.evil.org", "http://evil.org", "http://127.0.0.1:8420/",
        "HTTP://127.0.0.1:8420", "http://127.0.0.1:8420 http://evil.org",
    ],
)  # fmt: skip
def test_other_pages(origin):
    for method in ("GET", "POST"):
        assert "own page" in NAMES.refusal(method, ["127.0.0.1:8420"], [origin])


@pytest.mark.parametrize("origins", [[], [OWN, OWN]])
def test_a_question_says_exactly_once_which_page_asks(origins):
    assert "Origin" in NAMES.refusal("POST", ["127.0.0.1:8420"], origins)


def test_port_80_is_left_out_by_browsers():
    names = Names.of(80, ["127.0.0.1"])
    assert names.refusal("POST", ["127.0.0.1"], ["http://127.0.0.1"]) == ""
