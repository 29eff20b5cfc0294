-- The queue: the contents of belfry.db. This file is the definition and, since SQLite keeps the
-- comments inside a CREATE, also the documentation that `.schema` shows.

CREATE TABLE notifications (
    -- One row is one notification for one user. Every open page of that user receives it within
    -- milliseconds of the COMMIT; users who are offline get it when they reconnect.
    --
    --     INSERT INTO notifications (user_id, title, body, data)
    --     VALUES ('alice', 'Bob wrote to you', 'See you at eight', '{"url": "/inbox/7"}');
    --
    -- A writer that may retry gives a key, so that the same row is never inserted twice:
    --
    --     INSERT INTO notifications (user_id, title, idempotency_key)
    --     VALUES ('alice', 'Invoice 4711 is paid', 'invoice-4711-paid')
    --     ON CONFLICT (user_id, idempotency_key) DO NOTHING;
    --
    -- (Do not use INSERT OR IGNORE: it silently drops invalid rows as well.)
    --
    -- Times are UTC text: strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+10 minutes').
    -- A row whose status is set back to 'pending' is delivered again. What you change or delete here
    -- changes or disappears on every open page within a second, however you do it.

    id INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of delivery: let SQLite choose it

    user_id TEXT NOT NULL -- the user's id in your application, the "sub" of the token
        CONSTRAINT "user_id must be 1 to 255 octets long"
        CHECK (length(CAST(user_id AS BLOB)) BETWEEN 1 AND 255),

    type TEXT NOT NULL DEFAULT 'system' -- notification, message, alert, system, or your own word
        CONSTRAINT "type must be 1 to 64 octets long"
        CHECK (length(CAST(type AS BLOB)) BETWEEN 1 AND 64),

    title TEXT NOT NULL
        CONSTRAINT "title must be 1 to 1024 octets long"
        CHECK (length(CAST(title AS BLOB)) BETWEEN 1 AND 1024),

    body TEXT NOT NULL DEFAULT ''
        CONSTRAINT "body must be at most 16384 octets long"
        CHECK (length(CAST(body AS BLOB)) <= 16384),

    data TEXT -- a JSON object for your own code in the browser, passed through as it is
        CONSTRAINT "data must be a JSON object"
        CHECK (CASE WHEN json_valid(data) THEN json_type(data) = 'object' ELSE data IS NULL END)
        CONSTRAINT "data must be at most 32768 octets long"
        CHECK (length(CAST(data AS BLOB)) <= 32768),

    priority TEXT NOT NULL DEFAULT 'normal'
        CONSTRAINT "priority must be low, normal, high or urgent"
        CHECK (priority = 'normal' OR priority = 'low' OR priority = 'high' OR priority = 'urgent'),

    status TEXT NOT NULL DEFAULT 'pending'
        -- pending    waits for its time, or for the user to connect
        -- delivered  a browser of the user has confirmed it
        -- read       the user has read it
        -- expired    was not delivered before expires_at
        -- cancelled  was taken back, before or after it was delivered
        -- failed     cannot be delivered: see error
        CONSTRAINT "status must be pending, delivered, read, expired, cancelled or failed"
        CHECK (status = 'pending' OR status = 'delivered' OR status = 'read'
            OR status = 'expired' OR status = 'cancelled' OR status = 'failed'),

    created_at TEXT NOT NULL -- ('+0 days' below rejects 30 February)
        DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT "created_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),

    deliver_after TEXT -- not before this time; NULL: at once
        CONSTRAINT "deliver_after must look like 2026-11-22T19:19:00.123Z"
        CHECK (deliver_after IS strftime('%Y-%m-%dT%H:%M:%fZ', deliver_after, '+0 days')),

    expires_at TEXT -- not after this time; NULL: whenever the user connects
        CONSTRAINT "expires_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (expires_at IS strftime('%Y-%m-%dT%H:%M:%fZ', expires_at, '+0 days')),

    delivered_at TEXT
        CONSTRAINT "delivered_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (delivered_at IS strftime('%Y-%m-%dT%H:%M:%fZ', delivered_at, '+0 days')),

    read_at TEXT
        CONSTRAINT "read_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (read_at IS strftime('%Y-%m-%dT%H:%M:%fZ', read_at, '+0 days')),

    attempts INTEGER NOT NULL DEFAULT 0 -- how often it was sent
        CONSTRAINT "attempts must be from 0 to 9007199254740991"
        CHECK (attempts BETWEEN 0 AND 9007199254740991),

    idempotency_key TEXT -- see above; unique for each user
        CONSTRAINT "idempotency_key must be 1 to 255 octets long"
        CHECK (length(CAST(idempotency_key AS BLOB)) BETWEEN 1 AND 255),

    error TEXT, -- why status is 'failed'

    seen_at TEXT -- when the user looked at a list that had it; NULL: not yet
        CONSTRAINT "seen_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (seen_at IS strftime('%Y-%m-%dT%H:%M:%fZ', seen_at, '+0 days')),

    archived_at TEXT -- put away by the user: neither delivered, listed nor counted; NULL: it is not
        CONSTRAINT "archived_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (archived_at IS strftime('%Y-%m-%dT%H:%M:%fZ', archived_at, '+0 days')),

    updated_at TEXT -- when title, body, type, priority or data last changed: a trigger sets it
        CONSTRAINT "updated_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (updated_at IS strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+0 days')),

    UNIQUE (user_id, idempotency_key)
) STRICT;

