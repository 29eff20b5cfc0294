"""Rings a user: notify.py DATABASE USER TITLE. One INSERT, any process, the sqlite3 module of Python."""
import sqlite3, sys

database, user, title = sys.argv[1:]
with sqlite3.connect(database, timeout=5) as queue:
    queue.execute("INSERT INTO notifications (user_id, title) VALUES (?, ?)", (user, title))
