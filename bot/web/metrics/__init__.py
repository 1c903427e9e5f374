"""Numbers for Prometheus: what is counted, how it is gathered at a scrape, and how it is written out."""
