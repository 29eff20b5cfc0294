-- What the roles may do, behind schema_postgres_ddl.sql. None can log in: they are granted to roles that
-- can, as in GRANT belfry_publisher TO shop;

GRANT USAGE ON SCHEMA belfry TO belfry_gateway, belfry_publisher, belfry_publishing;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA belfry TO belfry_gateway;

GRANT SELECT ON notifications, broadcasts, conversations, conversation_members, messages, revocations,
    gateways, presence, queue_summary, queue_by_user, online_users, queue_stuck, undelivered
    TO belfry_publisher, belfry_publishing;
-- Not id and txid, which are not for a publisher to choose, nor what the gateways write.
GRANT INSERT (user_id, type, title, body, data, priority, status, created_at, deliver_after, expires_at,
        idempotency_key),
    UPDATE (title, body, type, priority, data, expires_at, status) ON notifications
    TO belfry_publisher, belfry_publishing;
GRANT INSERT (topic, event, data, created_at, expires_at) ON broadcasts TO belfry_publisher, belfry_publishing;
GRANT INSERT, UPDATE (title) ON conversations TO belfry_publisher, belfry_publishing;
GRANT INSERT, DELETE ON conversation_members TO belfry_publisher, belfry_publishing;
GRANT INSERT (conversation_id, sender_id, sender_name, content, metadata, client_ref, created_at)
    ON messages TO belfry_publisher, belfry_publishing;
GRANT INSERT, UPDATE (not_before, reason) ON revocations TO belfry_publisher, belfry_publishing;

-- belfry-auth waits a moment where the tokens of a user were revoked just now.
GRANT USAGE ON SCHEMA belfry TO belfry_auth;
GRANT SELECT (user_id, not_before) ON revocations TO belfry_auth;

-- belfry-publish also knows the keys of those who publish over HTTP, which is why its role is not the
-- applications'.
GRANT SELECT, UPDATE (last_used_at) ON publish_keys TO belfry_publishing;
GRANT SELECT, INSERT, UPDATE, DELETE ON publish_requests TO belfry_publishing;
