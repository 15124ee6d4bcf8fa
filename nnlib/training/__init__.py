"""Training runs of the book: recipes, the loop that runs them, and what they leave behind."""
