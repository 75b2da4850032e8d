"""What is true of safeguarding whatever machine it runs on: facts, aggregates and rules over codes.

Pure: msgspec and the standard library only. No clock, no input or output, no settings, so that an auditor can replay
any of it in ten years and get the same answer.
"""
