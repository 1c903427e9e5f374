"""What may be done by a tap, and the few words that answer one."""
