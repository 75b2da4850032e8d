"""The journey, one file a step: verify, match, share, append (receive walks through them), relay, alert, disclose, act, replay.

A step never calls a step.
"""
