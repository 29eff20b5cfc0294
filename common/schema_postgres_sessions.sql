-- The sessions in PostgreSQL: what `belfry init --sessions` makes there, as the role belfry_owner, in
-- the schema belfry_sessions. The tables and columns are those of schema_sessions.sql; names of
-- constraints are what an administrator is told.

CREATE TABLE users (
    id text COLLATE "C" NOT NULL
        CONSTRAINT "there is a user of this id already" PRIMARY KEY
        CONSTRAINT "id must be 1 to 255 octets long"
        CHECK (octet_length(id) BETWEEN 1 AND 255),
    name text
        CONSTRAINT "name must be at most 1024 octets long"
        CHECK (octet_length(name) <= 1024),
    email text
        CONSTRAINT "another user has this e-mail address" UNIQUE
        CONSTRAINT "email must be at most 320 octets long"
        CHECK (octet_length(email) <= 320),
    "emailVerified" timestamptz(3),
    image text,
    role text
        CONSTRAINT "role must be 1 to 64 octets long"
        CHECK (octet_length(role) BETWEEN 1 AND 64)
);
COMMENT ON TABLE users IS 'Who may sign in, with the columns of Auth.js'' adapters, and a role.';
COMMENT ON COLUMN users.id IS 'what the queue has in notifications.user_id';
COMMENT ON COLUMN users.role IS 'goes into tokens, and allows the topic role:ROLE';

CREATE TABLE sessions (
    "sessionToken" text COLLATE "C" NOT NULL
        CONSTRAINT "there is a session of this token already" PRIMARY KEY
        CONSTRAINT "sessionToken must be 1 to 1024 octets long"
        CHECK (octet_length("sessionToken") BETWEEN 1 AND 1024),
    "userId" text COLLATE "C" NOT NULL
        CONSTRAINT "userId must be 1 to 255 octets long"
        CHECK (octet_length("userId") BETWEEN 1 AND 255),
    expires timestamptz(3) NOT NULL
        CONSTRAINT "expires must be between the years 1 and 9999"
        CHECK (expires >= '0001-01-01 00:00:00+00' AND expires <= '9999-12-31 23:59:59.999+00'),
    id bigint GENERATED ALWAYS AS IDENTITY
        CONSTRAINT "there is a session of this id already" UNIQUE
);
COMMENT ON TABLE sessions IS 'Who is signed in, and until when. Whoever knows a sessionToken can act as that user.
To log a user out, delete the row: connections made with it are closed within a second.';
COMMENT ON COLUMN sessions."sessionToken" IS 'the value of the browser''s cookie: 256 random bits';
COMMENT ON COLUMN sessions."userId" IS 'users.id';
COMMENT ON COLUMN sessions.id IS 'for belfry session list';
CREATE INDEX sessions_of_user ON sessions ("userId");
CREATE INDEX sessions_expiring ON sessions (expires);

-- A gateway looks sessions up every session_check, and at once when it is told of a logout.
CREATE FUNCTION tell_of_logout() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_notify('belfry_sessions', '');
    RETURN NULL;
END $$;
CREATE TRIGGER sessions_ended AFTER DELETE ON sessions
    FOR EACH STATEMENT EXECUTE FUNCTION tell_of_logout();
CREATE TRIGGER users_removed AFTER DELETE ON users
    FOR EACH STATEMENT EXECUTE FUNCTION tell_of_logout();
