"""Driver and Chromium as processes of this machine: their start, what they hold, and their certain end."""
