-- What version 1 of Belfry made of an empty file: its schema_queue.sql and schema_publish.sql. Files
-- like this are there, so this never changes.

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
    -- A row whose status is set back to 'pending' is delivered again; one that is deleted is not.

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
        CHECK (priority IN ('low', 'normal', 'high', 'urgent')),

    status TEXT NOT NULL DEFAULT 'pending'
        -- pending    waits for its time, or for the user to connect
        -- delivered  a browser of the user has confirmed it
        -- read       the user has read it
        -- expired    was not delivered before expires_at
        -- cancelled  was cancelled before it was delivered
        -- failed     cannot be delivered: see error
        CONSTRAINT "status must be pending, delivered, read, expired, cancelled or failed"
        CHECK (status IN ('pending', 'delivered', 'read', 'expired', 'cancelled', 'failed')),

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
        CONSTRAINT "attempts must not be negative"
        CHECK (attempts >= 0),

    idempotency_key TEXT -- see above; unique for each user
        CONSTRAINT "idempotency_key must be 1 to 255 octets long"
        CHECK (length(CAST(idempotency_key AS BLOB)) BETWEEN 1 AND 255),

    error TEXT, -- why status is 'failed'

    UNIQUE (user_id, idempotency_key)
) STRICT;

CREATE INDEX notifications_of_user ON notifications (user_id, id);
CREATE INDEX notifications_pending ON notifications (user_id, id) WHERE status = 'pending';
CREATE INDEX notifications_unread ON notifications (user_id, id)
    WHERE status IN ('pending', 'delivered');
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
        -- unread      the number of unread ones may have changed      key: the user_id
        -- member      somebody joined or left a conversation          key: ["conversation", "user"]
        -- message     a message is gone (recorded, and not used)      key: its conversation_id
        -- revocation  a user's tokens are revoked                     key: the user_id
        CONSTRAINT "kind must be due, unread, member, message or revocation"
        CHECK (kind IN ('due', 'unread', 'member', 'message', 'revocation')),

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

CREATE TRIGGER notifications_set_due
    -- Made pending again, or put off, or moved to another user.
    AFTER UPDATE OF status, deliver_after, expires_at, user_id ON notifications
    WHEN NEW.status = 'pending' AND (OLD.status IS NOT 'pending'
        OR NEW.deliver_after IS NOT OLD.deliver_after OR NEW.expires_at IS NOT OLD.expires_at
        OR NEW.user_id IS NOT OLD.user_id)
BEGIN
    DELETE FROM changes WHERE kind = 'due' AND key = NEW.user_id;
    INSERT INTO changes (kind, key) VALUES ('due', NEW.user_id);
END;

CREATE TRIGGER notifications_set_back
    -- Made pending again: what is confirmed of an earlier delivery must not count for the new one.
    AFTER UPDATE OF status ON notifications
    WHEN NEW.status = 'pending' AND OLD.status IS NOT 'pending' AND NEW.user_id IS OLD.user_id
BEGIN
    INSERT OR REPLACE INTO belfry_meta (key, value)
        VALUES ('set_back.' || NEW.id, hex(randomblob(8)) || ' ' || NEW.user_id);
END;

CREATE TRIGGER notifications_set_unread
    -- No longer unread, or unread again. Delivery alone, pending to delivered, changes nothing.
    AFTER UPDATE OF status ON notifications
    WHEN NEW.status IS NOT 'pending'
        AND (NEW.status = 'delivered') IS NOT (OLD.status IN ('pending', 'delivered'))
BEGIN
    DELETE FROM changes WHERE kind = 'unread' AND key = NEW.user_id;
    INSERT INTO changes (kind, key) VALUES ('unread', NEW.user_id);
END;

CREATE TRIGGER notifications_moved
    AFTER UPDATE OF user_id ON notifications
    WHEN NEW.user_id IS NOT OLD.user_id
BEGIN
    DELETE FROM changes WHERE kind = 'unread' AND key IN (OLD.user_id, NEW.user_id);
    INSERT INTO changes (kind, key) VALUES ('unread', OLD.user_id), ('unread', NEW.user_id);
END;

CREATE TRIGGER notifications_taken_away
    -- Whom it was sent to may still confirm it: that must not count for whoever is owed it now.
    AFTER UPDATE OF user_id ON notifications
    WHEN NEW.status = 'pending' AND NEW.user_id IS NOT OLD.user_id
BEGIN
    DELETE FROM changes WHERE kind = 'due' AND key = OLD.user_id;
    INSERT INTO changes (kind, key) VALUES ('due', OLD.user_id);
    INSERT OR REPLACE INTO belfry_meta (key, value)
        VALUES ('set_back.' || NEW.id, hex(randomblob(8)) || ' ' || OLD.user_id);
