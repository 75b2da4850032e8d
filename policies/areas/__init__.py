"""A synthetic postcode directory in the shape of the Office for National Statistics' own, for demonstrations and tests.

Its postcodes lie in the area ZZ, which is never issued, and its small areas begin with a letter that no statistics office
uses. It is made by `python -m bench.world.directory` and never edited by hand.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable

SYNTHETIC: Traversable = files(__name__).joinpath("synthetic.csv")
NAME = "synthetic"
