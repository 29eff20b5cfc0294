-- The queue in PostgreSQL: what `belfry init --database postgresql://…` makes, in one transaction, as
-- the role belfry_owner, in the schema belfry. The tables, columns and views are those of
-- schema_queue.sql and schema_publish.sql; comments are for psql's \d+.
--
-- What differs, and why:
--
-- - Ids are drawn before the commit, so they do not become visible in order. `txid` is the
--   transaction that inserted a row: a gateway reads what its last snapshot did not show. In a
--   conversation, ids have the order of commits: a trigger draws them behind a lock.
-- - `changes` is read by any number of gateways, so nobody deletes what he has read.
-- - Names of constraints are cut at 63 bytes, so some are shorter.

CREATE TABLE notifications (
    id bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 9007199254740991) PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL
        CONSTRAINT "user_id must be 1 to 255 octets long"
        CHECK (octet_length(user_id) BETWEEN 1 AND 255),
    type text COLLATE "C" NOT NULL DEFAULT 'system'
        CONSTRAINT "type must be 1 to 64 octets long"
        CHECK (octet_length(type) BETWEEN 1 AND 64),
    title text COLLATE "C" NOT NULL
        CONSTRAINT "title must be 1 to 1024 octets long"
        CHECK (octet_length(title) BETWEEN 1 AND 1024),
    body text COLLATE "C" NOT NULL DEFAULT ''
        CONSTRAINT "body must be at most 16384 octets long"
        CHECK (octet_length(body) <= 16384),
    data jsonb
        CONSTRAINT "data must be a JSON object"
        CHECK (jsonb_typeof(data) = 'object')
        CONSTRAINT "data must be at most 32768 octets long"
        CHECK (octet_length(data::text) <= 32768),
    priority text COLLATE "C" NOT NULL DEFAULT 'normal'
        CONSTRAINT "priority must be low, normal, high or urgent"
        CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    status text COLLATE "C" NOT NULL DEFAULT 'pending'
        CONSTRAINT "status must be pending, delivered, read, expired, … or failed"
        CHECK (status IN ('pending', 'delivered', 'read', 'expired', 'cancelled', 'failed')),
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
        CONSTRAINT "created_at must be between the years 1 and 9999"
        CHECK (created_at >= '0001-01-01 00:00:00+00' AND created_at <= '9999-12-31 23:59:59.999+00'),
    deliver_after timestamptz(3)
        CONSTRAINT "deliver_after must be between the years 1 and 9999"
        CHECK (deliver_after >= '0001-01-01 00:00:00+00' AND deliver_after <= '9999-12-31 23:59:59.999+00'),
    expires_at timestamptz(3)
        CONSTRAINT "expires_at must be between the years 1 and 9999"
        CHECK (expires_at >= '0001-01-01 00:00:00+00' AND expires_at <= '9999-12-31 23:59:59.999+00'),
    delivered_at timestamptz(3)
        CONSTRAINT "delivered_at must be between the years 1 and 9999"
        CHECK (delivered_at >= '0001-01-01 00:00:00+00' AND delivered_at <= '9999-12-31 23:59:59.999+00'),
    read_at timestamptz(3)
        CONSTRAINT "read_at must be between the years 1 and 9999"
        CHECK (read_at >= '0001-01-01 00:00:00+00' AND read_at <= '9999-12-31 23:59:59.999+00'),
    attempts bigint NOT NULL DEFAULT 0
        CONSTRAINT "attempts must be from 0 to 9007199254740991"
        CHECK (attempts BETWEEN 0 AND 9007199254740991),
    idempotency_key text COLLATE "C"
        CONSTRAINT "idempotency_key must be 1 to 255 octets long"
        CHECK (octet_length(idempotency_key) BETWEEN 1 AND 255),
    error text,
    seen_at timestamptz(3)
        CONSTRAINT "seen_at must be between the years 1 and 9999"
        CHECK (seen_at >= '0001-01-01 00:00:00+00' AND seen_at <= '9999-12-31 23:59:59.999+00'),
    archived_at timestamptz(3)
        CONSTRAINT "archived_at must be between the years 1 and 9999"
        CHECK (archived_at >= '0001-01-01 00:00:00+00' AND archived_at <= '9999-12-31 23:59:59.999+00'),
    updated_at timestamptz(3)
        CONSTRAINT "updated_at must be between the years 1 and 9999"
        CHECK (updated_at >= '0001-01-01 00:00:00+00' AND updated_at <= '9999-12-31 23:59:59.999+00'),
    txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    delivered_txid xid8,
    UNIQUE (user_id, idempotency_key)
);
COMMENT ON TABLE notifications IS 'One row is one notification for one user. Every open page of that user receives it within milliseconds of the COMMIT; users who are offline get it when they reconnect.

    INSERT INTO belfry.notifications (user_id, title, body, data)
    VALUES (''alice'', ''Bob wrote to you'', ''See you at eight'', ''{"url": "/inbox/7"}'');

