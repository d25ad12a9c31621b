"""No part of the sender writes a field of another: it is asked by a verb instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mailadmin.delivery

MODULES = sorted(Path(mailadmin.delivery.__path__[0]).glob("*.py"))


def written_fields(source: str) -> Iterator[str]:
    """Each attribute that is assigned or deleted, but for those of `self` itself."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            owner = node.value
            if not (isinstance(owner, ast.Name) and owner.id == "self"):
                yield f"line {node.lineno}: {ast.unparse(node)}"


def private_uses(source: str) -> Iterator[str]:
    """Each private attribute that is used, but for those of `self`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and node.attr[-2:] != "__":
            owner = node.value
            if not (isinstance(owner, ast.Name) and owner.id == "self"):
                yield f"line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_writes_no_field_but_its_own(module: Path) -> None:
    source = module.read_text("utf-8")
    assert list(written_fields(source)) == []
    assert list(private_uses(source)) == []


def test_a_field_of_another_part_that_is_written_is_found() -> None:
    source = "self.a = 1\nself._queue.b = 2\nother.c += 3\ndel other.d\nother.e, x = 1, 2\n"
    assert [one.partition(": ")[2] for one in written_fields(source)] == [
        *("self._queue.b", "other.c", "other.d", "other.e")
    ]
    assert list(private_uses("self._a\nself._b._c\n")) == ["line 2: self._b._c"]
