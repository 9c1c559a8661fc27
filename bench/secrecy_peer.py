"""Protect one table with tau-Argus MOD (pytauargus): python secrecy_peer.py NAME OUT, in an environment of its own.

pytauargus writes scratch files that hold the original values: they go to a temporary folder, removed at the end.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytauargus
from secrecy_tables import REGIONS, SECTIONS, instance


def hierarchy(path: Path, codes: list[str], *, above: np.ndarray, letter: str) -> str:
    lines, last = [], None
    for code in codes:
        heading = f"{letter}{above[int(code[1:])]:02d}" if letter == "r" else f"{letter}{above[int(code[1:])]}"
        lines += [heading] if heading != last else []
        lines.append("@" + code)
        last = heading
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def main() -> None:
    name, out = sys.argv[1:]
    table = instance(name)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        codes = {key: sorted(set(table.units[key].tolist())) for key in ("activity", "place")}
        section, region = np.repeat(np.arange(len(SECTIONS)), SECTIONS), np.repeat(np.arange(len(REGIONS)), REGIONS)
        trees = {"activity": hierarchy(Path(folder) / "activity.hrc", codes["activity"], above=section, letter="s")}
        if name == "M":
            trees["place"] = hierarchy(Path(folder) / "place.hrc", codes["place"], above=region, letter="r")
        units = {key: column.tolist() for key, column in table.units.items()}
        start = time.process_time()
        protected = pytauargus.protect(
            units, ["activity", "place"], "amount", safety_rules="P(10,1)", suppress="MOD(1,5,1,0,0)",
            hrc=trees, hierleadstring="@", totcode="Total", workdir=folder,
        )  # fmt: skip
        seconds = time.process_time() - start
        frame = protected.tables[0].dataframe()
    cells = [
        (a, b) for a, b, status in zip(frame["activity"], frame["place"], frame["status"], strict=True) if status != "S"
    ]
    Path(out).write_text(json.dumps({"seconds": seconds, "hidden": cells}))


if __name__ == "__main__":
    main()
