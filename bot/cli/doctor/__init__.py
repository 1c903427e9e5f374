"""`stockbell doctor`: everything that the service relies on, each with what mends it."""
