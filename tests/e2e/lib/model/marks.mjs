// What people do with notifications on their pages: they read them, put them back to
// unread, archive them and take them out of the archive, and look at the list. The
// page shows what it did once the gateway has acknowledged it.

import { Rows } from './rows.mjs';

const MARKED_MAX = 5;
const NEWEST = 40;

export class Marks {
  #wrong = [];

  constructor(world) {
    this.world = world;
    this.rows = world.area(Rows);
    this.actions = [
      [3, () => this.#mark('notification:mark_read', true, (shown, ids) => shown.mark(ids, true))],
      [3, () => this.#mark('notification:mark_unread', false, (shown, ids) => shown.mark(ids, false))],
      [3, () => this.#mark('notification:archive', true, (shown, ids) => shown.remove(ids))],
      [3, () => this.#unarchive()],
      [1, () => this.#readAll()],
      [2, () => this.#see()],
    ];
  }

  meet(connection) {
    connection.takesSeen = connection.seen;
  }

  #someTab() {
    return this.world.someTab((each) => each.shown.items.size > 0);
  }

  #pick(from) {
    const { random } = this.world;
    return Array.from({ length: 1 + random.below(MARKED_MAX) }, () => String(random.pick(from)));
  }

  #mark(event, reads, show) {
    const tab = this.#someTab();
    if (!tab) return;
    const ids = this.#pick(tab.shown.newest(NEWEST));
    this.world.run(this.#ask(tab, event, { ids }, reads ? ids : [], () => show(tab.shown, ids)));
  }

  /** Rows that are archived, among others; they come back by an event. */
  #unarchive() {
    const tab = this.#someTab();
    const recent = tab && this.rows.recent(tab.user);
    if (!recent?.length) return;
    const ids = this.#pick(recent);
    for (const id of ids) this.rows.get(id).doubt();
    this.world.run(this.#ask(tab, 'notification:unarchive', { ids }, []));
  }

  #readAll() {
    const tab = this.#someTab();
    const share = this.world.random.below(100) / 100;
    if (!tab) return;
    const ids = tab.shown.newest(Infinity);
    const upTo = ids[Math.floor(ids.length * share)];
    const read = this.rows.ids(tab.user).filter((id) => Number(id) <= upTo);
    this.world.run(this.#ask(tab, 'notification:mark_all_read', { upTo: String(upTo) }, read, () => tab.shown.markUpTo(upTo, true)));
  }

  /** From now on the connection is told what is unseen. */
  #see() {
    const tab = this.world.someTab();
    if (!tab) return;
    tab.connection.takesSeen = true;
    this.world.run(this.#ask(tab, 'notification:mark_seen', undefined, []));
  }

  /** Rows that are read are owed to nobody; while marking is under way, that is uncertain. */
  async #ask(tab, event, data, reads, show = () => {}) {
    const rows = reads.map((id) => this.rows.get(id)).filter(Boolean);
    const { connection } = tab;
    const ids = data?.ids ?? reads;
    // A page that takes nothing for a while is told how the row is, whatever it was that changed.
    for (const id of ids) this.rows.get(id)?.change();
    for (const row of rows) {
      row.settle();
      row.marksUnderWay++;
    }
    this.rows.tell(ids, `${event} at connection ${connection.number}`);
    const answer = await connection.ask(event, data);
    this.rows.tell(ids, `answered at connection ${connection.number}`);
    for (const row of rows) row.marksUnderWay--;
    if (answer?.ok) show();
    else if (answer) this.#wrong.push(`${event} was answered ${JSON.stringify(answer)}`);
  }

  missing() {
    return [];
  }

  wrong() {
    return this.#wrong;
  }
}
