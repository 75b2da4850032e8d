"""Pages for people and an interface for programs: the only place that knows HTTP."""