END;

CREATE TRIGGER notifications_deleted
    AFTER DELETE ON notifications
    WHEN OLD.status IN ('pending', 'delivered')
BEGIN
    DELETE FROM changes WHERE kind = 'unread' AND key = OLD.user_id;
    INSERT INTO changes (kind, key) VALUES ('unread', OLD.user_id);
END;

CREATE TRIGGER conversation_members_came
    AFTER INSERT ON conversation_members
BEGIN
    DELETE FROM changes
        WHERE kind = 'member' AND key = json_array(NEW.conversation_id, NEW.user_id);
    INSERT INTO changes (kind, key)
        VALUES ('member', json_array(NEW.conversation_id, NEW.user_id));
END;

CREATE TRIGGER conversation_members_left
    AFTER DELETE ON conversation_members
BEGIN
    DELETE FROM changes
        WHERE kind = 'member' AND key = json_array(OLD.conversation_id, OLD.user_id);
    INSERT INTO changes (kind, key)
        VALUES ('member', json_array(OLD.conversation_id, OLD.user_id));
END;

CREATE TRIGGER conversation_members_moved
    AFTER UPDATE OF conversation_id, user_id ON conversation_members
    WHEN NEW.conversation_id IS NOT OLD.conversation_id OR NEW.user_id IS NOT OLD.user_id
BEGIN
    DELETE FROM changes
        WHERE kind = 'member' AND key IN (json_array(OLD.conversation_id, OLD.user_id),
            json_array(NEW.conversation_id, NEW.user_id));
    INSERT INTO changes (kind, key)
        VALUES ('member', json_array(OLD.conversation_id, OLD.user_id)),
            ('member', json_array(NEW.conversation_id, NEW.user_id));
END;

CREATE TRIGGER messages_deleted
    AFTER DELETE ON messages
BEGIN
    DELETE FROM changes WHERE kind = 'message' AND key = OLD.conversation_id;
    INSERT INTO changes (kind, key) VALUES ('message', OLD.conversation_id);
END;

CREATE TRIGGER revocations_made
    AFTER INSERT ON revocations
BEGIN
    DELETE FROM changes WHERE kind = 'revocation' AND key = NEW.user_id;
    INSERT INTO changes (kind, key) VALUES ('revocation', NEW.user_id);
END;

CREATE TRIGGER revocations_changed
    AFTER UPDATE ON revocations
    WHEN NEW.user_id IS NOT OLD.user_id OR NEW.not_before IS NOT OLD.not_before
BEGIN
    DELETE FROM changes WHERE kind = 'revocation' AND key IN (OLD.user_id, NEW.user_id);
    INSERT INTO changes (kind, key)
        SELECT 'revocation', OLD.user_id UNION SELECT 'revocation', NEW.user_id;
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
    -- As for new rows. (UPDATE OF id would not see SET rowid.)
    AFTER UPDATE ON notifications
    WHEN NEW.id IS NOT OLD.id AND NEW.id NOT BETWEEN 1 AND 9007194959773695
BEGIN
    SELECT RAISE(ABORT, 'id must be from 1 to 9007194959773695: leave it as it is');
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

CREATE TRIGGER notifications_attempts_made
    -- A number that browsers can hold.
    AFTER INSERT ON notifications
    WHEN typeof(NEW.attempts) = 'integer' AND NEW.attempts NOT BETWEEN 0 AND 9007199254740991
BEGIN
    SELECT RAISE(ABORT, 'attempts must be from 0 to 9007199254740991');
END;

CREATE TRIGGER notifications_attempts_set
    -- A number that browsers can hold.
    AFTER UPDATE OF attempts ON notifications
    WHEN typeof(NEW.attempts) = 'integer' AND NEW.attempts NOT BETWEEN 0 AND 9007199254740991
