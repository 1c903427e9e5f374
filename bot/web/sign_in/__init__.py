"""How a browser signs in: by a link out of the chat, and a button."""