-- A row is in exactly one of these four, so a new one costs one entry, and its delivery moves that.
-- The first two have all that is needed to count what is unread.
CREATE INDEX notifications_pending
    ON notifications (user_id, id, deliver_after, expires_at, seen_at)
    WHERE status = 'pending' AND archived_at IS NULL;
CREATE INDEX notifications_delivered ON notifications (user_id, id, seen_at)
    WHERE status = 'delivered' AND archived_at IS NULL;
CREATE INDEX notifications_settled ON notifications (user_id, id)
    WHERE status <> 'pending' AND status <> 'delivered' AND archived_at IS NULL;
CREATE INDEX notifications_archived ON notifications (user_id, id) WHERE archived_at IS NOT NULL;
CREATE INDEX notifications_due ON notifications (deliver_after)
    WHERE status = 'pending' AND deliver_after IS NOT NULL;
CREATE INDEX notifications_expiring ON notifications (expires_at)
    WHERE status = 'pending' AND expires_at IS NOT NULL;
CREATE INDEX notifications_created ON notifications (created_at);

CREATE TABLE broadcasts (
    -- One row sends an event with any name to everybody who is subscribed to a topic.
    --
    --     INSERT INTO broadcasts (topic, event, data)
    --     VALUES ('*', 'system:maintenance', '{"enabled": true, "message": "Back at ten"}');
    --
    -- Without expires_at it is sent once, to those who are connected; if it is found more than a
    -- minute late, it is marked as sent to nobody. With it, also to those who join before then.

    id INTEGER PRIMARY KEY AUTOINCREMENT,

    topic TEXT NOT NULL
        -- *                       every connection
        -- user:ID:notifications   one user
        -- conversation:ID         its members
        -- role:ROLE               whoever has this role
        -- public:NAME             anyone signed in
        CONSTRAINT "topic must be 1 to 512 octets long"
        CHECK (length(CAST(topic AS BLOB)) BETWEEN 1 AND 512),

    event TEXT NOT NULL
        CONSTRAINT "event must be 1 to 64 characters long"
        CHECK (length(event) BETWEEN 1 AND 64)
        CONSTRAINT "event must not be a name that socket.io keeps for itself"
        CHECK (event NOT IN ('connect', 'connect_error', 'disconnect', 'disconnecting',
            'newListener', 'removeListener')),

    data TEXT -- any JSON
        CONSTRAINT "data must be JSON"
        CHECK (CASE WHEN json_valid(data) THEN 1 ELSE data IS NULL END)
        CONSTRAINT "data must be at most 32768 octets long"
        CHECK (length(CAST(data AS BLOB)) <= 32768),

    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT "created_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),

    expires_at TEXT
        CONSTRAINT "expires_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (expires_at IS strftime('%Y-%m-%dT%H:%M:%fZ', expires_at, '+0 days')),

    sent_at TEXT -- NULL: not yet
        CONSTRAINT "sent_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (sent_at IS strftime('%Y-%m-%dT%H:%M:%fZ', sent_at, '+0 days')),

    recipients INTEGER -- how many connections it was sent to, at sent_at
        CONSTRAINT "recipients must be from 0 to 9007199254740991"
        CHECK (recipients BETWEEN 0 AND 9007199254740991)
) STRICT;

