"""What counts for whom in a household: signals of siblings, of the household and of adults in it, counted and discounted."""
