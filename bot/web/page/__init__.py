"""The live page: one state in plain words, rendered once by the server, and kept up to date by a script of its own."""