CREATE INDEX broadcasts_unsent ON broadcasts (id) WHERE sent_at IS NULL;
CREATE INDEX broadcasts_standing ON broadcasts (topic, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX broadcasts_created ON broadcasts (created_at);

CREATE TABLE conversations (
    -- Conversations for chat. conversation_members says who may read and write.

    id TEXT NOT NULL PRIMARY KEY
        CONSTRAINT "id must be 1 to 255 octets long"
        CHECK (length(CAST(id AS BLOB)) BETWEEN 1 AND 255),

    title TEXT
        CONSTRAINT "title must be at most 1024 octets long"
        CHECK (length(CAST(title AS BLOB)) <= 1024),

    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT "created_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days'))
) STRICT;

CREATE TABLE conversation_members (
    -- A row makes a user a member of a conversation; adding or deleting it takes effect at once.
    -- Members see each other's presence.

    conversation_id TEXT NOT NULL
        CONSTRAINT "conversation_id must be 1 to 255 octets long"
        CHECK (length(CAST(conversation_id AS BLOB)) BETWEEN 1 AND 255),

    user_id TEXT NOT NULL
        CONSTRAINT "user_id must be 1 to 255 octets long"
        CHECK (length(CAST(user_id AS BLOB)) BETWEEN 1 AND 255),

    joined_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT "joined_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (joined_at IS strftime('%Y-%m-%dT%H:%M:%fZ', joined_at, '+0 days')),

    PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX conversation_members_of_user ON conversation_members (user_id, conversation_id);

CREATE TABLE messages (
    -- Messages in conversations. A row that any program inserts reaches the members just as one
    -- that came from a browser.
    --
    --     INSERT INTO messages (conversation_id, sender_id, sender_name, content)
    --     VALUES ('support-7', 'bot', 'Support', 'How can we help?');

    id INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of messages: let SQLite choose it

    conversation_id TEXT NOT NULL
        CONSTRAINT "conversation_id must be 1 to 255 octets long"
        CHECK (length(CAST(conversation_id AS BLOB)) BETWEEN 1 AND 255),

    sender_id TEXT NOT NULL
        CONSTRAINT "sender_id must be 1 to 255 octets long"
        CHECK (length(CAST(sender_id AS BLOB)) BETWEEN 1 AND 255),

    sender_name TEXT -- as it was when the message was sent
        CONSTRAINT "sender_name must be at most 1024 octets long"
        CHECK (length(CAST(sender_name AS BLOB)) <= 1024),

    content TEXT NOT NULL
        CONSTRAINT "content must be 1 to 32768 octets long"
        CHECK (length(CAST(content AS BLOB)) BETWEEN 1 AND 32768),

    metadata TEXT -- any JSON
        CONSTRAINT "metadata must be JSON"
        CHECK (CASE WHEN json_valid(metadata) THEN 1 ELSE metadata IS NULL END)
        CONSTRAINT "metadata must be at most 8192 octets long"
        CHECK (length(CAST(metadata AS BLOB)) <= 8192),

    client_ref TEXT -- the sender's "tempId": the same one with the same content is a repetition
        CONSTRAINT "client_ref must be 1 to 255 octets long"
        CHECK (length(CAST(client_ref AS BLOB)) BETWEEN 1 AND 255),

    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT "created_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days'))
) STRICT;

CREATE INDEX messages_of_conversation ON messages (conversation_id, id);
CREATE INDEX messages_repeated ON messages (conversation_id, sender_id, client_ref, created_at)
    WHERE client_ref IS NOT NULL;
CREATE INDEX messages_created ON messages (created_at);

CREATE TABLE revocations (
    -- Tokens of this user issued up to not_before (whole seconds) are refused, and connections made
    -- with one are closed.
    --
    --     INSERT INTO revocations (user_id, reason) VALUES ('mallory', 'password changed');
    --
    -- This is not a ban: a session that is still valid gets new tokens. End the sessions, too. There
    -- is one row per user: a new one replaces the old.

    user_id TEXT NOT NULL PRIMARY KEY ON CONFLICT REPLACE
        CONSTRAINT "user_id must be 1 to 255 octets long"
        CHECK (length(CAST(user_id AS BLOB)) BETWEEN 1 AND 255),

    not_before TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT "not_before must look like 2026-11-22T19:19:00.123Z"
        CHECK (not_before IS strftime('%Y-%m-%dT%H:%M:%fZ', not_before, '+0 days')),

    reason TEXT -- for people
        CONSTRAINT "reason must be at most 1024 octets long"
        CHECK (length(CAST(reason AS BLOB)) <= 1024)
) STRICT;

CREATE TABLE gateways (
    -- The gateway records here that it runs; one that was silent for 15 seconds is considered dead.

    -- <host>:<process id>:<time of its start>. A gateway that starts deletes the rows of its own
    -- host, up to the first colon: there can be only one, so those were killed.
    instance TEXT NOT NULL PRIMARY KEY,

    started_at TEXT NOT NULL
        CONSTRAINT "started_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (started_at IS strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+0 days')),

    alive_at TEXT NOT NULL
        CONSTRAINT "alive_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (alive_at IS strftime('%Y-%m-%dT%H:%M:%fZ', alive_at, '+0 days'))
) STRICT;

CREATE TABLE presence (
    -- Who is connected, maintained by the gateway. Query the view online_users instead, which leaves
    -- out gateways that have died. A row stays when the user disconnects, with connections 0 and
    -- last_seen: a user without any row has never been connected.

    user_id TEXT NOT NULL,
    instance TEXT NOT NULL, -- of the gateway

    connections INTEGER NOT NULL
        CONSTRAINT "connections must not be negative"
        CHECK (connections >= 0),

    last_seen TEXT NOT NULL -- when they last connected or disconnected
        CONSTRAINT "last_seen must look like 2026-11-22T19:19:00.123Z"
        CHECK (last_seen IS strftime('%Y-%m-%dT%H:%M:%fZ', last_seen, '+0 days')),

    PRIMARY KEY (user_id, instance)
) STRICT, WITHOUT ROWID;

CREATE INDEX presence_of_gateway ON presence (instance) WHERE connections > 0;

CREATE TABLE changes (
    -- What others have changed or deleted, until the gateway has handled it. Triggers insert these
    -- rows, the gateway reads and deletes them; nobody else needs them. The same change of the same
    -- thing is recorded once, with the id of its last occurrence.

    id INTEGER PRIMARY KEY AUTOINCREMENT,

    kind TEXT NOT NULL
        -- due         a notification is pending again or rescheduled  key: its user_id
        -- unread      how many are unread or unseen may have changed  key: the user_id
        -- updated     a notification looks different, or is back      key: ["user", id]
        -- removed     a notification may be gone from the list        key: ["user", id]
        -- read        a notification was read, or is unread again     key: ["user", id]
        -- member      somebody joined or left a conversation          key: ["conversation", "user"]
        -- revocation  a user's tokens are revoked                     key: the user_id
        CONSTRAINT "kind must be due, unread, updated, removed, read, member or revocation"
        CHECK (kind = 'due' OR kind = 'unread' OR kind = 'updated' OR kind = 'removed'
            OR kind = 'read' OR kind = 'member' OR kind = 'revocation'),

    key TEXT NOT NULL,

    UNIQUE (kind, key)
) STRICT;

CREATE TABLE belfry_meta (
    -- What Belfry has to remember about this file.
    -- queue   its random name; if it changes, browsers forget the ids that they remember
    -- schema  the version of these tables; in a file of Belfry's own PRAGMA user_version has it,
    --         too, and is what counts
    -- session_over.…  a session that has ended, kept while one of its tokens may still be valid: so
    --         the gateway refuses it even after a restart while it cannot read the sessions
    -- set_back.…  a notification made pending again, until the gateway has noticed

    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The triggers on notifications run for each row of a large UPDATE or DELETE, so there are few of
-- them, and like the CHECKs they compare with OR: for IN with three words or more SQLite makes a
-- table in memory, each time.

CREATE TRIGGER changes_merged
    -- The same change again takes the place of the one before, with a higher id.
    BEFORE INSERT ON changes
BEGIN
    DELETE FROM changes WHERE kind = NEW.kind AND key = NEW.key;
END;

CREATE TRIGGER notifications_set_due
    -- Made pending again, or put off, or moved to another user, or taken out of the archive. Where it
    -- was made pending again, what is confirmed of an earlier delivery must not count for the new one.
    AFTER UPDATE OF status, deliver_after, expires_at, user_id, archived_at ON notifications
    WHEN NEW.status = 'pending' AND NEW.archived_at IS NULL AND (OLD.status IS NOT 'pending'
        OR NEW.deliver_after IS NOT OLD.deliver_after OR NEW.expires_at IS NOT OLD.expires_at
        OR NEW.user_id IS NOT OLD.user_id OR OLD.archived_at IS NOT NULL)
BEGIN
    INSERT INTO changes (kind, key) VALUES ('due', NEW.user_id);
    DELETE FROM belfry_meta WHERE key = 'set_back.' || NEW.id AND OLD.status IS NOT 'pending';
    INSERT INTO belfry_meta (key, value)
        SELECT 'set_back.' || NEW.id, hex(randomblob(8)) || ' ' || NEW.user_id
        WHERE OLD.status IS NOT 'pending' AND NEW.user_id IS OLD.user_id;
END;

CREATE TRIGGER notifications_set_unread
    -- No longer counted as unread or unseen, or counted again. Delivery alone, pending to delivered,
    -- changes nothing, unless somebody else than the gateway says so: whatever delivers a row sets
    -- delivered_at. What is made pending again is due, which counts anew.
    AFTER UPDATE OF status, seen_at, archived_at ON notifications
    WHEN (NEW.status IS NOT 'pending' OR OLD.status IS 'pending')
        AND ((NEW.status IN ('pending', 'delivered') AND NEW.archived_at IS NULL)
            IS NOT (OLD.status IN ('pending', 'delivered') AND OLD.archived_at IS NULL)
            OR (NEW.seen_at IS NULL) IS NOT (OLD.seen_at IS NULL)
            OR (NEW.status = 'delivered' AND OLD.status = 'pending' AND NEW.delivered_at IS NULL))
BEGIN
    INSERT INTO changes (kind, key) VALUES ('unread', NEW.user_id);
END;

CREATE TRIGGER notifications_set_shown
    -- What an open page has to do with it.
    -- removed  taken back, or archived
    -- updated  delivered or read after all, though it had been taken back; or out of the archive; or
    --          marked by somebody else before it was ever delivered
    -- read     read, or delivered and unread again
    AFTER UPDATE OF status, archived_at ON notifications
    WHEN (NEW.status IS NOT OLD.status OR (NEW.archived_at IS NULL) IS NOT (OLD.archived_at IS NULL))
        AND NOT (NEW.status = 'delivered' AND OLD.status = 'pending'
            AND NEW.delivered_at IS NOT NULL AND NEW.archived_at IS OLD.archived_at)
BEGIN
    INSERT INTO changes (kind, key)
        SELECT kind, json_array(NEW.user_id, NEW.id) FROM (SELECT
            CASE WHEN OLD.status = 'expired' OR OLD.status = 'cancelled' OR OLD.status = 'failed'
                THEN CASE WHEN NEW.archived_at IS NULL AND NEW.status IN ('delivered', 'read')
                    THEN 'updated' END
            WHEN NEW.status = 'expired' OR NEW.status = 'cancelled' OR NEW.status = 'failed'
                THEN 'removed'
            WHEN NEW.archived_at IS NOT NULL AND OLD.archived_at IS NULL THEN 'removed'
            WHEN NEW.archived_at IS NULL AND OLD.archived_at IS NOT NULL THEN 'updated'
            WHEN NEW.status = 'read' OR (NEW.status = 'delivered' AND OLD.status = 'read')
                THEN 'read'
            END AS kind)
        WHERE kind IS NOT NULL;
    INSERT INTO changes (kind, key) SELECT 'updated', json_array(NEW.user_id, NEW.id)
        WHERE OLD.status = 'pending' AND NEW.status IN ('delivered', 'read')
            AND NEW.delivered_at IS NULL AND NEW.archived_at IS NULL;
END;

CREATE TRIGGER notifications_edited
    -- Looks different now.
    AFTER UPDATE OF title, body, type, priority, data ON notifications
    WHEN NEW.title IS NOT OLD.title OR NEW.body IS NOT OLD.body OR NEW.type IS NOT OLD.type
        OR NEW.priority IS NOT OLD.priority OR NEW.data IS NOT OLD.data
BEGIN
    UPDATE notifications SET updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id = NEW.id;
    INSERT INTO changes (kind, key) SELECT 'updated', json_array(NEW.user_id, NEW.id)
        WHERE NEW.status = 'pending' OR NEW.status = 'delivered' OR NEW.status = 'read';
END;

CREATE TRIGGER notifications_moved
    -- Given to another user: gone from one list, and in the other one. What is still pending is due,
    -- and is sent; whom it was sent to may still confirm it, and that must not count for the other.
    AFTER UPDATE OF user_id ON notifications
    WHEN NEW.user_id IS NOT OLD.user_id
BEGIN
    INSERT INTO changes (kind, key) VALUES ('unread', OLD.user_id), ('unread', NEW.user_id);
    INSERT INTO changes (kind, key) SELECT 'removed', json_array(OLD.user_id, OLD.id)
        WHERE OLD.status = 'pending' OR OLD.status = 'delivered' OR OLD.status = 'read';
    INSERT INTO changes (kind, key) SELECT 'updated', json_array(NEW.user_id, NEW.id)
        WHERE NEW.status = 'delivered' OR NEW.status = 'read';
    INSERT INTO changes (kind, key) SELECT 'due', OLD.user_id WHERE NEW.status = 'pending';
    DELETE FROM belfry_meta WHERE key = 'set_back.' || NEW.id AND NEW.status = 'pending';
    INSERT INTO belfry_meta (key, value)
        SELECT 'set_back.' || NEW.id, hex(randomblob(8)) || ' ' || OLD.user_id
        WHERE NEW.status = 'pending';
END;

CREATE TRIGGER notifications_deleted
    AFTER DELETE ON notifications
    WHEN OLD.status = 'pending' OR OLD.status = 'delivered' OR OLD.status = 'read'
BEGIN
    INSERT INTO changes (kind, key) SELECT 'unread', OLD.user_id
        WHERE OLD.status IN ('pending', 'delivered') AND OLD.archived_at IS NULL;
    INSERT INTO changes (kind, key) VALUES ('removed', json_array(OLD.user_id, OLD.id));
END;

CREATE TRIGGER notifications_replaced
    -- REPLACE deletes a row and fires no trigger for that. So the row that it may delete is recorded
    -- before the INSERT, and the gateway looks whether it is really gone.
    BEFORE INSERT ON notifications
    WHEN NEW.idempotency_key IS NOT NULL
BEGIN
    INSERT INTO changes (kind, key) SELECT 'removed', json_array(user_id, id) FROM notifications
        WHERE user_id = NEW.user_id AND idempotency_key = NEW.idempotency_key;
END;

CREATE TRIGGER notifications_overwritten
    -- As above, by a row with the same id. (It is -1 here where SQLite is to choose it.)
    BEFORE INSERT ON notifications
    WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM notifications WHERE id = NEW.id)
BEGIN
    INSERT INTO changes (kind, key) SELECT 'removed', json_array(user_id, id) FROM notifications
        WHERE id = NEW.id;
    INSERT INTO changes (kind, key) VALUES ('updated', json_array(NEW.user_id, NEW.id)),
        ('due', NEW.user_id), ('unread', NEW.user_id);
END;

CREATE TRIGGER notifications_pushed_out
    -- As above, for UPDATE OR REPLACE: another row may have the id or the key that this one gets.
    BEFORE UPDATE OF id, user_id, idempotency_key ON notifications
    WHEN NEW.id IS NOT OLD.id OR NEW.user_id IS NOT OLD.user_id
        OR NEW.idempotency_key IS NOT OLD.idempotency_key
BEGIN
    INSERT INTO changes (kind, key) SELECT 'removed', json_array(user_id, id) FROM notifications
        WHERE id = NEW.id AND id IS NOT OLD.id;
    INSERT INTO changes (kind, key) SELECT 'removed', json_array(user_id, id) FROM notifications
        WHERE user_id = NEW.user_id AND idempotency_key = NEW.idempotency_key
            AND id IS NOT OLD.id;
END;

CREATE TRIGGER conversation_members_came
    AFTER INSERT ON conversation_members
BEGIN
    INSERT INTO changes (kind, key)
        VALUES ('member', json_array(NEW.conversation_id, NEW.user_id));
END;

CREATE TRIGGER conversation_members_left
    AFTER DELETE ON conversation_members
BEGIN
    INSERT INTO changes (kind, key)
        VALUES ('member', json_array(OLD.conversation_id, OLD.user_id));
END;

CREATE TRIGGER conversation_members_moved
    AFTER UPDATE OF conversation_id, user_id ON conversation_members
    WHEN NEW.conversation_id IS NOT OLD.conversation_id OR NEW.user_id IS NOT OLD.user_id
BEGIN
    INSERT INTO changes (kind, key)
        VALUES ('member', json_array(OLD.conversation_id, OLD.user_id)),
            ('member', json_array(NEW.conversation_id, NEW.user_id));
END;

CREATE TRIGGER revocations_made
    AFTER INSERT ON revocations
BEGIN
    INSERT INTO changes (kind, key) VALUES ('revocation', NEW.user_id);
END;

CREATE TRIGGER revocations_changed
    AFTER UPDATE ON revocations
    WHEN NEW.user_id IS NOT OLD.user_id OR NEW.not_before IS NOT OLD.not_before
BEGIN
    INSERT INTO changes (kind, key) VALUES ('revocation', OLD.user_id), ('revocation', NEW.user_id);
END;

CREATE TRIGGER notifications_numbered
    -- Ids are numbers that browsers can hold, and the last of them are for SQLite to choose: so no
    -- INSERT can use them up for all others.
    AFTER INSERT ON notifications
    WHEN NEW.id NOT BETWEEN 1 AND 9007194959773695
        AND (NEW.id < 1 OR NEW.id > 9007199254740991 OR NEW.id > 1 + max(
            coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'notifications'), 0),
            coalesce((SELECT max(id) FROM notifications WHERE id < NEW.id), 0)))
