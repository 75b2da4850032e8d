"""Which looks are at a list: nobody asked for one child there."""

# They lean on no exception, and are no look at one's own family. A page of one child is never named here; a new list that
# is forgotten here reports too much rather than too little.
LISTS = frozenset(
    {
        "worklist", "tasks", "children", "sent", "unplaced", "audit_list", "ledger_page", "identity_list",
        "identity_decisions", "identity_reports", "address_conflicts", "addresses", "exceptions", "requests",
        "requests_page", "releases", "release_page", "notices", "leads", "advice_only", "forwarded", "protected_list",
        "what_if", "measure_list", "practice_audits",
    }
)  # fmt: skip
