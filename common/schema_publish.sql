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
