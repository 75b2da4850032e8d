"""An invented register of patients for demonstrations and tests: nobody in it exists, every number is of the test range."""

from importlib.resources import files
from importlib.resources.abc import Traversable

SYNTHETIC: Traversable = files(__name__).joinpath("synthetic.csv")
