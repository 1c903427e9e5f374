"""What a person steers."""
