"""`Secret` shows its value through `reveal()` alone."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import traceback

import pytest

from mailadmin.credentials import MASK, CredentialState, Lookup, Secret


def test_reveal_returns_the_password() -> None:
    assert Secret("pass wörd").reveal() == "pass wörd"


def test_a_secret_is_masked_in_every_textual_form(canary: Secret) -> None:
    forms = [
        repr(canary),
        str(canary),
        f"{canary}",
        f"{canary:>40}",
        f"{canary!r} {canary!s} {canary!a}",
        "%s %r" % (canary, canary),  # noqa: UP031 - the logging module formats so
        f"{[canary]} { ({'password': canary}) }",
    ]
    for form in forms:
        assert canary.reveal() not in form
    assert f"{Secret('x')}" == f"{canary}" == MASK  # the length is hidden too


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_can_not_be_pickled(canary: Secret, protocol: int) -> None:
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(canary, protocol)


def test_a_secret_can_not_be_written_as_json_and_has_no_visible_state(canary: Secret) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"password": canary})
    with pytest.raises(TypeError, match="can't be pickled"):
        canary.__getstate__()
    assert not hasattr(canary, "__dict__")


def test_copies_of_a_secret_are_masked_too(canary: Secret) -> None:
    lookup = Lookup(CredentialState.STORED, canary, "keyring")
    for duplicate in (copy.copy(canary), copy.deepcopy(canary)):
        assert duplicate == canary
        assert canary.reveal() not in repr(duplicate)
    assert canary.reveal() not in f"{dataclasses.asdict(lookup)} {dataclasses.astuple(lookup)}"
    assert canary.reveal() not in repr(lookup)


def test_a_secret_is_masked_among_the_locals_of_a_traceback(canary: Secret) -> None:
    def log_in(password: Secret) -> None:
        raise ConnectionError(f"no connection for {password}")

    try:
        log_in(canary)
    except ConnectionError as error:
        shown = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )

    assert "password = Secret" in shown
    assert canary.reveal() not in shown


def test_the_error_about_a_wrong_type_does_not_quote_the_value(canary: Secret) -> None:
    with pytest.raises(TypeError) as raised:
        Secret(canary.reveal().encode())  # type: ignore[arg-type]

    trace = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    assert canary.reveal() not in f"{trace.stack[-1].locals} {raised.value}"


def test_secrets_are_compared_and_hashed_by_value() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("\ud800")}) == 2
    assert Secret("a")
    assert not Secret("")
    assert not Secret("\ud800").encodable()
    assert Secret("ü").encodable()
