"""A world that lives, for tests in a browser: everything a visitor can meet on a chain with a short past.

    python -m scripts.stage.live --folder DIR [--json] [--fast] [--cast FILE]

Prints where it is, with --json as one line, once all of it is ready; everything else it has to say goes to stderr.
Lives until its standard input closes, also while it starts, or until ctrl-c, SIGTERM or SIGHUP, and ends every process
it started. What an earlier world left in DIR goes; a folder with anything else is refused. With --fast a block comes
every second, else every two. Tests may move the chain's clock on by evm_increaseTime: nodes, sites and keeper follow.
"""

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.chain import ROOT
from scripts.stage.cast import Cast, load_cast
from scripts.stage.doors import BLOCK_S, Doors, page_origins
from scripts.stage.folders import own
from scripts.stage.ports import Ports
from scripts.stage.processes import DONE, Processes, StageError, end_when_told
from scripts.stage.world import World

FAST_BLOCK_S = 1


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"{time.monotonic() - began:6.1f} s  {what}", file=sys.stderr, flush=True)


def start(cast: Cast, processes: Processes, folder: Path, block_s: int) -> Doors:
    """A world whose doors are open. Raises StageError."""
    ports = Ports.free(cast.oracle.nodes)
    world = World(cast, processes, _timed, folder, ports, page_origins(ports))
    doors = Doors(world)
    world.deploy(newcomers=True)
    doors.start_servers()
    world.populate()
    doors.prepare()
    with world.doing(f"{cast.encore.hours} hours"):
        for _ in world.play(cast.starts + cast.encore.seconds):
            pass
    with world.doing("Opening the doors"):
        doors.open(block_s)
    return doors


def _wait_for_end_of_input() -> None:
    # Not through sys.stdin, whose lock the interpreter wants when it ends.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), DONE)


def main() -> int:
    """The command line. 1 when a world could not be made or did not last, 130 after ctrl-c; else it ends as
    `end_when_told` says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--cast", type=Path, default=ROOT / "examples" / "live.toml")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--fast", action="store_true")
    given = parser.parse_args()
    end_when_told()
    threading.Thread(target=_wait_for_end_of_input, daemon=True).start()
    folder = given.folder.resolve()
    try:
        cast = load_cast(given.cast)
        with own(folder), Processes(folder / "logs") as processes:
            # Standard output is for the one answer.
            with redirect_stdout(sys.stderr):
                doors = start(cast, processes, folder, FAST_BLOCK_S if given.fast else BLOCK_S)
            for line in [json.dumps(doors.described())] if given.json else doors.told():
                print(line, flush=True)
            while True:
                processes.check()
                time.sleep(1)
    except StageError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