A writer that may retry gives a key, so that the same row is never inserted twice:

    INSERT INTO belfry.notifications (user_id, title, idempotency_key)
    VALUES (''alice'', ''Invoice 4711 is paid'', ''invoice-4711-paid'')
    ON CONFLICT (user_id, idempotency_key) DO NOTHING;

A row whose status is set back to ''pending'' is delivered again. What you change or delete here changes or disappears on every open page within a second, however you do it.';
COMMENT ON COLUMN notifications.id IS
    'a name of the row, in no order that matters';
COMMENT ON COLUMN notifications.user_id IS
    'the user''s id in your application, the "sub" of the token';
COMMENT ON COLUMN notifications.type IS
    'notification, message, alert, system, or your own word';
COMMENT ON COLUMN notifications.data IS
    'a JSON object for your own code in the browser';
COMMENT ON COLUMN notifications.status IS
    'pending: waits for its time, or for the user to connect. delivered: a browser of the user has confirmed it. read: the user has read it. expired: was not delivered before expires_at. cancelled: was taken back, before or after it was delivered. failed: cannot be delivered: see error';
COMMENT ON COLUMN notifications.deliver_after IS
    'not before this time; NULL: at once';
COMMENT ON COLUMN notifications.expires_at IS
    'not after this time; NULL: whenever the user connects';
COMMENT ON COLUMN notifications.attempts IS
    'how often it was sent';
COMMENT ON COLUMN notifications.idempotency_key IS
    'unique for each user';
COMMENT ON COLUMN notifications.error IS
    'why status is ''failed''';
COMMENT ON COLUMN notifications.seen_at IS
    'when the user looked at a list that had it; NULL: not yet';
COMMENT ON COLUMN notifications.archived_at IS
    'put away by the user: neither delivered, listed nor counted; NULL: it is not';
COMMENT ON COLUMN notifications.updated_at IS
    'when title, body, type, priority or data last changed: a trigger sets it';
COMMENT ON COLUMN notifications.txid IS
    'the transaction that inserted the row: by it gateways find what is new. Leave it out';
COMMENT ON COLUMN notifications.delivered_txid IS
    'the transaction in which a gateway wrote that it was delivered: by it the other gateways know what their connections still have to get. Leave it out';

CREATE TABLE broadcasts (
    id bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 9007199254740991) PRIMARY KEY,
    topic text COLLATE "C" NOT NULL
        CONSTRAINT "topic must be 1 to 512 octets long"
        CHECK (octet_length(topic) BETWEEN 1 AND 512),
    event text COLLATE "C" NOT NULL
        CONSTRAINT "event must be 1 to 64 characters long"
        CHECK (length(event) BETWEEN 1 AND 64)
        CONSTRAINT "event must not be a name that socket.io keeps for itself"
        CHECK (event NOT IN ('connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener')),
    data jsonb
        CONSTRAINT "data must be at most 32768 octets long"
        CHECK (octet_length(data::text) <= 32768),
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
        CONSTRAINT "created_at must be between the years 1 and 9999"
        CHECK (created_at >= '0001-01-01 00:00:00+00' AND created_at <= '9999-12-31 23:59:59.999+00'),
    expires_at timestamptz(3)
        CONSTRAINT "expires_at must be between the years 1 and 9999"
        CHECK (expires_at >= '0001-01-01 00:00:00+00' AND expires_at <= '9999-12-31 23:59:59.999+00'),
    sent_at timestamptz(3)
        CONSTRAINT "sent_at must be between the years 1 and 9999"
        CHECK (sent_at >= '0001-01-01 00:00:00+00' AND sent_at <= '9999-12-31 23:59:59.999+00'),
    recipients bigint
        CONSTRAINT "recipients must be from 0 to 9007199254740991"
        CHECK (recipients BETWEEN 0 AND 9007199254740991),
    txid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE broadcasts IS 'One row sends an event with any name to everybody who is subscribed to a topic.

    INSERT INTO belfry.broadcasts (topic, event, data)
    VALUES (''*'', ''system:maintenance'', ''{"enabled": true, "message": "Back at ten"}'');

Without expires_at it is sent once, to those who are connected; if it is found more than a minute late, it is marked as sent to nobody. With it, also to those who join before then.';
COMMENT ON COLUMN broadcasts.topic IS
    '*: every connection. user:ID:notifications: one user. conversation:ID: its members. role:ROLE: whoever has this role. public:NAME: anyone signed in';
COMMENT ON COLUMN broadcasts.data IS
    'any JSON';
COMMENT ON COLUMN broadcasts.sent_at IS
    'NULL: not yet';
COMMENT ON COLUMN broadcasts.recipients IS
    'how many connections it was sent to, on all gateways';
COMMENT ON COLUMN broadcasts.txid IS
    'the transaction that inserted the row: by it gateways find what is new. Leave it out';

CREATE TABLE broadcast_sends (
    broadcast_id bigint NOT NULL,
    instance text COLLATE "C" NOT NULL,
    sent_at timestamptz(3) NOT NULL,
    recipients bigint NOT NULL,
    PRIMARY KEY (broadcast_id, instance)
);
COMMENT ON TABLE broadcast_sends IS 'What each gateway has sent of a broadcast, until it is added to broadcasts, within a second: so the gateways need not wait for each other''s marks.';

