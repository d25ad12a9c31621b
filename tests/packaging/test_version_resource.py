"""The version resource that Windows shows as a program's properties."""

from __future__ import annotations

import ast

from resources.windows.version_resource import version_resource


def strings(text: str) -> dict[str, str]:
    """Return the pairs in `text`; PyInstaller can evaluate it on Windows only."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    pairs = [
        [ast.literal_eval(argument) for argument in call.args]
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "StringStruct"
    ]
    return dict(pairs)


def test_the_version_resource_names_program_and_version() -> None:
    text = version_resource("mailadmin", "Mail Admin, command line", "1.2.0rc1")
    assert "filevers=(1, 2, 0, 0)" in text
    shown = strings(text)
    assert shown["FileDescription"] == "Mail Admin, command line"
    assert shown["ProductVersion"] == "1.2.0rc1"
    assert shown["OriginalFilename"] == "mailadmin.exe"
    assert "MIT" in shown["LegalCopyright"]
