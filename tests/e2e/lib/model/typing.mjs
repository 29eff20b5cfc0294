// Who is typing: sent to the others in the conversation, never to the typist; each
// beginning is followed by an end.

import { CONVERSATIONS } from './members.mjs';
import { Conversations } from './conversations.mjs';

export class Typing {
  #typists = new Set(); // the connections that have begun
  #begun = new Map(); // by conversation and user: how often
  #wrong = [];

  constructor(world) {
    this.world = world;
    this.conversations = world.area(Conversations);
    this.actions = [[5, () => this.#type('typing:start')], [2, () => this.#type('typing:stop')]];
  }

  meet(connection) {
    connection.typing = new Map(); // by conversation and user: the last event
  }

  #type(event) {
    const [tab, conversationId] = [this.world.someTab(), this.world.random.pick(CONVERSATIONS)];
    if (!tab) return;
    const key = `${conversationId}/${tab.user}`;
    if (event === 'typing:start') this.#begun.set(key, (this.#begun.get(key) ?? 0) + 1);
    this.#typists.add(tab.connection);
    this.world.run(this.#ask(tab.connection, event, conversationId));
  }

  /** `forbidden` is a valid answer, too, since the user may just have been removed. */
  async #ask(connection, event, conversationId) {
    const answer = await connection.ask(event, { conversationId });
    if (answer && !answer.ok && answer.code !== 'forbidden') this.#wrong.push(`${event} was answered ${JSON.stringify(answer)}`);
  }

  hear(connection, event, data) {
    if (event !== 'typing') return;
    const { userId, conversationId, isTyping } = data;
    const key = `${conversationId}/${userId}`;
    const stay = this.conversations.stay(connection, conversationId);
    if (userId === connection.user) this.#wrong.push(`${connection} heard its own user typing`);
    if (!this.#begun.has(key)) this.#wrong.push(`${connection} heard ${key} typing, who never did`);
    if (!stay || stay.state === 'over' || stay.state === 'left') this.#wrong.push(`${connection} heard ${key} typing from outside`);
    connection.typing.set(key, { isTyping, stay });
  }

  /** At the end of the run, typing is left to time out. */
  calm({ isLast }) {
    for (const connection of isLast ? [] : this.#typists) {
      for (const conversationId of CONVERSATIONS) if (connection.alive) this.world.run(this.#ask(connection, 'typing:stop', conversationId));
    }
    this.#typists.clear();
  }

  missing() {
    return this.world.live().flatMap((connection) => [...connection.typing]
      .filter(([, { isTyping, stay }]) => isTyping && stay.state === 'live')
      .map(([key]) => `${connection} believes that ${key} is typing`));
  }

  wrong() {
    return this.#wrong;
  }
}
