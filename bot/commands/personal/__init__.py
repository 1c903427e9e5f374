"""What each chat chooses for itself: what makes a sound there, and when."""
