-- The sessions: what sessions.db holds, for applications that have no session store of their own.

CREATE TABLE users (
    -- Who may sign in, in the shape of Auth.js' adapters, and their role.

    id TEXT NOT NULL PRIMARY KEY -- what notifications.user_id of the queue names
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

    role TEXT -- of the token, and of the topic role:ROLE
        CONSTRAINT "role must be 1 to 64 octets long"
        CHECK (length(CAST(role AS BLOB)) BETWEEN 1 AND 64)
) STRICT;

CREATE TABLE sessions (
    -- Who is signed in, and until when. Whoever knows a sessionToken is that user: only programs
    -- that make sessions, belfry-auth and the gateway may read this file. Delete a row and it is a
    -- logout: connections that came by it close within seconds.

    sessionToken TEXT NOT NULL PRIMARY KEY -- what the browser's cookie holds: at random, 256 bits
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
