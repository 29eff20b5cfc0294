import { compareIds, idAfter, SeenIds } from './ids.js';
import { Since } from './since.js';

/** Notifications pushed on a new connection may cross the list that was requested meanwhile. */
const SETTLED = 5_000;
/** The newest are enough for a list; older ones can be requested. */
const LIMIT = 500;
/** Archived rows that are remembered, so that they reappear at once when they are put back. */
const REMEMBERED = 500;
/** The floor of a list that reaches the oldest row. */
const BOTTOM = '0';
/** How many more rows a page that checks the list asks for than are to be checked, since others came meanwhile. */
const SPARE = 20;
const PAGE = 100;
/** A row whose other members have changed still reads the same. */
const CONTENT = ['title', 'body', 'type', 'priority', 'data'];
/** Members in which two copies of an unchanged row may differ: `read` says what `status` does. */
const PASSING = new Set(['replayed', 'status']);

/**
 * The user's notifications that this page knows: newest first, each once, each with
 * `read`. The list is replaced and never changed in place, so that a changed list
 * is a different array, and a row that did not change is the same object.
 *
 * `#rows` is what the gateway has told. The page's own changes (`begin`) are laid over
 * it until the gateway has answered: nothing that it tells meanwhile undoes them, and
 * one that is refused leaves no trace.
 *
 * From the id `#floor` on, the list has every row of the user that is not archived.
 * Below it there are gaps: some rows are known only because they are unread.
 *
 * Calls `onChange()` after each change.
 */
export class Inbox {
  /** What each kind of the page's own changes makes of the list. */
  static #laidOver = {
    read: (inbox, rows, ids) => inbox.#marked(rows, ids, true),
    unread: (inbox, rows, ids) => inbox.#marked(rows, ids, false),
    archive: (_, rows, ids) => rows.filter(({ id }) => !ids.has(id)),
    unarchive: (inbox, rows, ids) => placed(rows, inbox.#returning(ids)),
  };

