// The words of SQL in which the engines differ, for tests that run on each: from a file,
// with one gateway, and with BELFRY_TEST_ENGINE=postgresql in PostgreSQL, with two
// gateways behind nginx.

export const ON_POSTGRES = process.env.BELFRY_TEST_ENGINE === 'postgresql';

export const FILE_DIALECT = {
  /** Now, or with an offset such as '+1 minute'. */
  now: (offset = '+0 seconds') => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '${offset}')`,
  minutesAgo: (expression) => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || ${expression} || ' minutes')`,
  /** A JSON array of these expressions. */
  jsonArray: (...values) => `json_array(${values.join(', ')})`,
  /** A JSON object of a name, an expression, and so on. */
  jsonObject: (...values) => `json_object(${values.join(', ')})`,
  /** A new row, in place of the one of the user that has this key. */
  replaceByKey: (user, key, title) => `REPLACE INTO notifications (user_id, title, idempotency_key) VALUES ('${user}', '${title}', '${key}')`,
  /** Begins a transaction that will write. */
  begin: 'BEGIN IMMEDIATE',
  /** The highest id that a message has had so far. */
  lastMessage: "SELECT coalesce(max(seq), 0) AS boundary FROM sqlite_sequence WHERE name = 'messages'",
};

export const POSTGRES_DIALECT = {
  now: (offset = '+0 seconds') => `(clock_timestamp() + interval '${offset}')`,
  minutesAgo: (expression) => `clock_timestamp() - ${expression} * interval '1 minute'`,
  jsonArray: (...values) => `jsonb_build_array(${values.join(', ')})`,
  jsonObject: (...values) => `jsonb_build_object(${values.join(', ')})`,
  replaceByKey: (user, key, title) => `DELETE FROM notifications WHERE user_id = '${user}' AND idempotency_key = '${key}';
    INSERT INTO notifications (user_id, title, idempotency_key) VALUES ('${user}', '${title}', '${key}')`,
  begin: 'BEGIN',
  lastMessage: 'SELECT coalesce(max(id), 0) AS boundary FROM messages',
  /** What keeps everybody else from writing to a table while a transaction is open. */
  lock: (table) => `LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE;`,
};
