// The world of the model: users with their tabs, which come and go, and a gateway
// that is killed or restarted now and then. What tabs do, and should receive, is
// defined by areas, each with a table of actions and a check: missing() lists what
// has yet to come, wrong() what should never have happened.

import { setTimeout as pause } from 'node:timers/promises';
import { DEADLINE_MS, eventually, within } from '../wait.mjs';
import { framings } from './connection.mjs';

export const USERS = ['alice', 'bob', 'carol', 'dave'];
const TABS_PER_USER = 4;
/** A gateway that was killed counts as dead after 15 s of silence, which the others look for every 5 s. */
const DEAD_MS = 20_000;

/** A page in a user's browser: it outlives its connections, and keeps state. */
class Tab {
  connection = null;
  memory = new Map(); // state that areas keep for its next connection

  constructor(user, number) {
    Object.assign(this, { user, number });
  }

  get isOpen() {
    return this.connection?.alive === true && this.connection.since !== undefined;
  }
}

export class World {
  tabs = USERS.flatMap((user) => Array.from({ length: TABS_PER_USER }, (_, number) => new Tab(user, number)));
  connections = []; // all that were ever opened
  steps = 0;
  #tasks = new Set();
  #failures = [];

  constructor({ site, shell, random, tokens }) {
    Object.assign(this, { site, shell, random, tokens });
  }

  /** `kinds` are classes of areas; the world's own actions come first. */
  populate(kinds) {
    this.areas = [];
    for (const Area of kinds) this.areas.push(new Area(this));
    this.actions = [
      [10, () => this.#come()],
      [2, () => this.#go((connection) => connection.cut())],
      [1, () => this.#go((connection) => connection.leave())],
      [8, () => this.#deafen()],
      [3, () => this.#switch()],
      ...this.areas.flatMap((area) => area.actions),
    ];
  }

  area(Area) {
    return this.areas.find((area) => area instanceof Area);
  }

  openTabs(user) {
    return this.tabs.filter((tab) => tab.isOpen && (!user || tab.user === user));
  }

  live(user) {
    return this.openTabs(user).map((tab) => tab.connection);
  }

  /** One of the open tabs, or undefined; consumes a random number either way. */
  someTab(fits = () => true) {
    const tabs = this.openTabs().filter(fits);
    return tabs[this.random.below(Math.max(tabs.length, 1))];
  }

  /** Lets this run in the background; a failure fails the model. */
  run(promise) {
    const task = promise.catch((error) => this.#failures.push(error)).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  async settle() {
    while (this.#tasks.size > 0) await within(Promise.all(this.#tasks), () => `all that is under way: ${this.#awaited()}`);
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  #awaited() {
    return this.connections.flatMap((connection) => connection.awaited().map((event) => `${event} by ${connection}`)).join('; ');
  }

  #hear = (connection, event, data, broadcast) => {
    for (const area of this.areas) area.hear?.(connection, event, data, broadcast);
  };

  open(tab, Framing, { acknowledges, seen }) {
    const connection = new Framing(this.site.url, this.tokens[tab.user], { user: tab.user, acknowledges, seen, hear: this.#hear });
    connection.number = this.connections.push(connection) - 1;
    connection.tab = tab;
    tab.connection = connection;
    for (const area of this.areas) area.meet?.(connection);
    this.run(this.#enter(connection));
  }

  async #enter(connection) {
    if (!(await within(connection.ready, () => 'a connection to be let in'))) return;
    await Promise.all(this.areas.map((area) => area.enter?.(connection)));
  }

  #come() {
    const tab = this.random.pick(this.tabs);
    const [Framing, acknowledges, seen] = [this.random.pick(framings), this.random.chance(0.3), this.random.chance(0.5)];
    if (!tab.connection?.alive) this.open(tab, Framing, { acknowledges, seen });
  }

  #go(end) {
    const tab = this.someTab();
    if (tab) end(tab.connection);
  }

  #deafen() {
    const tab = this.someTab();
    tab?.connection.setDeaf(!tab.connection.deaf);
  }

  /** A polling connection goes over to a WebSocket in the middle of everything else. */
  #switch() {
    this.someTab((tab) => tab.connection.switchCarrier)?.connection.switchCarrier();
  }

  async step() {
    const [, act] = this.random.weighted(this.actions);
    const rest = this.random.chance(0.25) ? this.random.below(16) : 0;
    this.steps++;
    await act();
    if (rest) await pause(rest);
  }

  /** Kills one of several gateways; its tabs find that out by themselves. */
  async killOne() {
    await this.site.gateway.killOne(this.random.below(this.site.seats.length));
  }

  /** Ends the gateway, by SIGTERM or kill -9, and starts it again. */
  async restart(end) {
    await end.call(this.site.gateway);
    await eventually(() => this.connections.every((connection) => !connection.alive), 'the tabs to notice');
    await this.settle();
    await this.site.startGateway();
  }

  summary() {
    return `${this.connections.length} connections, ${this.live().length} of them now`;
  }

  /** With one user offline, waits until nothing is missing; returns what still was, and what was wrong. */
  async check({ isLast }) {
    await this.settle();
    const away = this.random.pick(USERS);
    for (const connection of this.live(away)) connection.leave();
    for (const user of USERS) {
      if (user !== away && this.live(user).length === 0) this.open(this.tabs.find((tab) => tab.user === user), this.random.pick(framings), { acknowledges: false, seen: true });
    }
    await this.settle();
    for (const connection of this.live()) connection.setDeaf(false);
    for (const area of this.areas) area.calm?.({ isLast });
    const end = Date.now() + DEADLINE_MS + (this.site.seats.length > 1 ? DEAD_MS : 0);
    for (;;) {
      const missing = (await Promise.all(this.areas.map((area) => area.missing()))).flat();
      await this.settle();
      if (missing.length === 0 || Date.now() > end) return { missing, wrong: this.areas.flatMap((area) => area.wrong()) };
      await pause(100);
    }
  }
}
