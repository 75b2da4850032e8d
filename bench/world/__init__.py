"""The synthetic world: invented children, families and organisations to try the hub on, and the truth about them.

It is written to a stream that the hub may read and a truth that it may not: `hub/` and `consumers/` never import
`bench`.
"""
