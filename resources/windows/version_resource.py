"""What Windows shows of a program under Properties > Details, for PyInstaller to put into it."""

from __future__ import annotations

from resources.windows.make_installer import numbers

PUBLISHER = "Mail Admin contributors"

_TEMPLATE = """\
VSVersionInfo(
    ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, OS=0x40004, fileType=1),
    kids=[
        StringFileInfo([StringTable("040904B0", [{strings}])]),
        VarFileInfo([VarStruct("Translation", [0x409, 1200])]),
    ],
)
"""


def version_resource(program: str, description: str, version: str) -> str:
    """The text of a version file for the program `program` (without .exe)."""
    values = {
        "CompanyName": PUBLISHER,
        "FileDescription": description,  # the name in Task Manager and "Open with"
        "FileVersion": version,
        "InternalName": program,
        "LegalCopyright": f"{PUBLISHER}, MIT licence",
        "OriginalFilename": f"{program}.exe",
        "ProductName": "Mail Admin",
        "ProductVersion": version,
    }
    strings = ", ".join(f"StringStruct({name!r}, {value!r})" for name, value in values.items())
    parts = tuple(int(part) for part in numbers(version).split("."))
    return _TEMPLATE.format(numbers=parts, strings=strings)
