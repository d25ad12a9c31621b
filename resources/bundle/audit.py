"""Compares the bundle's Python packages with the known weaknesses, by pip-audit.

That asks a service on the internet. Where pip-audit or the service isn't there this says so and
doesn't fail, for then nothing was found out; it fails for weaknesses that were found.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "build" / "pip-audit"
"""Not in .venv: it brings twenty packages that nothing else here needs."""


def main() -> int:
    """Print what was found out; gives the exit code."""
    if not _tool_is_there():
        return _not_audited("pip-audit can't be installed")
    done = _run(
        "-m", "pip_audit", "--skip-editable", "--format", "json", "--progress-spinner", "off"
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return _not_audited(done.stderr.strip().rpartition("\n")[2] or "pip-audit said nothing")
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    known = [package for package in packages if "skip_reason" not in package]
    weak = [package for package in known if package["vulns"]]
    if not known:
        return _not_audited(f"the service knows none of the {len(packages)} packages")
    for package in weak:
        for weakness in package["vulns"]:
            better = ", ".join(weakness["fix_versions"]) or "none"
            _say(f"{package['name']} {package['version']}: {weakness['id']} (mended in: {better})")
    if unknown:
        _say("Not audited, unknown to the service: " + ", ".join(sorted(unknown)))
    _say(f"{len(known)} packages audited, {len(weak)} of them with known weaknesses")
    return 1 if weak else 0


def _tool_is_there() -> bool:
    if (TOOL / "pip_audit").is_dir():
        return True
    return (
        _run("-m", "pip", "install", "--quiet", "--target", str(TOOL), "pip-audit").returncode == 0
    )


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(TOOL)}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, env=environment
    )


def _not_audited(reason: str) -> int:
    _say(f"NOT AUDITED: {reason}. Nothing is known about weaknesses; run this where it can be.")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
