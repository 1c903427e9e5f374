"""Leads tabs through the shop, from the page of a product to the order list."""
