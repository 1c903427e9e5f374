"""What the pages tell beside purchases: stock that the checks see otherwise, and a session that lapsed."""
