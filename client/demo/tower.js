import { part, stamp } from './page.js';

const TOAST_SHOWN = 6_000;
const RINGING = 2_500;

/** The bell in its arch: it shows the number of unread ones, and swings when one arrives. */
export class Tower {
  #rung = false;
  #quiet;

  constructor(client) {
    client.on('unreadCount', (count) => this.#show(count));
    client.on('unseenCount', (count) => showUnseen(count));
    client.on('notification', (notification) => this.#ring(notification));
    client.on('userChange', () => this.#clear());
  }

  /** The next user reads nothing of what rang for the previous one. */
  #clear() {
    this.#rung = false;
    this.#show(0);
    part('toasts').replaceChildren();
  }

  #show(count) {
    part('count').textContent = count;
    if (!this.#rung) part('last').textContent = count ? 'These were waiting for you.' : 'Nothing has rung yet.';
    document.title = count ? `(${count}) Belfry` : 'Belfry';
  }

  #ring(notification) {
    this.#rung = true;
    part('last').textContent = notification.replayed
      ? `“${notification.title}” was waiting for you.`
      : `“${notification.title}” has just rung.`;
    this.#swing();
    if (!notification.replayed) toast(notification);
  }

  /** Starts from the beginning, even while it is still swinging. */
  #swing() {
    const arch = part('arch');
    arch.classList.remove('ringing');
    arch.getBoundingClientRect();
    arch.classList.add('ringing');
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => arch.classList.remove('ringing'), RINGING);
  }
}

/** Until the list of the bell is opened. */
function showUnseen(count) {
  part('unseen').hidden = !count;
  part('unseen').textContent = ` · ${count} unseen`;
}

function toast({ title, body, priority }) {
  const element = stamp('toast');
  element.dataset.priority = priority;
  element.querySelector('strong').textContent = title;
  element.querySelector('p').textContent = body ?? '';
  const toasts = part('toasts');
  toasts.append(element);
  if (toasts.childElementCount > 3) toasts.firstElementChild.remove();
  setTimeout(() => element.remove(), TOAST_SHOWN);
}