CREATE TABLE conversations (
    id text COLLATE "C" PRIMARY KEY
        CONSTRAINT "id must be 1 to 255 octets long"
        CHECK (octet_length(id) BETWEEN 1 AND 255),
    title text COLLATE "C"
        CONSTRAINT "title must be at most 1024 octets long"
        CHECK (octet_length(title) <= 1024),
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
        CONSTRAINT "created_at must be between the years 1 and 9999"
        CHECK (created_at >= '0001-01-01 00:00:00+00' AND created_at <= '9999-12-31 23:59:59.999+00')
);
COMMENT ON TABLE conversations IS 'Conversations for chat. conversation_members says who may read and write.';

CREATE TABLE conversation_members (
    conversation_id text COLLATE "C" NOT NULL
        CONSTRAINT "conversation_id must be 1 to 255 octets long"
        CHECK (octet_length(conversation_id) BETWEEN 1 AND 255),
    user_id text COLLATE "C" NOT NULL
        CONSTRAINT "user_id must be 1 to 255 octets long"
        CHECK (octet_length(user_id) BETWEEN 1 AND 255),
    joined_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
        CONSTRAINT "joined_at must be between the years 1 and 9999"
        CHECK (joined_at >= '0001-01-01 00:00:00+00' AND joined_at <= '9999-12-31 23:59:59.999+00'),
    PRIMARY KEY (conversation_id, user_id)
);
COMMENT ON TABLE conversation_members IS 'A row makes a user a member of a conversation; adding or deleting it takes effect at once. Members see each other''s presence.';