  #onChange;
  #owner;
  #rows = [];
  #byId = new Map();
  #changes = new Set();
  /** For each list that was requested, what was told since. */
  #requests = new Set();
  #floor;
  /** Ids known from an earlier connection, and not confirmed on this one. */
  #stale = new Set();
  /** Archived rows by id; null for one that the page wants back without having seen it. */
  #away = new Map();
  /** Ids that were pushed. */
  #pushed = new SeenIds();
  /** Ids of those read since they arrived: one that arrives again is unread again. */
  #read = new SeenIds();
  /** Ids of those that a list said were read. */
  #listedRead = new SeenIds();
  #openedAt = 0;
  #toldMore = true;
  /** By row: the same, but read instead of unread or the other way round. */
  #twins = new WeakMap();
  list = [];

  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** A new connection. For another queue or another user, the ids known mean nothing. */
  open(queue, userId) {
    const owner = `${queue} ${userId}`;
    if (this.#owner !== undefined && this.#owner !== owner) this.clear();
    this.#owner = owner;
    this.#openedAt = Date.now();
    this.doubt();
  }

  clear() {
    for (const each of [this.#pushed, this.#read, this.#listedRead, this.#stale, this.#away, this.#changes, this.#requests]) {
      each.clear();
    }
    this.#floor = undefined;
    this.#byId.clear();
    this.#hold([]);
  }

  /** Anything may have changed unheard: all rows are to be checked (`unchecked`). */
  doubt() {
    this.#stale = new Set(this.#byId.keys());
    this.#floor ??= this.#rows[0]?.id;
  }

  /** Whether there are older rows to list. */
  get hasMore() {
    return this.#floor !== BOTTOM && this.#rows.length < LIMIT;
  }

  /** The range of the next page below what is listed without a gap. */
  get older() {
    return this.#floor === undefined ? {} : { before: this.#floor };
  }

  get unreadIds() {
    return this.list.filter((item) => !item.read).map((item) => item.id);
  }

  /** A row was pushed. Returns the event that tells the page of it: `notification`, `update`, or null for none. */
  arrive(notification) {
    const { id } = notification;
    const isKnown = this.#byId.has(id);
    const isNew = this.#pushed.add(id);
    const isAgain = this.#wasRead(id);
    const isChanged = this.update(notification);
    if (isNew || isAgain) return 'notification';
    return isKnown && isChanged ? 'update' : null;
  }

  /** The row as it is now. Returns whether it reads differently than this page knew. */
  update(notification) {
    const row = listed(notification);
    const known = this.#byId.get(row.id);
    this.#know(row.id, row.read);
    this.#tell(new Map([[row.id, row]]));
    return !known || !isAlike(known, row);
  }

  remove(ids, reason) {
    for (const id of ids) this.#putAway(id, reason);
    this.#tell(new Map(ids.map((id) => [id, null])));
  }

  /** These were read, or set back to unread, elsewhere. */
  mark(ids, read) {
    const marked = new Map();
    for (const id of ids) {
      this.#know(id, read);
      for (const since of this.#requests) since.mark(id, read);
      if (this.#byId.has(id)) marked.set(id, this.#as(this.#byId.get(id), read));
    }
    this.#change(marked);
  }

  /**
   * Shows a change of the page's own at once: `read`, `unread`, `archive` or
   * `unarchive`. What it returns is for `commit` or `undo`; its `unread` is how many
   * more rows of the list are unread by it, or less than 0.
   */
  begin(kind, ids) {
    const change = { kind, ids: new Set(ids) };
    const before = this.#unreadOf(change.ids);
    if (kind === 'unarchive') for (const id of ids) this.#expect(id);
    this.#changes.add(change);
    this.#show();
    change.unread = this.#unreadOf(change.ids) - before;
    return change;
  }

  /** The gateway has agreed; `isWhole`: it has changed every row that was named. */
  commit(change, isWhole) {
    if (!this.#changes.delete(change)) return;
    const ids = [...change.ids];
    if (change.kind === 'archive') this.remove(ids, 'archived');
    else if (change.kind !== 'unarchive') this.mark(ids, change.kind === 'read');
    // The gateway tells these rows itself, but later: until then they would be missing.
    else if (isWhole) this.#tell(new Map(this.#returning(change.ids).map((row) => [row.id, row])));
    this.#show();
  }

  undo(change) {
    if (this.#changes.delete(change)) this.#show();
  }

  /** To be called when a list is requested. */
  request() {
    const since = new Since((row, read) => this.#as(row, read));
    this.#requests.add(since);
    return since;
  }

  /** The request has failed. */
  abandon(since) {
    this.#requests.delete(since);
  }

  /**
   * The answer to a request for `range`. A row of the list that the page should have
   * and has not is gone, unless it was told since the request. Returns `{changed, gone,
   * reach}`: rows that read differently, ids of those gone, and the id down to which
   * the page goes. `isCheck`: older rows that the list does not have are not added.
   */
  take(since, { notifications, hasMore }, range, isCheck = false) {
    if (!this.#requests.delete(since)) return { changed: [], gone: [] };
    const reach = hasMore ? notifications.at(-1)?.id : BOTTOM;
    const isWhole = !range.unread && !range.type && reach !== undefined;
    const rows = new Map(notifications.map((item) => [item.id, listed(item)]));
    if (isWhole) this.#miss(rows, reach, range.before);
    if (isWhole && !isCheck) this.#lower(reach, range.before);
    return { ...this.#settle(since, rows, isCheck), reach };
  }

  /** Remembers rows of a list of archived ones, which have no place in this list. */
  recall(notifications) {
    for (const item of notifications) this.#remember(item.id, listed(item));
  }

  /** The range of the next page that checks the list, after one that went down to `reach`; null once all is checked. */
  unchecked(reach) {
    if (this.#floor === undefined || reach === BOTTOM) return null;
    const limit = Math.min(PAGE, this.#stale.size + SPARE);
    if (reach === undefined) return { limit };
    if (compareIds(reach, this.#floor) > 0) return { limit, before: reach };
    const next = this.#rows.find(({ id }) => this.#stale.has(id) && compareIds(id, reach) < 0);
    return next ? { limit, before: idAfter(next.id) } : null;
  }

  /** Drops rows that could not be checked, since they may be gone. They can be listed again. */
  forget(reach) {
    if (this.#floor !== undefined && reach && compareIds(reach, this.#floor) > 0) this.#floor = reach;
    this.#change(new Map([...this.#stale].map((id) => [id, null])));
    this.#stale.clear();
  }

  /** Adds to the page, as null, the rows of the list that it should have and has not. */
  #miss(rows, reach, before) {
    for (const { id } of this.#rows) {
      const isWithin = compareIds(id, reach) >= 0 && (before === undefined || compareIds(id, before) < 0);
      if (isWithin && !rows.has(id)) rows.set(id, null);
    }
  }

  /** Lowers the floor to the end of a page that continues the list without a gap. */
  #lower(reach, before) {
    if (before !== undefined && (this.#floor === undefined || compareIds(before, this.#floor) < 0)) return;
    if (this.#floor === undefined || compareIds(reach, this.#floor) < 0) this.#floor = reach;
  }

  #settle(since, rows, isCheck) {
    const [news, changed, gone] = [new Map(), [], []];
    for (const [id, answered] of rows) {
      const known = this.#byId.get(id);
      const row = since.settle(id, answered);
      this.#stale.delete(id);
      if (row) this.#learn(id, row.read, known);
      if (row ? !known && isCheck && !this.#covers(id) : !known) continue;
      if (row && known && isSame(known, row)) continue;
      news.set(id, row);
      this.#away.delete(id);
      if (!row) gone.push(id);
      else if (known && !isAlike(known, row)) changed.push(row);
    }
    for (const id of gone) this.#putAway(id, 'gone');
    this.#change(news);
    return { changed, gone };
  }

  /** What the gateway says by itself: each row as it is now, or null where it is gone. */
  #tell(news) {
    const wanted = new Map();
    for (const [id, row] of news) {
      for (const since of this.#requests) since.row(id, row);
      if (!row || this.#byId.has(id) || !row.read || this.#covers(id)) wanted.set(id, row);
      this.#stale.delete(id);
      if (row) this.#away.delete(id);
    }
    this.#change(wanted);
  }

  /** Whether the list has a gap as long as it lacks the row of this id. */
  #covers(id) {
    return this.#away.has(id) || (this.#floor !== undefined && compareIds(id, this.#floor) >= 0);
  }

  /** By id: the row, or null to take it out. */
  #change(news) {
    const added = [];
    const changed = new Map();
    for (const [id, row] of news) {
      const known = this.#byId.get(id);
      if (row ? known && isSame(known, row) : !known) continue;
      if (known) changed.set(id, row);
      else added.push(row);
      if (row) this.#byId.set(id, row);
      else this.#byId.delete(id);
    }
    let rows = this.#rows;
    if (changed.size) rows = rows.map((row) => (changed.has(row.id) ? changed.get(row.id) : row)).filter(Boolean);
    this.#hold(added.length ? placed(rows, added) : rows);
  }

  #hold(rows) {
    this.#rows = rows.length > LIMIT ? this.#cut(rows) : rows;
    this.#show();
  }

  #cut(rows) {
    for (const { id } of rows.slice(LIMIT)) this.#byId.delete(id);
    const { id } = rows[LIMIT - 1];
    if (this.#floor !== undefined && compareIds(this.#floor, id) < 0) this.#floor = id;
    return rows.slice(0, LIMIT);
  }

  #show() {
    let list = this.#rows;
    for (const { kind, ids } of this.#changes) list = Inbox.#laidOver[kind](this, list, ids);
    const { hasMore } = this;
    const isSameList = list.length === this.list.length && list.every((row, at) => row === this.list[at]);
    if (isSameList && hasMore === this.#toldMore) return;
    this.#toldMore = hasMore;
    if (!isSameList) this.list = list;
    this.#onChange();
  }

  #marked(rows, ids, read) {
    return rows.map((row) => (ids.has(row.id) ? this.#as(row, read) : row));
  }

  /** The row, read or unread: the same object each time, so that what did not change is not shown again. */
  #as(row, read) {
    if (row.read === read) return row;
    if (!this.#twins.has(row)) {
      const { readAt = null } = row;
      this.#twins.set(row, { ...row, read, status: read ? 'read' : 'delivered', readAt: read ? readAt : null });
    }
    return this.#twins.get(row);
  }

  /** Those of these rows that were archived and are remembered. */
  #returning(ids) {
    const rows = [...ids].map((id) => this.#away.get(id));
    return rows.filter((row) => row && !this.#byId.has(row.id));
  }

  #putAway(id, reason) {
    const row = this.#byId.get(id);
    if (reason !== 'archived' && reason !== 'gone') this.#away.delete(id);
    else if (row) this.#remember(id, this.#as(row, true));
    this.#pushed.delete(id);
    this.#know(id, false);
  }

  #remember(id, row) {
    this.#away.delete(id);
    this.#away.set(id, row && { ...row, archivedAt: null });
    if (this.#away.size > REMEMBERED) this.#away.delete(this.#away.keys().next().value);
  }

  /** The page wants this row back, even if it has never had it. */
  #expect(id) {
    if (!this.#away.has(id)) this.#remember(id, null);
  }

  #unreadOf(ids) {
    return this.list.filter(({ id, read }) => !read && ids.has(id)).length;
  }

  #know(id, read) {
    if (read) this.#read.add(id);
    else this.#read.delete(id);
    this.#listedRead.delete(id);
  }

  #learn(id, read, known) {
    this.#know(id, read && known?.read !== false);
    if (read && known && !known.read) this.#listedRead.add(id);
  }

  #wasRead(id) {
    const listedRead = this.#listedRead.delete(id) && Date.now() - this.#openedAt > SETTLED;
    return this.#read.delete(id) || listedRead;
  }
}

function newestFirst(a, b) {
  return compareIds(b.id, a.id);
}

/** The rows with these added, each in its place. Searches from the front, since most are newer than all others. */
function placed(rows, added) {
  const list = [...rows];
  let at = 0;
  for (const row of [...added].sort(newestFirst)) {
    while (at < list.length && newestFirst(list[at], row) < 0) at++;
    list.splice(at, 0, row);
  }
  return list;
}

function isEqual(a, b) {
  return a === b || JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** Whether they read alike. */
function isAlike(a, b) {
  return CONTENT.every((name) => isEqual(a[name], b[name]));
}

/** Whether nothing about the row has changed. One that was pushed lacks what is null in a list. */
function isSame(a, b) {
  return Object.keys({ ...a, ...b }).every((name) => PASSING.has(name) || isEqual(a[name], b[name]));
}

/**
 * Rows of a list have a `status`; one that is pushed is unread. `readAt` does not count: who sets a
 * row back need not clear it.
 */
export function listed(item) {
  const { status = 'delivered' } = item;
  return { ...item, status, read: status === 'read' };
}
