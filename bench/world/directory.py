"""The invented postcodes as a postcode directory in the shape of the Office for National Statistics' own, so that a hub can
load it like the real one. `python -m bench.world.directory` writes the one that ships in policies/areas.
"""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import IO

from bench.world.numbers import Places

SHIPPED = (*range(20), 320)  # areas: those of small worlds, and those that the case packs speak of
COLUMNS = ("pcd7", "pcd8", "pcds", "dointr", "doterm", "oseast1m", "osnrth1m", "lsoa11cd", "lsoa21cd")
EVER = "198001"  # when a postcode was made that is older than the directory
ENDED = "201512"
OLD_CODE = "Y01"  # the small areas as they were cut ten years before


def write(file: IO[str], areas: Iterable[int]) -> int:
    """Write the directory of these areas to a text file; how many postcodes it has. The last of each area has ended."""
    places = Places(0, Random(0))
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    number = 0
    for area in areas:
        for unit in range(Places.PER_AREA):
            code = places.postcode(area, unit)
            outward, inward = code.split(" ")
            lsoa = places.lsoa(area)
            ended = ENDED if unit == Places.PER_AREA - 1 else ""
            seven, eight = f"{outward:<4}{inward}", f"{outward:<4} {inward}"
            rows.writerow((seven, eight, code, EVER, ended, "", "", OLD_CODE + lsoa[3:], lsoa))
            number += 1
    return number


if __name__ == "__main__":
    where = Path(__file__).parents[2] / "policies" / "areas" / "synthetic.csv"
    with where.open("w", encoding="utf-8") as out:
        sys.stdout.write(f"{write(out, SHIPPED)} postcodes\n")
