"""What is left of a journal that has grown old: all that concerns money, and of the rest counts."""