BEGIN
    SELECT RAISE(ABORT, 'id must be from 1 to 9007194959773695: leave it out, SQLite chooses it');
END;

CREATE TRIGGER notifications_renumbered
    -- As for new rows. (UPDATE OF id would not see SET rowid.) The row with the old id is gone, and
    -- nothing that was sent of it counts for the new one.
    AFTER UPDATE ON notifications
    WHEN NEW.id IS NOT OLD.id
BEGIN
    SELECT RAISE(ABORT, 'id must be from 1 to 9007194959773695: leave it as it is')
        WHERE NEW.id NOT BETWEEN 1 AND 9007194959773695;
    INSERT INTO changes (kind, key) VALUES ('removed', json_array(OLD.user_id, OLD.id)),
        ('updated', json_array(NEW.user_id, NEW.id)), ('due', NEW.user_id);
END;

CREATE TRIGGER broadcasts_numbered
    -- Ids are numbers that browsers can hold, and the last of them are for SQLite to choose: so no
    -- INSERT can use them up for all others.
    AFTER INSERT ON broadcasts
    WHEN NEW.id NOT BETWEEN 1 AND 9007194959773695
        AND (NEW.id < 1 OR NEW.id > 9007199254740991 OR NEW.id > 1 + max(
            coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'broadcasts'), 0),
            coalesce((SELECT max(id) FROM broadcasts WHERE id < NEW.id), 0)))
