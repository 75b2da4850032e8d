"""Decisions about identity: a person decides, a second agrees where two must, the intake carries it out."""
