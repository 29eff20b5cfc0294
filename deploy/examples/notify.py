"""Rings a user: notify.py DATABASE USER TITLE. One INSERT, any process, the sqlite3 module of Python."""
import os, sqlite3, sys

if "GATEWAY_INTERFACE" in os.environ:
    sys.exit("No CGI program: a web server would take the arguments from the address.")
database, user, title = sys.argv[1:]
with sqlite3.connect(database, timeout=5) as queue:
    queue.execute("INSERT INTO notifications (user_id, title) VALUES (?, ?)", (user, title))