BEGIN
    SELECT RAISE(ABORT, 'id must be from 1 to 9007194959773695: leave it out, SQLite chooses it');
END;

CREATE TRIGGER broadcasts_renumbered
    -- As for new rows. (UPDATE OF id would not see SET rowid.)
    AFTER UPDATE ON broadcasts
    WHEN NEW.id IS NOT OLD.id AND NEW.id NOT BETWEEN 1 AND 9007194959773695
BEGIN
    SELECT RAISE(ABORT, 'id must be from 1 to 9007194959773695: leave it as it is');
END;

CREATE TRIGGER messages_numbered
    -- Ids are numbers that browsers can hold, and the last of them are for SQLite to choose: so no
    -- INSERT can use them up for all others.
    AFTER INSERT ON messages
    WHEN NEW.id NOT BETWEEN 1 AND 9007194959773695
        AND (NEW.id < 1 OR NEW.id > 9007199254740991 OR NEW.id > 1 + max(
            coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'messages'), 0),
            coalesce((SELECT max(id) FROM messages WHERE id < NEW.id), 0)))
BEGIN
    SELECT RAISE(ABORT, 'id must be from 1 to 9007194959773695: leave it out, SQLite chooses it');
END;

CREATE TRIGGER messages_renumbered
    -- As for new rows. (UPDATE OF id would not see SET rowid.)
    AFTER UPDATE ON messages
    WHEN NEW.id IS NOT OLD.id AND NEW.id NOT BETWEEN 1 AND 9007194959773695
