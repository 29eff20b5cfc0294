import { Table } from './table.mjs';

/**
 * A gateway with one user and one connection, as PROTOCOL tells of notifications, that
 * does everything late: frames wait on both ways until the test lets one through, and
 * what SQL changes is told some time afterwards, as it then is.
 */
export class FakeGateway {
  table = new Table();
  #socket = null;
  /** Frames that have not arrived: at the gateway, at the page. */
  #toGateway = [];
  #toPage = [];
  #taken = 0;
  /** Rows whose change is still to be told: updated, removed, read. */
  #changes = new Map();
  /** By frame id: rows that the page has not confirmed. */
  #inFlight = new Map();
  #lastFrame = 0;

  connect(socket) {
    this.#socket = socket;
    [this.#toGateway, this.#toPage, this.#taken] = [[], [], 0];
    this.#inFlight.clear();
    this.#changes.clear();
    socket.accept();
    socket.receive('pong', {});
    this.#count();
    for (const row of this.table.rows.values()) if (row.status === 'pending' && !row.archivedAt) this.#push(row);
  }

  disconnect() {
    this.#socket.end();
    this.#socket = null;
  }

  get isConnected() {
    return this.#socket !== null;
  }

  /** What an application does in SQL. */
  insert() {
    const { id } = this.table.insert();
    this.#push(this.table.set(id, { status: 'pending' }));
    this.#count();
  }

  setTitle(id, title) {
    if (!id) return;
    this.table.set(id, { title, updatedAt: 't' });
    this.#changes.set(id, 'updated');
  }

  delete(id) {
    this.table.delete(id);
    this.#changes.set(id, 'removed');
  }

  setArchived(id, archived) {
    this.table.set(id, { archivedAt: archived ? 't' : null });
    this.#changes.set(id, 'updated');
  }

  setRead(id, read) {
    this.table.read(id, read);
    if (!this.#changes.has(id)) this.#changes.set(id, 'marked');
  }

  setBack(id) {
    this.#push(this.table.set(id, { status: 'pending', readAt: null }));
    this.#count();
  }

  /** Tells of the changes so far, each row as it is now. */
  tell() {
    if (!this.#changes.size) return;
    for (const [id, change] of this.#changes) this.#toldOf(id, change);
    this.#changes.clear();
    this.#count();
  }

  #toldOf(id, change) {
    const row = this.table.rows.get(id);
    if (!row || row.archivedAt) this.#say('notification:remove', { ids: [id], reason: row ? 'archived' : 'deleted' });
    else if (change === 'marked' && row.status !== 'pending') this.#say(row.status === 'read' ? 'notification:read' : 'notification:unread', { ids: [id] });
    else this.#say('notification:update', { ...row });
  }

  /** Lets the next frame from the page arrive. */
  hear() {
    if (!this.#socket) return;
    this.#toGateway.push(...this.#socket.sent.slice(this.#taken));
    this.#taken = this.#socket.sent.length;
    const frame = this.#toGateway.shift();
    if (frame) this.#take(frame);
  }

  /** Lets the next frame to the page arrive. */
  reach() {
    const frame = this.#toPage.shift();
    if (frame && this.#socket) this.#socket.hear(frame);
  }

  get isQuiet() {
    return !this.#toPage.length && !this.#toGateway.length && !(this.#socket?.sent.length > this.#taken) && !this.#changes.size;
  }

  #take({ event, data, id, ack }) {
    if (ack !== undefined) return this.#confirm(ack);
    const answer = this.#handlers[event]?.(data);
    if (id !== undefined) this.#toPage.push({ ack: id, data: answer ?? { ok: true } });
  }

  #handlers = {
    ping: () => this.#say('pong', {}),
    'notification:list': (range) => this.table.list(range),
    'notification:mark_read': ({ ids }) => this.#mark(ids, (row) => row.status !== 'read', (id) => this.table.read(id)),
    'notification:mark_unread': ({ ids }) => this.#mark(ids, (row) => row.status === 'read', (id) => this.table.read(id, false)),
    'notification:archive': ({ ids }) =>
      this.#mark(ids, (row) => !row.archivedAt, (id) => this.table.set(id, { archivedAt: 't', status: 'read', readAt: 'now' })),
    'notification:unarchive': ({ ids }) =>
      this.#mark(ids, (row) => row.archivedAt, (id) => {
        this.table.set(id, { archivedAt: null });
        this.#changes.set(id, 'updated');
      }),
  };

  /** Every fifth is refused. */
  #mark(ids, fits, change) {
    if (++this.#marks % 5 === 0) return { ok: false, code: 'busy', message: 'Later' };
    const marked = ids.filter((id) => this.table.rows.has(id) && fits(this.table.get(id)));
    for (const id of marked) change(id);
    this.#count();
    return { ok: true, marked: marked.length, unread: this.unread };
  }
  #marks = 0;

  #confirm(frame) {
    const id = this.#inFlight.get(frame);
    this.#inFlight.delete(frame);
    if (this.table.rows.get(id)?.status === 'pending') this.table.set(id, { status: 'delivered' });
  }

  #push({ status, readAt, ...row }) {
    if (!this.#socket) return;
    const id = ++this.#lastFrame;
    this.#inFlight.set(id, row.id);
    this.#say('notification', row, id);
  }

  get unread() {
    return [...this.table.rows.values()].filter((row) => row.status !== 'read' && !row.archivedAt).length;
  }

  #count() {
    this.#say('notification:unread_count', this.unread);
  }

  #say(event, data, id) {
    if (this.#socket) this.#toPage.push({ event, data, id });
  }
}
