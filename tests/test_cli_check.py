"""`check` on the command line: a card for people and for programs."""

import json
import sys

import pytest

from core.cli.main import run as run_command
from core.workspace import SAMPLE_DATA

FILM = str(SAMPLE_DATA / "examples" / "film-nodule.png")


@pytest.fixture
def check(home, monkeypatch, capsys):
    def check(*words):
        monkeypatch.setattr(sys, "argv", ["core", "check", "demo-phantoms", *words])
        with pytest.raises(SystemExit) as ended:
            run_command()
        return ended.value.code or 0, *capsys.readouterr()

    return check


def test_a_card_of_a_shipped_run_is_one_json_object(check):
    words = ("--method", "saliency", "--check", "noise", "--check", "convergence", "--json")
    code, out, _ = check(FILM, *words)
    record = json.loads(out)
    assert code == 0
    assert (record["method"], record["class"], record["n_tried"]) == ("saliency", "finding", 1)
    assert [one["name"] for one in record["checks"]] == ["noise", "convergence"]
    assert "Not for diagnosis" in record["notice"]
    assert check(FILM, *words)[1] == out  # the same seed gives the same card


def test_people_read_the_outcome_with_its_threshold(check):
    code, out, _ = check(FILM, "--method", "saliency", "--check", "convergence", "--target", "no finding")
    assert code == 0
    assert "class: no finding" in out
    assert "outcome: not tried" in out
    _, out, _ = check(FILM, "--method", "grad_cam", "--check", "randomisation")
    assert "fails from 0.700 up" in out
    assert "this one is ours" in out
    assert "Not for diagnosis" in out


def test_an_unknown_class_or_method_is_one_sentence(check):
    code, _, error = check(FILM, "--method", "saliency", "--target", "knee")
    assert (code, error.count("\n")) == (2, 1)
    assert "There is no class 'knee'" in error
    code, _, error = check(FILM, "--method", "saliencey")
    assert code == 2
    assert "Did you mean 'saliency'?" in error
