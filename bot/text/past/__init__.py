"""What is said of the past: restocks, prices and purchases over a day, a week, a month or a year."""
