"""How fast the sharing policies answer: decisions a second, and a whole picture with its ledger entry."""
