import { part, showAvatar, showTime, stamp } from './page.js';

const CONVERSATION = 'demo';
const PEOPLE = ['alice', 'bob', 'carol'];
/** The gateway ends typing after 6 s: it is sent again before that. */
const TYPING_SAID = 4_000;

/** The conversation of the demo's users: messages, who is typing, who is online. */
export class Talk {
  #client;
  #shown = new Map();
  #typing = new Set();
  #typingSaid = 0;
  #sent = 0;

  constructor(client) {
    this.#client = client;
    client.on('connected', () => this.#open());
    client.on('userChange', () => this.#clear());
    client.on('message', (message) => this.#show(message));
    client.on('typing', (typing) => this.#showTyping(typing));
    client.on('presence', (user) => showPresence(user));
    part('say').addEventListener('submit', (event) => this.#say(event));
    part('words').addEventListener('input', () => this.#sayTyping());
  }

  async #open() {
    try {
      await this.#client.subscribe(`conversation:${CONVERSATION}`);
      const page = await this.#client.getMessages(CONVERSATION, { limit: 30 });
      [...page.messages].sort((a, b) => a.id - b.id).forEach((message) => this.#show(message));
      part('talk').hidden = false;
      part('log').scrollTop = part('log').scrollHeight;
      await this.#greet();
    } catch {
      // A gateway without the demo's conversation: the page shows none.
      part('talk').hidden = this.#shown.size === 0;
    }
  }

  /** What the previous user saw and typed is not shown to the next. */
  #clear() {
    this.#shown.clear();
    this.#typing.clear();
    part('say').reset();
    part('messages').replaceChildren();
    part('messages-empty').hidden = false;
    part('typing').textContent = '';
  }

  async #greet() {
    part('people').replaceChildren(...PEOPLE.map(person));
    await this.#client.subscribe('presence:updates');
    for (const user of await this.#client.getPresence(PEOPLE)) showPresence(user);
    showPresence({ userId: this.#client.session.userId, isOnline: true });
  }

  async #say(event) {
    event.preventDefault();
    const content = part('words').value.trim();
    if (!content) return;
    const tempId = `${Date.now()}-${++this.#sent}`;
    const { userId } = this.#client.session;
    this.#show({ id: tempId, tempId, senderId: userId, content, timestamp: Date.now() }, 'sending');
    part('say').reset();
    this.#typingSaid = 0;
    try {
      const { id } = await this.#client.sendMessage(CONVERSATION, content, { tempId });
      this.#settle(tempId, id);
    } catch (error) {
      const element = this.#shown.get(tempId);
      // Another user has signed in meanwhile: these words are none of theirs.
      if (!element) return;
      element.remove();
      this.#shown.delete(tempId);
      part('messages-empty').hidden = this.#shown.size > 0;
      part('words').value = content;
      part('typing').textContent = `Not sent: ${error.message}.`;
    }
  }

  /** The answer and the message itself arrive in either order. */
  #settle(tempId, id) {
    const element = this.#shown.get(tempId);
    element?.classList.remove('sending');
    if (element) this.#shown.set(id, element);
  }

  #show(message, state) {
    const { id, tempId, senderId, senderName, content, timestamp } = message;
    if (this.#shown.has(tempId)) this.#settle(tempId, id);
    if (this.#shown.has(id)) return;
    const element = stamp('message');
    const mine = senderId === this.#client.session.userId;
    element.classList.toggle('mine', mine);
    if (state) element.classList.add(state);
    showAvatar(element.querySelector('.avatar'), senderId);
    element.querySelector('strong').textContent = mine ? 'You' : (senderName ?? senderId);
    element.querySelector('.words').textContent = content;
    showTime(element.querySelector('time'), timestamp);
    this.#shown.set(id, element);
    part('messages').append(element);
    part('messages-empty').hidden = true;
    part('log').scrollTop = part('log').scrollHeight;
  }

  #sayTyping() {
    if (Date.now() - this.#typingSaid < TYPING_SAID) return;
    this.#typingSaid = Date.now();
    this.#client.startTyping(CONVERSATION);
  }

  #showTyping({ userId, isTyping }) {
    if (isTyping) this.#typing.add(userId);
    else this.#typing.delete(userId);
    const who = [...this.#typing].join(' and ');
    part('typing').textContent = who && `${who} ${this.#typing.size > 1 ? 'are' : 'is'} typing…`;
  }
}

function person(user) {
  const item = document.createElement('li');
  const [avatar, presence] = ['avatar', 'presence'].map((name) => {
    const element = document.createElement('span');
    element.className = name;
    return element;
  });
  avatar.ariaHidden = true;
  item.dataset.user = user;
  item.append(avatar, presence);
  showAvatar(avatar, user);
  return item;
}

function showPresence({ userId, isOnline }) {
  const item = part('people').querySelector(`[data-user="${CSS.escape(userId)}"]`);
  if (!item) return;
  const words = isOnline ? 'here' : 'away';
  item.classList.toggle('here', isOnline);
  item.title = `${userId} is ${words}`;
  item.querySelector('.presence').textContent = `${userId} ${words}`;
}