CREATE TABLE messages (
    id bigint PRIMARY KEY DEFAULT 0,
    conversation_id text COLLATE "C" NOT NULL
        CONSTRAINT "conversation_id must be 1 to 255 octets long"
        CHECK (octet_length(conversation_id) BETWEEN 1 AND 255),
    sender_id text COLLATE "C" NOT NULL
        CONSTRAINT "sender_id must be 1 to 255 octets long"
        CHECK (octet_length(sender_id) BETWEEN 1 AND 255),
    sender_name text COLLATE "C"
        CONSTRAINT "sender_name must be at most 1024 octets long"
        CHECK (octet_length(sender_name) <= 1024),
    content text COLLATE "C" NOT NULL
        CONSTRAINT "content must be 1 to 32768 octets long"
        CHECK (octet_length(content) BETWEEN 1 AND 32768),
    metadata jsonb
        CONSTRAINT "metadata must be at most 8192 octets long"
        CHECK (octet_length(metadata::text) <= 8192),
    client_ref text COLLATE "C"
        CONSTRAINT "client_ref must be 1 to 255 octets long"
        CHECK (octet_length(client_ref) BETWEEN 1 AND 255),
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
        CONSTRAINT "created_at must be between the years 1 and 9999"
        CHECK (created_at >= '0001-01-01 00:00:00+00' AND created_at <= '9999-12-31 23:59:59.999+00'),
    txid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE messages IS 'Messages in conversations. A row that any program inserts reaches the members just as one that came from a browser.

    INSERT INTO belfry.messages (conversation_id, sender_id, sender_name, content)
    VALUES (''support-7'', ''bot'', ''Support'', ''How can we help?'');

The messages of a conversation have the order of their commits: an INSERT waits for another transaction that has written to the same conversation and is not over.';
COMMENT ON COLUMN messages.id IS
    'the order of the messages of a conversation: a trigger draws it, whatever is given';
COMMENT ON COLUMN messages.sender_name IS
    'as it was when the message was sent';
COMMENT ON COLUMN messages.metadata IS
    'any JSON';
COMMENT ON COLUMN messages.client_ref IS
    'the sender''s "tempId": the same one with the same content is a repetition';
COMMENT ON COLUMN messages.txid IS
    'the transaction that inserted the row: by it gateways find what is new. Leave it out';

CREATE SEQUENCE message_ids MAXVALUE 9007199254740991 OWNED BY messages.id;

CREATE TABLE revocations (
    user_id text COLLATE "C" PRIMARY KEY
        CONSTRAINT "user_id must be 1 to 255 octets long"
        CHECK (octet_length(user_id) BETWEEN 1 AND 255),
    not_before timestamptz(3) NOT NULL DEFAULT clock_timestamp()
        CONSTRAINT "not_before must be between the years 1 and 9999"
        CHECK (not_before >= '0001-01-01 00:00:00+00' AND not_before <= '9999-12-31 23:59:59.999+00'),
    reason text
        CONSTRAINT "reason must be at most 1024 octets long"
        CHECK (octet_length(reason) <= 1024)
);
COMMENT ON TABLE revocations IS 'Tokens of this user issued up to not_before (whole seconds) are refused, and connections made with one are closed.

    INSERT INTO belfry.revocations (user_id, reason) VALUES (''mallory'', ''password changed'')
    ON CONFLICT (user_id) DO UPDATE SET not_before = DEFAULT, reason = excluded.reason;

This is not a ban: a session that is still valid gets new tokens. End the sessions, too. There is one row per user.';
COMMENT ON COLUMN revocations.reason IS
    'for people';

CREATE TABLE gateways (
    instance text COLLATE "C" PRIMARY KEY,
    started_at timestamptz(3) NOT NULL
        CONSTRAINT "started_at must be between the years 1 and 9999"
        CHECK (started_at >= '0001-01-01 00:00:00+00' AND started_at <= '9999-12-31 23:59:59.999+00'),
    alive_at timestamptz(3) NOT NULL
        CONSTRAINT "alive_at must be between the years 1 and 9999"
        CHECK (alive_at >= '0001-01-01 00:00:00+00' AND alive_at <= '9999-12-31 23:59:59.999+00')
);
COMMENT ON TABLE gateways IS 'The gateways record here that they run; one that was silent for 15 seconds is considered dead.';
COMMENT ON COLUMN gateways.instance IS
    '<host>:<process id>:<time of its start>';

CREATE TABLE presence (
    user_id text COLLATE "C" NOT NULL,
    instance text COLLATE "C" NOT NULL,
    connections bigint NOT NULL
        CONSTRAINT "connections must be from 0 to 9007199254740991"
        CHECK (connections BETWEEN 0 AND 9007199254740991),
    last_seen timestamptz(3) NOT NULL
        CONSTRAINT "last_seen must be between the years 1 and 9999"
        CHECK (last_seen >= '0001-01-01 00:00:00+00' AND last_seen <= '9999-12-31 23:59:59.999+00'),
    txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (user_id, instance)
);
COMMENT ON TABLE presence IS 'Who is connected, maintained by the gateways. Query the view online_users instead, which leaves out gateways that have died. A row stays when the user disconnects, with connections 0 and last_seen: a user without any row has never been connected.';
COMMENT ON COLUMN presence.instance IS
    'of the gateway';
COMMENT ON COLUMN presence.last_seen IS
    'when they last connected or disconnected';
COMMENT ON COLUMN presence.txid IS
    'the transaction that last wrote the row: by it the other gateways find what is new';

CREATE TABLE changes (
    id bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 9007199254740991) PRIMARY KEY,
    kind text COLLATE "C" NOT NULL
        CONSTRAINT "kind must be due, unread, updated, …, revocation or set_back"
        CHECK (kind IN ('due', 'unread', 'updated', 'removed', 'read', 'member', 'revocation', 'set_back')),
    key text COLLATE "C" NOT NULL,
    txid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
COMMENT ON TABLE changes IS 'What was changed or deleted, for the gateways: triggers insert these rows, each gateway reads on from where it was, and ten to twenty minutes later they are removed (see epoch). Applications need not look here.';
COMMENT ON COLUMN changes.kind IS
    'due: rows of the user became due. unread: how many are unread or unseen may have changed. updated: a notification looks different, or is back. removed: it may be gone from the list. read: it was read, or is unread again. set_back: it was made pending again. member: somebody joined or left. revocation: a user''s tokens are revoked';
COMMENT ON COLUMN changes.key IS
    'the user_id; of updated, removed, read and set_back ["user",id]; of member ["conversation","user"]';
COMMENT ON COLUMN changes.txid IS
    'the transaction that inserted the row: by it gateways find what is new. Leave it out';

CREATE TABLE belfry_meta (
    key text COLLATE "C" PRIMARY KEY,
    value text NOT NULL
);
COMMENT ON TABLE belfry_meta IS 'What Belfry has to remember about this queue. queue: its random name; if it changes, browsers forget the ids that they remember. schema: the version of these tables. session_over.…: a session that has ended, kept while one of its tokens may still be valid.';

CREATE UNLOGGED TABLE epoch (
    id integer PRIMARY KEY CHECK (id = 1),
    word text NOT NULL,
    removed pg_snapshot NOT NULL DEFAULT '1:1:',
    next_removed pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
    noted_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE epoch IS 'PostgreSQL itself empties this after a crash, and on a standby that is promoted: then numbers of transactions may be used again, and the gateways begin anew.';
COMMENT ON COLUMN epoch.removed IS
    'which transactions'' rows are removed from changes, and from presence where nobody is connected. A gateway that has not read all of them, since it was frozen for long, begins anew';
COMMENT ON COLUMN epoch.next_removed IS
    'what removed becomes ten minutes after noted_at';

CREATE TABLE publish_keys (
    name text COLLATE "C" PRIMARY KEY
        CONSTRAINT "name must be 1 to 255 octets long"
        CHECK (octet_length(name) BETWEEN 1 AND 255),
    hash text COLLATE "C" NOT NULL UNIQUE
        CONSTRAINT "hash must be 64 hexadecimal digits"
        CHECK (hash ~ '^[0-9a-f]{64}$'),
    rights text COLLATE "C" NOT NULL DEFAULT 'notifications'
        CONSTRAINT "rights must be some of the words in its comment, and commas"
        CHECK (rights ~ '^(notifications|broadcasts|messages|read|revoke)(,(notifications|broadcasts|messages|read|revoke))*$'),
    users text COLLATE "C"
        CONSTRAINT "users must be 1 to 255 octets long"
        CHECK (octet_length(users) BETWEEN 1 AND 255),
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
        CONSTRAINT "created_at must be between the years 1 and 9999"
        CHECK (created_at >= '0001-01-01 00:00:00+00' AND created_at <= '9999-12-31 23:59:59.999+00'),
    last_used_at timestamptz(3)
        CONSTRAINT "last_used_at must be between the years 1 and 9999"
        CHECK (last_used_at >= '0001-01-01 00:00:00+00' AND last_used_at <= '9999-12-31 23:59:59.999+00'),
    revoked_at timestamptz(3)
        CONSTRAINT "revoked_at must be between the years 1 and 9999"
        CHECK (revoked_at >= '0001-01-01 00:00:00+00' AND revoked_at <= '9999-12-31 23:59:59.999+00')
);
COMMENT ON TABLE publish_keys IS 'Keys for belfry-publish. `belfry key create NAME` makes one and prints it once; only its SHA-256 is kept here, from which nobody can compute the key.';
COMMENT ON COLUMN publish_keys.name IS
    'for people: which application has the key';
COMMENT ON COLUMN publish_keys.hash IS
    'SHA-256 of the key as it stands behind "Bearer", hexadecimal';
COMMENT ON COLUMN publish_keys.rights IS
    'what it may do: some of notifications,broadcasts,messages,read,revoke';
COMMENT ON COLUMN publish_keys.users IS
    'only users whose id begins with this; NULL: all';
COMMENT ON COLUMN publish_keys.last_used_at IS
    'to about a minute; NULL: never';
COMMENT ON COLUMN publish_keys.revoked_at IS
    'since when it is refused; NULL: it is good';

CREATE TABLE publish_requests (
    key_hash text COLLATE "C" NOT NULL,
    path text COLLATE "C" NOT NULL,
    request_key text COLLATE "C" NOT NULL
        CONSTRAINT "request_key must be 1 to 255 octets long"
        CHECK (octet_length(request_key) BETWEEN 1 AND 255),
    body_hash text COLLATE "C" NOT NULL
        CONSTRAINT "body_hash must be 64 hexadecimal digits"
        CHECK (body_hash ~ '^[0-9a-f]{64}$'),
    status integer NOT NULL
        CONSTRAINT "status must be from 200 to 299"
        CHECK (status BETWEEN 200 AND 299),
    answer text NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
        CONSTRAINT "created_at must be between the years 1 and 9999"
        CHECK (created_at >= '0001-01-01 00:00:00+00' AND created_at <= '9999-12-31 23:59:59.999+00'),
    PRIMARY KEY (key_hash, path, request_key)
);
COMMENT ON TABLE publish_requests IS 'What belfry-publish answered to requests with an Idempotency-Key, so that a repeated one gets the same answer and inserts nothing. Rows older than 24 hours are deleted.';
COMMENT ON COLUMN publish_requests.key_hash IS
    'publish_keys.hash';
COMMENT ON COLUMN publish_requests.path IS
    '"/notifications"';
COMMENT ON COLUMN publish_requests.request_key IS
    'the Idempotency-Key';
COMMENT ON COLUMN publish_requests.body_hash IS
    'SHA-256 of the body: another body with the same key is refused';
COMMENT ON COLUMN publish_requests.status IS
    'of the answer';
COMMENT ON COLUMN publish_requests.answer IS
    'its body';

-- A row is in exactly one of these four, so a new one costs one entry, and its delivery moves that.
CREATE INDEX notifications_pending ON notifications (user_id, id)
    WHERE status = 'pending' AND archived_at IS NULL;
CREATE INDEX notifications_delivered ON notifications (user_id, id)
    WHERE status = 'delivered' AND archived_at IS NULL;
CREATE INDEX notifications_settled ON notifications (user_id, id)
    WHERE status <> 'pending' AND status <> 'delivered' AND archived_at IS NULL;
CREATE INDEX notifications_archived ON notifications (user_id, id) WHERE archived_at IS NOT NULL;
-- With what was delivered at once by another gateway, whose clock may be ahead.
CREATE INDEX notifications_due ON notifications (deliver_after, id)
    WHERE status IN ('pending', 'delivered') AND archived_at IS NULL AND deliver_after IS NOT NULL;
CREATE INDEX notifications_expiring ON notifications (expires_at, id)
    WHERE status = 'pending' AND archived_at IS NULL AND expires_at IS NOT NULL;
CREATE INDEX notifications_created ON notifications (created_at, id);
CREATE INDEX notifications_txid ON notifications (txid);

CREATE INDEX broadcasts_unsent ON broadcasts (id) WHERE sent_at IS NULL;
CREATE INDEX broadcasts_standing ON broadcasts (topic, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX broadcasts_created ON broadcasts (created_at);
CREATE INDEX broadcasts_txid ON broadcasts (txid);

CREATE INDEX conversation_members_of_user ON conversation_members (user_id, conversation_id);

CREATE INDEX messages_of_conversation ON messages (conversation_id, id);
CREATE INDEX messages_repeated ON messages (conversation_id, sender_id, client_ref, created_at)
    WHERE client_ref IS NOT NULL;
CREATE INDEX messages_created ON messages (created_at);
CREATE INDEX messages_txid ON messages (txid);

CREATE INDEX presence_of_gateway ON presence (instance, user_id) WHERE connections > 0;
CREATE INDEX presence_txid ON presence (txid);
CREATE INDEX changes_txid ON changes (txid);
CREATE INDEX publish_requests_age ON publish_requests (created_at);

-- The functions of triggers belong to belfry_owner and run with its rights, so a publisher needs none
-- on `changes`; nothing that a caller can set changes what their names mean.

CREATE FUNCTION wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('belfry', '');
    RETURN NULL;
END $$;
COMMENT ON FUNCTION wake() IS 'Wakes the gateways at the commit: one entry a transaction, however many rows it has.';

CREATE FUNCTION wake_for_presence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('belfry_presence', '');
    RETURN NULL;
END $$;
COMMENT ON FUNCTION wake_for_presence() IS 'Likewise, for gateways to see who is connected to the others.';

CREATE FUNCTION row_key(user_id text, id bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT '[' || pg_catalog.to_json(user_id) || ',' || id || ']'
$$;

CREATE FUNCTION note(kind text, key text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO belfry.changes (kind, key) VALUES (kind, key)
$$;

CREATE FUNCTION notification_set_due() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, belfry, pg_temp AS $$
BEGIN
    PERFORM note('due', NEW.user_id);
    IF OLD.status <> 'pending' AND NEW.user_id = OLD.user_id THEN
        PERFORM note('set_back', row_key(NEW.user_id, NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION notification_set_unread() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, belfry, pg_temp AS $$
BEGIN
    PERFORM note('unread', NEW.user_id);
    RETURN NULL;
END $$;

CREATE FUNCTION notification_set_shown() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, belfry, pg_temp AS $$
DECLARE
    kind text := CASE
        WHEN OLD.status IN ('expired', 'cancelled', 'failed') THEN
            CASE WHEN NEW.archived_at IS NULL AND NEW.status IN ('delivered', 'read')
                THEN 'updated' END
        WHEN NEW.status IN ('expired', 'cancelled', 'failed') THEN 'removed'
        WHEN NEW.archived_at IS NOT NULL AND OLD.archived_at IS NULL THEN 'removed'
        WHEN NEW.archived_at IS NULL AND OLD.archived_at IS NOT NULL THEN 'updated'
        WHEN NEW.status = 'read' OR (NEW.status = 'delivered' AND OLD.status = 'read') THEN 'read'
    END;
BEGIN
    IF kind IS NOT NULL THEN
        PERFORM note(kind, row_key(NEW.user_id, NEW.id));
    END IF;
    IF OLD.status = 'pending' AND NEW.status IN ('delivered', 'read') AND NEW.delivered_at IS NULL
        AND NEW.archived_at IS NULL THEN
        PERFORM note('updated', row_key(NEW.user_id, NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION notification_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := pg_catalog.clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION notification_edited() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, belfry, pg_temp AS $$
BEGIN
    PERFORM note('updated', row_key(NEW.user_id, NEW.id));
    RETURN NULL;
END $$;

CREATE FUNCTION notification_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, belfry, pg_temp AS $$
BEGIN
    PERFORM note('unread', OLD.user_id);
    PERFORM note('unread', NEW.user_id);
    IF OLD.status IN ('pending', 'delivered', 'read') THEN
        PERFORM note('removed', row_key(OLD.user_id, OLD.id));
    END IF;
    IF NEW.status IN ('delivered', 'read') THEN
        PERFORM note('updated', row_key(NEW.user_id, NEW.id));
    END IF;
    IF NEW.status = 'pending' THEN
        PERFORM note('due', OLD.user_id);
        PERFORM note('set_back', row_key(OLD.user_id, OLD.id));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION notification_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, belfry, pg_temp AS $$
BEGIN
    IF OLD.status IN ('pending', 'delivered') AND OLD.archived_at IS NULL THEN
        PERFORM note('unread', OLD.user_id);
    END IF;
    PERFORM note('removed', row_key(OLD.user_id, OLD.id));
    RETURN NULL;
END $$;

CREATE FUNCTION notifications_truncated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, belfry, pg_temp AS $$
BEGIN
    INSERT INTO changes (kind, key) SELECT DISTINCT 'unread', user_id FROM notifications
        WHERE status IN ('pending', 'delivered') AND archived_at IS NULL;
    INSERT INTO changes (kind, key) SELECT 'removed', row_key(user_id, id) FROM notifications
        WHERE status IN ('pending', 'delivered', 'read');
    RETURN NULL;
END $$;

CREATE FUNCTION member_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, belfry, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM note('member', '[' || to_json(OLD.conversation_id) || ',' || to_json(OLD.user_id) || ']');
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM note('member', '[' || to_json(NEW.conversation_id) || ',' || to_json(NEW.user_id) || ']');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION message_in_order() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, belfry, pg_temp AS $$
BEGIN
    -- A default would be drawn before the lock: only an id that is drawn behind it has the order of
    -- the commits. The first number stands for Belfry among the locks of the application.
    PERFORM pg_advisory_xact_lock(1111837766, hashtext(NEW.conversation_id));
    NEW.id := nextval('belfry.message_ids');
    RETURN NEW;
END $$;

CREATE FUNCTION revocation_replace() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, belfry, pg_temp AS $$
BEGIN
    DELETE FROM revocations WHERE user_id = NEW.user_id;
    RETURN NEW;
END $$;

CREATE FUNCTION revocation_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, belfry, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.user_id <> NEW.user_id THEN
        PERFORM note('revocation', OLD.user_id);
    END IF;
    PERFORM note('revocation', NEW.user_id);
    RETURN NULL;
END $$;

-- They run for these triggers alone: whoever may execute one can hang it on a table of his own, and so
-- write `changes` as the owner. Firing a trigger needs no right to its function.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA belfry FROM PUBLIC;

CREATE TRIGGER notifications_wake AFTER INSERT ON notifications
    FOR EACH STATEMENT EXECUTE FUNCTION wake();
CREATE TRIGGER broadcasts_wake AFTER INSERT ON broadcasts
    FOR EACH STATEMENT EXECUTE FUNCTION wake();
CREATE TRIGGER messages_wake AFTER INSERT ON messages
    FOR EACH STATEMENT EXECUTE FUNCTION wake();
CREATE TRIGGER changes_wake AFTER INSERT ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION wake();
CREATE TRIGGER presence_wake AFTER INSERT OR UPDATE ON presence
    FOR EACH STATEMENT EXECUTE FUNCTION wake_for_presence();

CREATE TRIGGER notifications_set_due
    -- Made pending again, or put off, or moved to another user, or taken out of the archive. Where it
    -- was made pending again, what is confirmed of an earlier delivery must not count for the new one.
    AFTER UPDATE OF status, deliver_after, expires_at, user_id, archived_at ON notifications
    FOR EACH ROW WHEN (NEW.status = 'pending' AND NEW.archived_at IS NULL AND (OLD.status <> 'pending'
        OR NEW.deliver_after IS DISTINCT FROM OLD.deliver_after
        OR NEW.expires_at IS DISTINCT FROM OLD.expires_at
        OR NEW.user_id <> OLD.user_id OR OLD.archived_at IS NOT NULL))
    EXECUTE FUNCTION notification_set_due();

CREATE TRIGGER notifications_set_unread
    -- No longer counted as unread or unseen, or counted again. Delivery alone, pending to delivered,
    -- changes nothing, unless somebody else than the gateway says so: whatever delivers a row sets
    -- delivered_at. What is made pending again is due, which counts anew.
    AFTER UPDATE OF status, seen_at, archived_at ON notifications
    FOR EACH ROW WHEN ((NEW.status <> 'pending' OR OLD.status = 'pending')
        AND ((NEW.status IN ('pending', 'delivered') AND NEW.archived_at IS NULL)
            <> (OLD.status IN ('pending', 'delivered') AND OLD.archived_at IS NULL)
            OR (NEW.seen_at IS NULL) <> (OLD.seen_at IS NULL)
            OR (NEW.status = 'delivered' AND OLD.status = 'pending' AND NEW.delivered_at IS NULL)))
    EXECUTE FUNCTION notification_set_unread();

CREATE TRIGGER notifications_set_shown
    -- What an open page has to do with it.
    -- removed  taken back, or archived
    -- updated  delivered or read after all, though it had been taken back; or out of the archive; or
    --          marked by somebody else before it was ever delivered
    -- read     read, or delivered and unread again
    AFTER UPDATE OF status, archived_at ON notifications
    FOR EACH ROW WHEN ((NEW.status <> OLD.status OR (NEW.archived_at IS NULL) <> (OLD.archived_at IS NULL))
        AND NOT (NEW.status = 'delivered' AND OLD.status = 'pending' AND NEW.delivered_at IS NOT NULL
            AND NEW.archived_at IS NOT DISTINCT FROM OLD.archived_at))
    EXECUTE FUNCTION notification_set_shown();

CREATE TRIGGER notifications_edit
    BEFORE UPDATE OF title, body, type, priority, data ON notifications
    FOR EACH ROW WHEN (NEW.title <> OLD.title OR NEW.body <> OLD.body OR NEW.type <> OLD.type
        OR NEW.priority <> OLD.priority OR NEW.data IS DISTINCT FROM OLD.data)
    EXECUTE FUNCTION notification_edit();

CREATE TRIGGER notifications_edited
    -- Looks different now.
    AFTER UPDATE OF title, body, type, priority, data ON notifications
    FOR EACH ROW WHEN ((NEW.title <> OLD.title OR NEW.body <> OLD.body OR NEW.type <> OLD.type
            OR NEW.priority <> OLD.priority OR NEW.data IS DISTINCT FROM OLD.data)
        AND NEW.status IN ('pending', 'delivered', 'read'))
    EXECUTE FUNCTION notification_edited();

CREATE TRIGGER notifications_moved
    -- Given to another user: gone from one list, and in the other one. What is still pending is due,
    -- and is sent; whom it was sent to may still confirm it, and that must not count for the other.
    AFTER UPDATE OF user_id ON notifications
    FOR EACH ROW WHEN (NEW.user_id <> OLD.user_id)
    EXECUTE FUNCTION notification_moved();

CREATE TRIGGER notifications_deleted
    AFTER DELETE ON notifications
    FOR EACH ROW WHEN (OLD.status IN ('pending', 'delivered', 'read'))
    EXECUTE FUNCTION notification_deleted();

CREATE TRIGGER notifications_truncated
    -- As if each row were deleted.
    BEFORE TRUNCATE ON notifications
    FOR EACH STATEMENT EXECUTE FUNCTION notifications_truncated();

CREATE TRIGGER conversation_members_changed
    AFTER INSERT OR DELETE OR UPDATE OF conversation_id, user_id ON conversation_members
    FOR EACH ROW EXECUTE FUNCTION member_changed();

CREATE TRIGGER messages_in_order
    BEFORE INSERT ON messages
    FOR EACH ROW EXECUTE FUNCTION message_in_order();

CREATE TRIGGER revocations_replace
    -- A new one takes the place of the one before.
    BEFORE INSERT ON revocations
    FOR EACH ROW EXECUTE FUNCTION revocation_replace();

CREATE TRIGGER revocations_made
    AFTER INSERT OR UPDATE ON revocations
    FOR EACH ROW EXECUTE FUNCTION revocation_changed();

CREATE VIEW queue_summary AS
    SELECT status, count(*) AS count, min(created_at) AS oldest, max(created_at) AS newest
    FROM notifications
    GROUP BY status;
COMMENT ON VIEW queue_summary IS 'How many notifications there are with each status, and from when.';

CREATE VIEW queue_by_user AS
    SELECT user_id, count(*) FILTER (WHERE status = 'pending') AS pending,
        count(*) FILTER (WHERE status = 'delivered' OR (
            (deliver_after IS NULL OR deliver_after <= clock_timestamp())
            AND (expires_at IS NULL OR expires_at > clock_timestamp()))) AS unread,
        min(created_at) AS oldest
    FROM (
        SELECT user_id, status, created_at, deliver_after, expires_at FROM notifications
            WHERE status = 'pending' AND archived_at IS NULL
        UNION ALL SELECT user_id, status, created_at, deliver_after, expires_at FROM notifications
            WHERE status = 'delivered' AND archived_at IS NULL
    ) AS n
    GROUP BY user_id;
COMMENT ON VIEW queue_by_user IS 'Users with notifications that are not read yet: pending counts those that wait for any reason; unread counts those that the user''s badge shows.';

CREATE VIEW online_users AS
    SELECT p.user_id, sum(p.connections)::bigint AS connections, max(p.last_seen) AS last_seen
    FROM presence AS p JOIN gateways AS g ON g.instance = p.instance
    WHERE p.connections > 0 AND g.alive_at > clock_timestamp() - interval '15 seconds'
    GROUP BY p.user_id;
COMMENT ON VIEW online_users IS 'Who is connected now, on any gateway. For "send an e-mail instead?": SELECT 1 FROM belfry.online_users WHERE user_id = ''alice''';

CREATE VIEW queue_stuck AS
    SELECT id, user_id, type, title, priority, attempts, created_at, deliver_after, expires_at
    FROM notifications
    WHERE status = 'pending' AND archived_at IS NULL
        AND greatest(created_at, deliver_after) <= clock_timestamp() - interval '1 minute'
        AND (expires_at IS NULL OR expires_at > clock_timestamp())
        AND user_id IN (SELECT user_id FROM online_users);
COMMENT ON VIEW queue_stuck IS 'Notifications that should have been delivered: due for more than a minute, and the user is online. Usually empty, except for pages that do not confirm.';

CREATE VIEW undelivered AS
    SELECT id, user_id, type, title, body, data, priority, created_at, deliver_after, expires_at
    FROM notifications
    WHERE status = 'pending' AND archived_at IS NULL
        AND greatest(created_at, deliver_after) <= clock_timestamp() - interval '5 minutes'
        AND (expires_at IS NULL OR expires_at > clock_timestamp())
        AND NOT EXISTS (SELECT 1 FROM online_users AS o WHERE o.user_id = notifications.user_id);
COMMENT ON VIEW undelivered IS 'Candidates for an e-mail: due for more than five minutes, and the user is not online.';
