-- From version 1 of the queue to version 2, inside the transaction of migration.c. This changes the
-- tables, and drops what version 2 does not have; indexes, views and triggers follow afterwards from
-- schema_queue.sql.
--
-- ALTER TABLE ADD COLUMN would read all rows once for each column, fail if a single row breaks any
-- CHECK, and could not change one. So the stored text of the tables is changed instead, which leaves
-- the rows alone: SQLite reads columns that a row does not have yet as NULL. A column that an
-- application has added to a table stays before the new ones, in the text as in the rows.

DROP INDEX IF EXISTS notifications_of_user;
DROP INDEX IF EXISTS notifications_unread;
DROP TRIGGER IF EXISTS messages_deleted;
DROP TRIGGER IF EXISTS notifications_attempts_made;
DROP TRIGGER IF EXISTS notifications_attempts_set;
DROP TRIGGER IF EXISTS notifications_set_back;
DROP TRIGGER IF EXISTS notifications_taken_away;
DELETE FROM changes WHERE kind = 'message';

PRAGMA writable_schema = ON;

UPDATE sqlite_schema SET sql = replace(sql,
'        CHECK (priority IN (''low'', ''normal'', ''high'', ''urgent'')),',
'        CHECK (priority = ''normal'' OR priority = ''low'' OR priority = ''high'' OR priority = ''urgent''),'
) WHERE type = 'table' AND name = 'notifications';

UPDATE sqlite_schema SET sql = replace(sql,
'        CHECK (status IN (''pending'', ''delivered'', ''read'', ''expired'', ''cancelled'', ''failed'')),',
'        CHECK (status = ''pending'' OR status = ''delivered'' OR status = ''read''
            OR status = ''expired'' OR status = ''cancelled'' OR status = ''failed''),'
) WHERE type = 'table' AND name = 'notifications';

UPDATE sqlite_schema SET sql = replace(sql,
'cancelled  was cancelled before it was delivered',
'cancelled  was taken back, before or after it was delivered'
) WHERE type = 'table' AND name = 'notifications';

UPDATE sqlite_schema SET sql = replace(sql,
'    -- A row whose status is set back to ''pending'' is delivered again; one that is deleted is not.',
'    -- A row whose status is set back to ''pending'' is delivered again. What you change or delete here
    -- changes or disappears on every open page within a second, however you do it.'
) WHERE type = 'table' AND name = 'notifications';

UPDATE sqlite_schema SET sql = replace(sql,
'        CONSTRAINT "attempts must not be negative"
        CHECK (attempts >= 0),',
'        CONSTRAINT "attempts must be from 0 to 9007199254740991"
        CHECK (attempts BETWEEN 0 AND 9007199254740991),'
) WHERE type = 'table' AND name = 'notifications';

UPDATE sqlite_schema SET sql = replace(sql,
'-- why status is ''failed''',
'-- why status is ''failed''

    seen_at TEXT -- when the user looked at a list that had it; NULL: not yet
        CONSTRAINT "seen_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (seen_at IS strftime(''%Y-%m-%dT%H:%M:%fZ'', seen_at, ''+0 days'')),

    archived_at TEXT -- put away by the user: neither delivered, listed nor counted; NULL: it is not
        CONSTRAINT "archived_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (archived_at IS strftime(''%Y-%m-%dT%H:%M:%fZ'', archived_at, ''+0 days'')),

    updated_at TEXT -- when title, body, type, priority or data last changed: a trigger sets it
        CONSTRAINT "updated_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (updated_at IS strftime(''%Y-%m-%dT%H:%M:%fZ'', updated_at, ''+0 days'')),'
) WHERE type = 'table' AND name = 'notifications';

UPDATE sqlite_schema SET sql = replace(sql,
'        -- unread      the number of unread ones may have changed      key: the user_id',
'        -- unread      how many are unread or unseen may have changed  key: the user_id
        -- updated     a notification looks different, or is back      key: ["user", id]
        -- removed     a notification may be gone from the list        key: ["user", id]
        -- read        a notification was read, or is unread again     key: ["user", id]'
) WHERE type = 'table' AND name = 'changes';

UPDATE sqlite_schema SET sql = replace(sql,
'        -- message     a message is gone (recorded, and not used)      key: its conversation_id
',
''
) WHERE type = 'table' AND name = 'changes';

UPDATE sqlite_schema SET sql = replace(sql,
'        CONSTRAINT "kind must be due, unread, member, message or revocation"
        CHECK (kind IN (''due'', ''unread'', ''member'', ''message'', ''revocation'')),',
'        CONSTRAINT "kind must be due, unread, updated, removed, read, member or revocation"
        CHECK (kind = ''due'' OR kind = ''unread'' OR kind = ''updated'' OR kind = ''removed''
            OR kind = ''read'' OR kind = ''member'' OR kind = ''revocation''),'
) WHERE type = 'table' AND name = 'changes';

PRAGMA writable_schema = RESET;

UPDATE notifications SET attempts = min(max(attempts, 0), 9007199254740991)
WHERE attempts NOT BETWEEN 0 AND 9007199254740991;

-- These fail if a text was not what it was thought to be.
SELECT seen_at, archived_at, updated_at FROM notifications WHERE id = 0;
SAVEPOINT trial;
INSERT INTO changes (kind, key) VALUES ('updated', ''), ('removed', ''), ('read', '');
ROLLBACK TO trial;
RELEASE trial;
