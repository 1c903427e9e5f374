"""What looks every so often at what stands, and tells once what it comes upon."""
