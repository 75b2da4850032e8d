"""Measures of effect: a partnership's rules over a world whose truth is known. It reads the truth; the hub never does."""
