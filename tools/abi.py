#!/usr/bin/env python3
"""Writes the ABIs that ship with the service, `oracle/abi/<Name>.json`, from the forge build; --check compares only."""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from oracle.abi import INTERFACES, LIBRARIES  # noqa: E402

SHIPPED = ROOT / "oracle" / "abi"


def built(name: str, build: Path) -> str:
    """The compact text of one ABI in the forge build. Exits with what to do when it is not there."""
    artifacts = sorted(build.glob(f"*/{name}.json"))
    if len(artifacts) != 1:
        sys.exit(f"{build} holds {len(artifacts)} artifacts named {name}: run `forge build` first")
    abi = json.loads(artifacts[0].read_text())["abi"]
    if name in LIBRARIES:
        abi = [entry for entry in abi if entry["type"] == "error"]
    return json.dumps(abi, separators=(",", ":"), sort_keys=True) + "\n"


def main() -> None:
    """Compares every shipped ABI with the build; writes those that differ, or with --check exits 1 and names them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when one differs")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "forge", help="default: build/forge")
    arguments = parser.parse_args()
    names = (*INTERFACES, *LIBRARIES)
    texts = {SHIPPED / f"{name}.json": built(name, arguments.build) for name in names}
    texts = {path: text for path, text in texts.items() if not path.exists() or path.read_text() != text}
    stale = [path for path in SHIPPED.glob("*.json") if path.stem not in names]
    if arguments.check and (texts or stale):
        differing = ", ".join(sorted(path.name for path in (*texts, *stale)))
        sys.exit(f"shipped ABIs differ from the contracts ({differing}): run `python tools/abi.py` and commit them")
    for path, text in texts.items():
        path.write_text(text)
        sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    for path in stale:
        path.unlink()
        sys.stdout.write(f"removed {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
