"""What people say: fetched, stored, acknowledged, applied."""
