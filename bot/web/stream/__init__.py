"""The journal as a stream of server-sent events."""
