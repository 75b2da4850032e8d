"""Drafts of the next edition: sharing policies and partnerships as data. The running hub evaluates from the record."""