BEGIN
    SELECT RAISE(ABORT, 'attempts must be from 0 to 9007199254740991');
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
        sum(status = 'pending') AS pending,
        sum(status = 'delivered'
            OR (coalesce(deliver_after, '') <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
                AND coalesce(expires_at, 'never') > strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        ) AS unread,
        min(created_at) AS oldest
    FROM notifications
    WHERE status IN ('pending', 'delivered')
    GROUP BY user_id;

CREATE VIEW online_users AS
    -- Who is connected now. For "send an e-mail instead?":
    --
    --     SELECT 1 FROM online_users WHERE user_id = 'alice';
    SELECT p.user_id, sum(p.connections) AS connections, max(p.last_seen) AS last_seen
    FROM presence AS p JOIN gateways AS g ON g.instance = p.instance
    WHERE p.connections > 0
        AND g.alive_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-15 seconds')
    GROUP BY p.user_id;

CREATE VIEW queue_stuck AS
    -- Notifications that should have been delivered: due for more than a minute, and the user is
    -- online. Usually empty, except for pages that do not confirm.
    SELECT id, user_id, type, title, priority, attempts, created_at, deliver_after, expires_at
    FROM notifications
    WHERE status = 'pending'
        AND max(created_at, coalesce(deliver_after, ''))
            <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 minute')
        AND coalesce(expires_at, 'never') > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
        AND user_id IN (SELECT user_id FROM online_users);

CREATE VIEW undelivered AS
    -- Candidates for an e-mail: due for more than five minutes, and the user is not online.
    SELECT id, user_id, type, title, body, data, priority, created_at, deliver_after, expires_at
    FROM notifications
    WHERE status = 'pending'
        AND max(created_at, coalesce(deliver_after, ''))
            <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-5 minutes')
        AND coalesce(expires_at, 'never') > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
        AND user_id NOT IN (SELECT user_id FROM online_users);

-- Publishing over HTTP: who may, and what was answered. These tables are part of the queue, in the
-- same file; they were added to schema version 1, so a queue from before may lack them.

CREATE TABLE publish_keys (
    -- Keys for belfry-publish. `belfry key create NAME` makes one and prints it once; only its
    -- SHA-256 is kept here, from which nobody can compute the key.

    name TEXT NOT NULL PRIMARY KEY -- for people: which application has the key
        CONSTRAINT "name must be 1 to 255 octets long"
        CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 255),

    hash TEXT NOT NULL UNIQUE -- SHA-256 of the key as it stands behind "Bearer", hexadecimal
        CONSTRAINT "hash must be 64 hexadecimal digits"
        CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*'),

    rights TEXT NOT NULL DEFAULT 'notifications' -- what it may do, separated by commas
        -- notifications  insert, change and cancel notifications
        -- broadcasts     insert broadcasts
        -- messages       insert messages into conversations
        -- read           read notifications and presence
        -- revoke         revoke the tokens of users
        CONSTRAINT "rights must be some of notifications,broadcasts,messages,read,revoke"
        CHECK (rights <> '' AND '' = replace(replace(replace(replace(replace(
            ',' || replace(rights, ',', ',,') || ',', ',notifications,', ''), ',broadcasts,', ''),
            ',messages,', ''), ',read,', ''), ',revoke,', '')),

    users TEXT -- only users whose id begins with this; NULL: all
        CONSTRAINT "users must be 1 to 255 octets long"
        CHECK (length(CAST(users AS BLOB)) BETWEEN 1 AND 255),

    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT "created_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),

    last_used_at TEXT -- to about a minute; NULL: never
        CONSTRAINT "last_used_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (last_used_at IS strftime('%Y-%m-%dT%H:%M:%fZ', last_used_at, '+0 days')),

    revoked_at TEXT -- since when it is refused; NULL: it is good
        CONSTRAINT "revoked_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (revoked_at IS strftime('%Y-%m-%dT%H:%M:%fZ', revoked_at, '+0 days'))
) STRICT;

CREATE TABLE publish_requests (
    -- What belfry-publish answered to requests with an Idempotency-Key, so that a repeated one gets
    -- the same answer and inserts nothing. Rows older than 24 hours are deleted.

    key_hash TEXT NOT NULL, -- publish_keys.hash
    path TEXT NOT NULL, -- "/notifications"

    request_key TEXT NOT NULL -- the Idempotency-Key
        CONSTRAINT "request_key must be 1 to 255 octets long"
        CHECK (length(CAST(request_key AS BLOB)) BETWEEN 1 AND 255),

    body_hash TEXT NOT NULL -- SHA-256 of the body: another body with the same key is refused
        CONSTRAINT "body_hash must be 64 hexadecimal digits"
        CHECK (length(body_hash) = 64 AND body_hash NOT GLOB '*[^0-9a-f]*'),

    status INTEGER NOT NULL -- of the answer
        CONSTRAINT "status must be from 200 to 299"
        CHECK (status BETWEEN 200 AND 299),

    answer TEXT NOT NULL, -- its body

    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
        CONSTRAINT "created_at must look like 2026-11-22T19:19:00.123Z"
        CHECK (created_at IS strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '+0 days')),

    PRIMARY KEY (key_hash, path, request_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX publish_requests_age ON publish_requests (created_at);
