"""The world outside, one thing a file. Each keeps a port of hub/ports.py and passes that port's suite in tests/contract/."""