BEGIN
    SELECT RAISE(ABORT, 'id must be from 1 to 9007194959773695: leave it as it is');
END;

CREATE TRIGGER changes_numbered
    -- Ids are numbers that browsers can hold, and the last of them are for SQLite to choose: so no
    -- INSERT can use them up for all others.
    AFTER INSERT ON changes
    WHEN NEW.id NOT BETWEEN 1 AND 9007194959773695
        AND (NEW.id < 1 OR NEW.id > 9007199254740991 OR NEW.id > 1 + max(
            coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0),
            coalesce((SELECT max(id) FROM changes WHERE id < NEW.id), 0)))
BEGIN
    SELECT RAISE(ABORT, 'id must be from 1 to 9007194959773695: leave it out, SQLite chooses it');
END;

CREATE TRIGGER changes_renumbered
    -- As for new rows. (UPDATE OF id would not see SET rowid.)
    AFTER UPDATE ON changes
    WHEN NEW.id IS NOT OLD.id AND NEW.id NOT BETWEEN 1 AND 9007194959773695
BEGIN
    SELECT RAISE(ABORT, 'id must be from 1 to 9007194959773695: leave it as it is');
END;

CREATE TRIGGER presence_connections_made
    -- A number that browsers can hold.
    AFTER INSERT ON presence
    WHEN typeof(NEW.connections) = 'integer' AND NEW.connections NOT BETWEEN 0 AND 9007199254740991
