"""What pages read, folded from record and ledger; each view can be thrown away and rebuilt."""
