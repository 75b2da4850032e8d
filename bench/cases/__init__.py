"""Published reviews replayed: chronologies in a documented format (docs/cases.md), through a fresh hub.

What a rule would have done on a day is measured here, never tuned here: no rule knows a case, and neither the demo nor
the pictures import this package.
"""
