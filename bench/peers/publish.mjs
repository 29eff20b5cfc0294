// What a web application would use instead of belfry-publish: a route of Express that
// inserts with better-sqlite3, one transaction a request. It checks the key and that
// there is a user and a title, and nothing else.

import { createHash, timingSafeEqual } from 'node:crypto';
import Database from 'better-sqlite3';
import express from 'express';

const [file, key] = process.argv.slice(2);
const hash = (text) => createHash('sha256').update(text).digest();
const expected = hash(`Bearer ${key}`);

const database = new Database(file, { timeout: 5000 });
database.pragma('journal_mode = wal');
database.pragma('synchronous = full');
const insert = database.prepare('INSERT INTO notifications (user_id, title, body, data) VALUES (@user, @title, @body, @data)');
const insertAll = database.transaction((notifications) =>
  notifications.map(({ user, title, body = '', data }) => {
    if (typeof user !== 'string' || typeof title !== 'string') throw new Error('user and title are needed');
    return String(insert.run({ user, title, body, data: data ? JSON.stringify(data) : null }).lastInsertRowid);
  }),
);

const app = express();
app.use(express.json({ limit: '1mb' }));
app.post('/api/belfry/notifications', (request, response) => {
  if (!timingSafeEqual(hash(request.get('authorization') ?? ''), expected)) return response.status(401).json({ error: 'Unauthorized' });
  try {
    return response.json({ ids: insertAll(request.body) });
  } catch (error) {
    return response.status(400).json({ error: error.message });
  }
});
process.on('SIGTERM', () => process.exit(0));
const server = app.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`));
