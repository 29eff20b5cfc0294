/**
 * The gateway's table of one user, as `notification:list` shows it. `time` orders the
 * test's changes: a list is read at the time it is asked for, not when it is answered.
 */
export class Table {
  rows = new Map();
  #lastId = 0;

  /** Inserts a row; returns what is pushed of it. */
  insert(more = {}) {
    const id = String(++this.#lastId);
    const row = { id, type: 'system', title: `title ${id}`, body: '', timestamp: 't', priority: 'normal', data: {}, ...more };
    this.rows.set(id, { ...row, status: 'delivered', readAt: null });
    return row;
  }

  /** The row as an update tells it. */
  get(id) {
    return { ...this.rows.get(String(id)) };
  }

  set(id, change) {
    this.rows.set(String(id), { ...this.get(id), ...change });
    return this.get(id);
  }

  read(id, read = true) {
    return this.set(id, read ? { status: 'read', readAt: 'now' } : { status: 'delivered', readAt: null });
  }

  delete(id) {
    this.rows.delete(String(id));
  }

  /** The answer to `notification:list`. */
  list({ limit = 50, before, unread, archived = false, type } = {}) {
    const shown = [...this.rows.values()]
      .filter((row) => Boolean(row.archivedAt) === archived && (!unread || row.status !== 'read') && (!type || row.type === type))
      .filter(({ id }) => !before || Number(id) < Number(before))
      .sort((a, b) => b.id - a.id);
    return { ok: true, notifications: shown.slice(0, limit).map((row) => ({ ...row })), hasMore: shown.length > limit };
  }
}

/** Answers every list that `socket` was asked for and has not answered, also those that follow. */
export async function answerLists(socket, table, clock) {
  for (let frame; (frame = unanswered(socket)); ) {
    socket.onmessage({ data: JSON.stringify({ ack: frame.id, data: table.list(frame.data) }) });
    await clock.advance(0);
  }
}

function unanswered(socket) {
  socket.answered ??= new Set();
  const frame = socket.sent.find(({ event, id }) => event === 'notification:list' && !socket.answered.has(id));
  if (frame) socket.answered.add(frame.id);
  return frame;
}
