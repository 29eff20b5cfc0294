// Messages in conversations, sent by tabs or inserted by another process, once or
// repeatedly. During each stay in a conversation a tab receives a run of its messages
// without gap or repetition; the next stay continues exactly where it ended.

import { eventually } from '../wait.mjs';
import { CONVERSATIONS, Members } from './members.mjs';
import { quoted } from './shell.mjs';
import { USERS } from './world.mjs';

const REPLAYED_MAX = 100;

/** A subscription: asking, then live; over if it was refused, doubtful until it is left. */
class Stay {
  state = 'asking';
  heard = []; // { id, at }
  pages = []; // of ids, if more was missed than is replayed

  constructor(connection, conversation, since, newest) {
    Object.assign(this, { connection, conversation, since, newest, asked: Date.now() });
  }

  get ids() {
    return this.heard.map(({ id }) => id);
  }

  /** The id after which the next stay has to continue. */
  get last() {
    const heard = this.hasMore && !this.isFilled ? this.ids.slice(0, REPLAYED_MAX) : this.ids;
    return Math.max(...heard.slice(-1), ...this.pages.slice(-1).flat(), this.since ?? this.newest);
  }

  toString() {
    return `${this.conversation} since ${this.since} at ${this.connection}`;
  }
}

/** The first index at which two lists differ, or -1. */
const difference = (a, b) => {
  const at = a.findIndex((each, index) => each !== b[index]);
  return at < 0 && b.length > a.length ? a.length : at;
};

export class Conversations {
  sayings = new Map(); // by content, which is unique
  stays = [];
  #histories = [];
  #newest = 0; // id that is known to be stored
  #texts = new Map(); // by message: its text as first received
  #wrong = [];