BEGIN
    SELECT RAISE(ABORT, 'connections must be from 0 to 9007199254740991');
END;

CREATE TRIGGER presence_connections_set
    -- A number that browsers can hold.
    AFTER UPDATE OF connections ON presence
    WHEN typeof(NEW.connections) = 'integer' AND NEW.connections NOT BETWEEN 0 AND 9007199254740991
BEGIN
    SELECT RAISE(ABORT, 'connections must be from 0 to 9007199254740991');
END;

CREATE VIEW queue_summary AS
    -- How many notifications there are with each status, and from when.
    SELECT status, count(*) AS count, min(created_at) AS oldest, max(created_at) AS newest
    FROM notifications
    GROUP BY status;

CREATE VIEW queue_by_user AS
    -- Users with notifications that are not read yet: pending counts those that wait for any reason;
    -- unread counts those that the user's badge shows.
    SELECT user_id,
        (SELECT count(*) FROM notifications AS n INDEXED BY notifications_pending
            WHERE n.user_id = u.user_id AND status = 'pending' AND archived_at IS NULL
        ) AS pending,
        (SELECT count(*) FROM notifications AS n
            WHERE n.user_id = u.user_id AND status = 'delivered' AND archived_at IS NULL
        ) + (SELECT count(*) FROM notifications AS n INDEXED BY notifications_pending
            WHERE n.user_id = u.user_id AND status = 'pending' AND archived_at IS NULL
                AND coalesce(deliver_after, '') <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
                AND coalesce(expires_at, 'never') > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
        ) AS unread,
        (SELECT min(created_at) FROM (
            SELECT created_at FROM notifications AS n INDEXED BY notifications_pending
                WHERE n.user_id = u.user_id AND status = 'pending' AND archived_at IS NULL
            UNION ALL SELECT created_at FROM notifications AS n
                WHERE n.user_id = u.user_id AND status = 'delivered' AND archived_at IS NULL
        )) AS oldest
    FROM (
        SELECT DISTINCT user_id FROM notifications INDEXED BY notifications_pending
            WHERE status = 'pending' AND archived_at IS NULL
        UNION ALL SELECT DISTINCT user_id FROM notifications AS d INDEXED BY notifications_delivered
            WHERE status = 'delivered' AND archived_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM notifications AS p INDEXED BY notifications_pending
                WHERE p.user_id = d.user_id AND p.status = 'pending' AND p.archived_at IS NULL)
    ) AS u;

