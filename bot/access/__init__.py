"""Who may do what, from where, and how somebody is let in."""