  constructor(world) {
    this.world = world;
    this.members = world.area(Members);
    this.actions = [
      [14, () => this.#say()],
      [4, () => this.#repeat()],
      [2, () => this.#sayAndGo()],
      [6, () => this.#insert()],
      [6, () => this.#stayOrLeave()],
      [2, () => this.#leaf()],
    ];
  }

  meet(connection) {
    connection.stays = new Map();
  }

  /** After a reconnect, a tab returns to its conversations. */
  async enter(connection) {
    const memory = connection.tab.memory;
    const known = [...memory].filter(([key]) => CONVERSATIONS.includes(key));
    await Promise.all(known.map(([conversation, since]) => this.#join(connection, conversation, since)));
  }

  stay(connection, conversation) {
    return connection.stays.get(conversation);
  }

  // ── receiving ──

  hear(connection, event, data) {
    if (event === 'message') this.#hearMessage(connection, data);
    if (event !== 'error') return;
    if (data.event === 'subscribe' && data.code === 'forbidden') this.#putOut(connection, data.conversationId);
    else this.#wrong.push(`an error at ${connection}: ${JSON.stringify(data)}`);
  }

  #hearMessage(connection, message) {
    const id = Number(message.id);
    const stay = this.stay(connection, message.conversationId);
    const text = JSON.stringify(message);
    this.#newest = Math.max(this.#newest, id);
    if (!this.#texts.has(id)) this.#texts.set(id, text);
    if (this.#texts.get(id) !== text) this.#wrong.push(`message ${id} is ${this.#texts.get(id)} and ${text}`);
    if (!stay || stay.state === 'over' || stay.state === 'left') {
      this.#wrong.push(`message ${id} of ${message.conversationId} at ${connection}, which is ${stay?.state ?? 'not there'}`);
    } else {
      stay.heard.push({ id, at: Date.now() });
      this.#remember(stay);
    }
  }

  #remember(stay) {
    stay.connection.tab.memory.set(stay.conversation, stay.last);
  }

  /** The user was removed from this conversation, perhaps before the answer to a join that is under way. */
  #putOut(connection, conversation) {
    const stay = this.stay(connection, conversation);
    const wasTaken = stay && this.members.turns(conversation, connection.user).some(({ joins, done }) => !joins && done > stay.asked);
    if (!wasTaken) this.#wrong.push(`${connection} was put out of ${conversation} for no reason`);
    else if (['asking', 'live', 'doubtful'].includes(stay.state)) Object.assign(stay, { state: 'doubtful', wasPutOut: true });
  }

  // ── joining and leaving ──

  async #join(connection, conversation, since) {
    const stay = new Stay(connection, conversation, since, this.#newest);
    connection.stays.set(conversation, stay);
    this.stays.push(stay);
    const topic = `conversation:${conversation}`;
    const answer = await connection.ask('subscribe', since === null ? topic : { topic, since: String(since) });
    this.#judge(answer, 'subscribe', stay.asked, conversation, connection.user);
    if (!answer?.ok) {
      stay.state = 'over';
      return;
    }
    stay.answered = Date.now();
    stay.hasMore = answer.hasMore === true;
    if (stay.state === 'asking') stay.state = 'live';
    this.#remember(stay);
    if (stay.hasMore) await this.#fill(stay);
  }

  /** Requests page by page what was missed and not replayed. */
  async #fill(stay) {
    await eventually(() => stay.heard.length >= REPLAYED_MAX || !stay.connection.alive, `the replay of ${stay}`);
    for (let more = true; more; ) {
      const after = String(stay.last);
      const answer = await stay.connection.ask('message:history', { conversationId: stay.conversation, after, limit: 100 });
      if (!answer?.ok) return;
      stay.pages.push(answer.messages.map(({ id }) => Number(id)));
      more = answer.hasMore;
      this.#remember(stay);
    }
    stay.isFilled = true;
  }

  async #leave(stay) {
    stay.state = 'doubtful';
    const answer = await stay.connection.ask('unsubscribe', `conversation:${stay.conversation}`);
    if (answer && !answer.ok) this.#wrong.push(`leaving ${stay} was answered ${JSON.stringify(answer)}`);
    stay.state = 'left';
  }

  #stayOrLeave() {
    const { random } = this.world;
    const [tab, conversation, fresh] = [this.world.someTab(), random.pick(CONVERSATIONS), random.chance(0.2)];
    if (!tab) return;
    const stay = this.stay(tab.connection, conversation);
    if (!stay || stay.state === 'over' || stay.state === 'left') {
      this.world.run(this.#join(tab.connection, conversation, fresh ? null : tab.memory.get(conversation) ?? null));
    } else if (stay.state === 'doubtful' || (stay.state === 'live' && fresh)) {
      this.world.run(this.#leave(stay));
    }
  }

  // ── sending ──

  #new(user, sender) {
    const { random } = this.world;
    const content = `${sender} ${this.sayings.size}`;
    const saying = {
      user, content, conversation: random.pick(CONVERSATIONS), tries: [], began: Date.now(),
      tempId: random.chance(0.8) ? `t${random.below(1000)}` : undefined,
      metadata: random.chance(0.2) ? { nested: ['é', random.below(9)] } : undefined,
    };
    this.sayings.set(content, saying);
    return saying;
  }

  async #send(connection, saying) {
    const attempt = { asked: Date.now() };
    saying.tries.push(attempt);
    const { conversation: conversationId, content, tempId, metadata } = saying;
    const answer = await connection.ask('message:send', { conversationId, content, tempId, metadata });
    this.#judge(answer, 'message:send', attempt.asked, conversationId, connection.user);
    if (!answer?.ok) return;
    attempt.id = Number(answer.id);
    this.#newest = Math.max(this.#newest, attempt.id);
  }

  #say() {
    const tab = this.world.someTab();
    const saying = tab && this.#new(tab.user, 'by wire');
    if (saying) this.world.run(this.#send(tab.connection, saying));
  }

  /** Sends a message again, as a client does that got no answer, from any tab. */
  #repeat() {
    const recent = [...this.sayings.values()].slice(-20).filter(({ tempId, tries }) => tempId && tries.length > 0);
    const saying = this.world.random.pick(recent);
    const tab = this.world.someTab(({ user }) => user === saying?.user);
    if (tab && saying) this.world.run(this.#send(tab.connection, saying));
  }

  #sayAndGo() {
    const tab = this.world.someTab();
    if (!tab) return;
    this.world.run(this.#send(tab.connection, this.#new(tab.user, 'in going')));
    tab.connection.cut();
  }

  async #insert() {
    const { random, shell } = this.world;
    const count = random.chance(0.03) ? 130 : 1 + random.below(3);
    const sayings = Array.from({ length: count }, () => this.#new(random.pick(USERS), 'by SQL'));
    const conversation = sayings[0].conversation;
    for (const saying of sayings) Object.assign(saying, { conversation, tempId: undefined, metadata: undefined });
    const values = sayings.map(({ user, content }) => `(${quoted(conversation)}, ${quoted(user)}, 'A process', ${quoted(content)})`);
    const rows = await shell.rows(
      `INSERT INTO messages (conversation_id, sender_id, sender_name, content) VALUES ${values.join(', ')} RETURNING id`,
    );
    this.#newest = Math.max(this.#newest, ...rows.map(({ id }) => id));
  }

  /** Pages through the history, in either direction. */
  #leaf() {
    const { random } = this.world;
    const [tab, conversationId, limit] = [this.world.someTab(), random.pick(CONVERSATIONS), 1 + random.below(40)];
    const [direction, from] = [random.pick(['before', 'after']), 1 + random.below(this.#newest + 1)];
    if (tab) this.world.run(this.#ask(tab.connection, { conversationId, limit, [direction]: String(from) }, direction, from));
  }

  async #ask(connection, data, direction, from) {
    const [asked, newest] = [Date.now(), this.#newest];
    const answer = await connection.ask('message:history', data);
    this.#judge(answer, 'message:history', asked, data.conversationId, connection.user);
    if (answer?.ok) this.#histories.push({ ...data, direction, from, newest, answer });
  }

  /** Members are answered, others are refused as forbidden. */
  #judge(answer, event, asked, conversation, user) {
    if (!answer) return;
    const was = this.members.during(conversation, user, asked, Date.now());
    if ((was === true && !answer.ok) || (was === false && answer.ok) || (!answer.ok && answer.code !== 'forbidden')) {
      this.#wrong.push(`${event} of ${user} in ${conversation}, member: ${was}, was answered ${JSON.stringify(answer)}`);
    }
  }

  // ── the check ──

  async calm() {
    for (const connection of this.world.live()) {
      for (const [conversation, stay] of connection.stays) {
        const isGone = stay.state === 'over' || (stay.state === 'left' && stay.wasPutOut);
        if (stay.state === 'doubtful') this.world.run(this.#leave(stay));
        else if (isGone && this.members.now(conversation, connection.user)) {
          this.world.run(this.#join(connection, conversation, connection.tab.memory.get(conversation) ?? null));
        }
      }
    }
  }

  async missing() {
    await this.calm();
    await this.#read();
    return this.world.live().flatMap((connection) => [...connection.stays.values()].flatMap((stay) => this.#unfinished(stay)));
  }

  async #read() {
    this.rows = await this.world.shell.rows('SELECT * FROM messages ORDER BY id');
    this.ids = new Map(CONVERSATIONS.map((each) => [each, []]));
    for (const { id, conversation_id: conversation } of this.rows) this.ids.get(conversation).push(id);
    this.began = new Map(this.rows.map(({ id, content }) => [id, this.sayings.get(content)?.began]));
  }

  #unfinished(stay) {
    const isMember = this.members.now(stay.conversation, stay.connection.user);
    if (stay.state === 'left' || (stay.state === 'over' && !isMember)) return [];
    if (stay.state !== 'live') return [`${stay} is ${stay.state}`];
    if (!isMember) return [`${stay} goes on without membership`];
    if (stay.hasMore && !stay.isFilled) return [`${stay} is not filled`];
    const end = this.ids.get(stay.conversation).at(-1) ?? 0;
    return this.#isOwed(stay, end) && stay.last < end ? [`${stay} ends with ${stay.last}, not ${end}`] : [];
  }

  /** Without `since`: only the messages whose sending began after the answer came. */
  #isOwed(stay, id) {
    return stay.since === null ? this.began.get(id) > stay.answered : id > stay.since;
  }

  wrong() {
    for (const stay of this.stays) this.#wrong.push(...this.#faults(stay));
    this.stays = this.stays.filter(({ connection }) => connection.alive);
    for (const history of this.#histories.splice(0)) this.#wrong.push(...this.#historyFaults(history));
    this.#wrong.push(...this.#rowFaults());
    return this.#wrong;
  }

  /** Compares the run that a stay received with the stored messages. */
  #faults(stay) {
    const all = this.ids.get(stay.conversation);
    const faults = stay.heard
      .filter(({ id, at }) => !this.members.mayHear(stay.conversation, stay.connection.user, id, at, stay.asked))
      .map(({ id }) => `${stay} heard ${id} after it was put out`);
    const run = (ids, from, what) => {
      const at = difference(ids, all.slice(from, from + ids.length));
      if (at >= 0) faults.push(`${stay}, ${what}: ${ids[at]} instead of ${all[from + at]}`);
    };
    const behind = (id) => all.filter((each) => each <= id).length;
    const [replay, live] = stay.hasMore ? [stay.ids.slice(0, REPLAYED_MAX), stay.ids.slice(REPLAYED_MAX)] : [[], stay.ids];
    if (stay.hasMore) {
      run([...replay, ...stay.pages.flat()], behind(stay.since), 'missed');
      if (stay.isFilled && live.length > 0 && behind(stay.last) < all.indexOf(live[0])) faults.push(`${stay} has a gap before ${live[0]}`);
    }
    if (live.length === 0) return faults;
    run(live, stay.since === null || stay.hasMore ? all.indexOf(live[0]) : behind(stay.since), 'heard');
    if (stay.since === null && live[0] <= stay.newest) faults.push(`${stay} heard ${live[0]}, which was there before`);
    if (stay.since === null && all.some((id) => id < live[0] && this.#isOwed(stay, id))) faults.push(`${stay} begins too late, with ${live[0]}`);
    return faults;
  }

  #historyFaults({ conversationId, direction, from, limit, newest, answer }) {
    const all = this.ids.get(conversationId);
    const got = answer.messages.map(({ id }) => Number(id));
    const known = all.filter((id) => (direction === 'before' ? id < from : id > from && id <= Math.max(newest, ...got)));
    const wanted = direction === 'before' ? known.slice(-limit) : known.slice(0, limit);
    const isExact = difference(got, wanted) < 0 && (direction === 'after' || answer.hasMore === known.length > limit);
    return isExact || from > newest ? [] : [`history ${direction} ${from} of ${conversationId}: ${got}, not ${wanted}`];
  }

  #rowFaults() {
    const faults = [];
    const stored = new Map();
    for (const row of this.rows) {
      const saying = this.sayings.get(row.content);
      stored.set(row.content, [...(stored.get(row.content) ?? []), row.id]);
      if (!saying || saying.user !== row.sender_id || saying.conversation !== row.conversation_id) faults.push(`message ${row.id} was not said`);
      const text = this.#texts.get(row.id);
      if (text && text !== JSON.stringify(this.#event(row))) faults.push(`message ${row.id} was heard as ${text}`);
      this.#texts.delete(row.id);
    }
    for (const { content, tempId, tries } of this.sayings.values()) {
      const ids = stored.get(content) ?? [];
      const most = tempId ? 1 : tries.length;
      if (tries.length > 0 && ids.length > most) faults.push(`"${content}" is stored ${ids.length} times`);
      for (const { id } of tries) if (id !== undefined && !ids.includes(id)) faults.push(`"${content}" is not message ${id}, but ${ids}`);
    }
    return faults;
  }

  #event(row) {
    return {
      id: String(row.id), conversationId: row.conversation_id, senderId: row.sender_id, senderName: row.sender_name,
      content: row.content, ...(row.metadata && { metadata: JSON.parse(row.metadata) }), timestamp: row.created_at,
      ...(row.client_ref && { tempId: row.client_ref }), status: 'sent',
    };
  }
}
