-- The sessions: what sessions.db holds, for applications without a session store of their own.

CREATE TABLE users (
    -- Who may sign in, with the columns of Auth.js' adapters, and a role.

    id TEXT NOT NULL PRIMARY KEY -- what the queue has in notifications.user_id
        CONSTRAINT "id must be 1 to 255 octets long"
        CHECK (length(CAST(id AS BLOB)) BETWEEN 1 AND 255),

    name TEXT
        CONSTRAINT "name must be at most 1024 octets long"
        CHECK (length(CAST(name AS BLOB)) <= 1024),

    email TEXT UNIQUE
        CONSTRAINT "email must be at most 320 octets long"
        CHECK (length(CAST(email AS BLOB)) <= 320),

    emailVerified TEXT
        CONSTRAINT "emailVerified must look like 2026-11-22T19:19:00.123Z"
        CHECK (emailVerified IS strftime('%Y-%m-%dT%H:%M:%fZ', emailVerified, '+0 days')),

    image TEXT,

    role TEXT -- goes into tokens, and allows the topic role:ROLE
        CONSTRAINT "role must be 1 to 64 octets long"
        CHECK (length(CAST(role AS BLOB)) BETWEEN 1 AND 64)
) STRICT;

CREATE TABLE sessions (
    -- Who is signed in, and until when. Whoever knows a sessionToken can act as that user: only
    -- programs that create sessions, belfry-auth and the gateway may read this file. To log a user
    -- out, delete the row: connections made with it are closed within seconds.

    sessionToken TEXT NOT NULL PRIMARY KEY -- the value of the browser's cookie: 256 random bits
        CONSTRAINT "sessionToken must be 1 to 1024 octets long"
        CHECK (length(CAST(sessionToken AS BLOB)) BETWEEN 1 AND 1024),

    userId TEXT NOT NULL -- users.id
        CONSTRAINT "userId must be 1 to 255 octets long"
        CHECK (length(CAST(userId AS BLOB)) BETWEEN 1 AND 255),

    expires TEXT NOT NULL
        CONSTRAINT "expires must look like 2026-11-22T19:19:00.123Z"
        CHECK (expires IS strftime('%Y-%m-%dT%H:%M:%fZ', expires, '+0 days'))
) STRICT;

CREATE INDEX sessions_of_user ON sessions (userId);
CREATE INDEX sessions_expiring ON sessions (expires);
