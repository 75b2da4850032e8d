"""Pages, one file a subject: each asks the hub, and hands view models to its template."""