CREATE VIEW online_users AS
    -- Who is connected now. For "send an e-mail instead?":
    --
    --     SELECT 1 FROM online_users WHERE user_id = 'alice';
    --
    -- CROSS JOIN makes SQLite begin with the gateways: the index leads from there to those who are
    -- connected, and everybody else who ever was is not read.
    SELECT p.user_id, sum(p.connections) AS connections, max(p.last_seen) AS last_seen
    FROM gateways AS g CROSS JOIN presence AS p INDEXED BY presence_of_gateway
    WHERE p.instance = g.instance AND p.connections > 0
        AND g.alive_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-15 seconds')
    GROUP BY p.user_id;

CREATE VIEW queue_stuck AS
    -- Notifications that should have been delivered: due for more than a minute, and the user is
    -- online. Usually empty, except for pages that do not confirm.
    SELECT id, user_id, type, title, priority, attempts, created_at, deliver_after, expires_at
    FROM notifications INDEXED BY notifications_pending
    WHERE status = 'pending' AND archived_at IS NULL
        AND max(created_at, coalesce(deliver_after, ''))
            <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 minute')
        AND coalesce(expires_at, 'never') > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
        AND user_id IN (SELECT user_id FROM online_users);

CREATE VIEW undelivered AS
    -- Candidates for an e-mail: due for more than five minutes, and the user is not online.
    SELECT id, user_id, type, title, body, data, priority, created_at, deliver_after, expires_at
    FROM notifications INDEXED BY notifications_pending
    WHERE status = 'pending' AND archived_at IS NULL
        AND max(created_at, coalesce(deliver_after, ''))
            <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-5 minutes')
        AND coalesce(expires_at, 'never') > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
        AND user_id NOT IN (SELECT user_id FROM online_users);
