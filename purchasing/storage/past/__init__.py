"""The past of one product, read in pieces beside the service."""
