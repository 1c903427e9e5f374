"""Target alone is known here; another shop would be another folder."""
