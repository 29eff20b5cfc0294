// Rings a user, from Node: a Next.js server action, a route, a job. With `npm install libsql`, or
// with better-sqlite3, which is called in the same way (then import that).
import Database from 'libsql';

let insert;

/** The notification's id. Numbers are bound as text: SQLite would store the user 42 as '42.0'. */
export function notify(userId, title, { body = '', data = null } = {}) {
  insert ??= new Database(process.env.BELFRY_DATABASE ?? '/var/lib/belfry/queue/belfry.db', { timeout: 5000 })
    .prepare('INSERT INTO notifications (user_id, title, body, data) VALUES (?, ?, ?, ?)');
  return insert.run(String(userId), title, body, data && JSON.stringify(data)).lastInsertRowid;
}
