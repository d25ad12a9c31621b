"""The software bill of materials of a build: CycloneDX 1.6 as JSON.

`python -m resources.bundle.sbom INDEX FILE` writes it from the licences' index of a bundle, which
names all parts, and checks it against the schema.
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

from resources.bundle.build_info import BuildInfo, current

SPECIFICATION = "1.6"


def bill_of_materials(index: list[dict[str, Any]], build: BuildInfo) -> dict[str, Any]:
    """The document for the parts in `index` (see `licenses.write_licenses`)."""
    program = f"pkg:generic/mailadmin@{build.version}"
    components = [_component(entry) for entry in index if entry["kind"] in _KINDS]
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPECIFICATION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        # Of the contents, not of the moment: two builds of one commit are the same.
        "serialNumber": uuid.uuid5(
            uuid.NAMESPACE_URL, json.dumps([program, build.commit, components])
        ).urn,
        "version": 1,
        "metadata": {
            "timestamp": build.timestamp,
            "component": {
                "type": "application",
                "bom-ref": program,
                "name": "mailadmin",
                "version": build.version,
                "licenses": [{"license": {"id": "MIT"}}],
                "purl": program,
                "properties": [{"name": "mailadmin:commit", "value": build.commit}],
            },
        },
        "components": components,
        "dependencies": [
            {"ref": program, "dependsOn": [component["bom-ref"] for component in components]},
            *({"ref": component["bom-ref"]} for component in components),
        ],
    }


_KINDS = {"python": "library", "debian": "library", "runtime": "framework", "system": "library"}


def _component(entry: dict[str, Any]) -> dict[str, Any]:
    match entry["kind"]:
        case "python":
            name = entry["name"].lower().replace("_", "-")
            purl = f"pkg:pypi/{name}@{entry['version']}"
        case "debian":
            purl = f"pkg:deb/debian/{entry['name']}@{quote(entry['version'], safe='.')}"
        case _:
            purl = f"pkg:generic/{entry['name'].lower()}@{entry['version']}"
    return {
        "type": _KINDS[entry["kind"]],
        "bom-ref": purl,
        "name": entry["name"],
        "version": entry["version"],
        "licenses": [{"license": {"name": entry["license"]}}],
        "purl": purl,
    }


def problem_of(text: str) -> str:
    """What the schema says against a document; empty: nothing."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SchemaVersion.from_version(SPECIFICATION)).validate_str(text)
    return "" if problem is None else str(problem)


def main(arguments: list[str]) -> int:
    """Write and check the bill; gives the exit code."""
    index_file, target = arguments
    index = json.loads(Path(index_file).read_text(encoding="utf-8"))
    text = json.dumps(bill_of_materials(index, current()), indent=1) + "\n"
    if problem := problem_of(text):
        sys.stderr.write(f"The bill of materials is not valid: {problem}\n")
        return 1
    Path(target).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
