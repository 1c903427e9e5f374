"""Commands that look back: /history and /chart, each finished when what it asks for was read or drawn."""
