"""The few words that a browser is shown on its way in. Nothing of them comes from outside."""

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
{more}<title>Stockbell</title>
<link rel="icon" href="{root}static/bell.svg" type="image/svg+xml">
<link rel="stylesheet" href="{root}sign-in/style.css">
</head>
<body>
<main>
<h1>Stockbell</h1>
{body}
</main>
</body>
</html>
"""

#: Behind a link that is good: nothing is spent until its button is pressed. It goes to the address of the page itself.
BUTTON = _FRAME.format(
    root="../",
    more="",
    body='<p>Look at the live page in this browser.</p>\n<form method="post"><button autofocus>Sign in</button></form>',
)
#: What a browser gets together with its cookie. A page of ours has to lead on: where another site led here, a cookie
#: that is kept from other sites is not sent.
GO_ON = _FRAME.format(
    root="../",
    more='<meta http-equiv="refresh" content="0; url=../">\n',
    body='<p>You are signed in. <a href="../">Go on to the live page</a></p>',
)
USED_UP = _FRAME.format(
    root="../",
    more="",
    body="<p>This link was used already, or is older than 5 minutes.</p>\n<p>Send /web to the bot in your private "
    "chat with it: it answers with another one.</p>",
)
FROM_ELSEWHERE = _FRAME.format(
    root="../",
    more="",
    body="<p>The button was pressed on a page of somebody else. Open the link itself.</p>",
)
NOT_SIGNED_IN = _FRAME.format(
    root="",
    more="",
    body="<p>This browser is not signed in.</p>\n<p>Send /web to the bot in your private chat with it, and open the "
    "link that it answers with.</p>",
)
