"""The past in pictures and in counts: read beside the service, prepared purely, drawn in a process of its own."""
