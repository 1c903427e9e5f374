"""What is remembered: one module for each family of tables."""
