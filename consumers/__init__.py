"""Processes beside the hub: topic in, topic out. The hub never imports them.

Each is found through the entry point group `mash.consumers` and started by `mash up`, or alone by `mash run <name>`. It says
which topic feeds which step and nothing else: `runtime.py` is the loop that all share. They see hub.domain, hub.ports and
hub.bootstrap. `thresholds.py` asks every rule of the edition in force over what counts for each child; `silence.py` says what
was expected and did not come.
"""
