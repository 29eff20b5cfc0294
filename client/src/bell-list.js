import { BellRow } from './bell-row.js';

/** If more rows than this go together, none is animated: nobody could follow that. */
const FOLLOWED = 8;

const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

/**
 * The rows of the bell's list, by the ids of their notifications. A row is kept as
 * long as its notification is shown, so that one change in a long list changes one row.
 *
 * In a row, the arrow keys move to the same control of the next row, and Delete archives.
 *
 * `act` and `word` are those of bell-row.js; `retreat()` takes the focus when no row is left.
 */
export class BellList {
  #list;
  #given;
  #rows = new Map();
  #isArchived = false;

  constructor(list, given) {
    this.#list = list;
    this.#given = given;
    list.addEventListener('keydown', (event) => this.#press(event));
  }

  /**
   * Shows the first `count` of these notifications. A row whose notification is not
   * among them any more collapses; if it had the focus, the row that takes its place gets it.
   */
  show(notifications, count, isArchived) {
    const focused = this.#focused();
    const wasFocused = this.#list.getRootNode().activeElement === this.#list;
    const before = this.#rows;
    if (isArchived !== this.#isArchived) this.clear();
    this.#isArchived = isArchived;
    this.#rows = new Map(notifications.slice(0, count).map((each) => [each.id, this.#row(each)]));
    this.#remove(before, new Set(notifications.map(({ id }) => id)));
    this.#place();
    if (focused && this.#rows.get(focused.id) !== focused.row) this.#refocus(focused, [...before.keys()]);
    else if (wasFocused && !this.#rows.size) this.#given.retreat();
  }

  /** Removes every row, without animation. */
  clear() {
    this.#rows = new Map();
    this.#list.replaceChildren();
  }

  #row(notification) {
    const row = this.#rows.get(notification.id) ?? new BellRow(notification.id, this.#given);
    row.show(notification, this.#isArchived);
    return row;
  }

  #remove(before, known) {
    const gone = [...before].filter(([id, row]) => this.#rows.get(id) !== row);
    const isFollowed = gone.length <= FOLLOWED;
    for (const [id, row] of gone) {
      if (isFollowed && row.element.isConnected && !known.has(id)) row.leave();
      else row.element.remove();
    }
  }

  /** Moves only rows that are in the wrong place: an element that is moved loses the focus. */
  #place() {
    let next = staying(this.#list.firstElementChild);
    for (const { element } of this.#rows.values()) {
      if (element === next) next = staying(next.nextElementSibling);
      else this.#list.insertBefore(element, next);
    }
  }

  #focused() {
    const { activeElement } = this.#list.getRootNode();
    if (activeElement === this.#list || !this.#list.contains(activeElement)) return null;
    const [id, row] = [...this.#rows].find(([, { element }]) => element.contains(activeElement)) ?? [];
    return row && { id, row, kind: row.focused };
  }

  /** Focuses the row that was below, or else the one that was above. */
  #refocus({ id, kind }, ids) {
    const at = ids.indexOf(id);
    const near = [...ids.slice(at + 1), ...ids.slice(0, at).reverse()];
    const next = near.find((each) => this.#rows.has(each)) ?? this.#rows.keys().next().value;
    if (next === undefined) this.#given.retreat();
    else this.#rows.get(next).focus(kind);
  }

  #press(event) {
    const focused = this.#focused();
    if (!focused || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const step = STEPS[event.key];
    if (step) {
      const rows = [...this.#rows.values()];
      const to = Math.min(Math.max(rows.indexOf(focused.row) + step, 0), rows.length - 1);
      rows[to].focus(focused.kind);
    } else if (event.key === 'Delete' && !this.#isArchived) this.#given.act('archive', focused.id);
    else return;
    event.preventDefault();
  }
}

/** This row, or the first one after it that is not collapsing. */
function staying(row) {
  while (row?.inert) row = row.nextElementSibling;
  return row;
}
