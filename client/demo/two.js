// Four users on one page, each with a client of their own, as four browsers would have. Which gateway
// one has got is in a cookie that nginx sets when it passes the connection on.

import { BelfryClient } from '/belfry/index.js';

const SHORTEST_GAP = 1_000;

/** The number of the gateway that serves this user. */
function gatewayOf(user) {
  const found = document.cookie.match(new RegExp(`(?:^|; )gateway_${user}=([12])`));
  return found ? Number(found[1]) : undefined;
}

/** The card of a user: what has arrived, and what should have. Ids of a user's orders are four apart. */
class Card {
  gateway;
  #orders = new Set();
  #first;
  #last;
  #twice = 0;
  #arrived;
  #gap = 0;

  constructor(user, step) {
    this.user = user;
    this.step = step;
    this.element = document.getElementById('user').content.firstElementChild.cloneNode(true);
    this.element.dataset.user = user;
    this.element.querySelector('h2').textContent = user;
    document.getElementById('users').append(this.element);
  }

  show(name, text, wrong = false) {
    const element = this.element.querySelector(`.${name}`);
    element.textContent = text;
    element.classList.toggle('wrong', wrong);
  }

  connected(gateway) {
    this.gateway = gateway;
    this.element.classList.toggle('connected', gateway !== undefined);
    this.show('where', gateway ? `on gateway ${gateway}` : 'reconnecting …');
  }

  arrived({ title, data }) {
    const { order } = data ?? {};
    this.show('latest', title);
    if (typeof order !== 'number') return;
    if (this.#orders.has(order)) this.#twice++;
    this.#orders.add(order);
    this.#first = Math.min(order, this.#first ?? order);
    this.#last = Math.max(order, this.#last ?? order);
    this.#measure();
    const missed = (this.#last - this.#first) / this.step + 1 - this.#orders.size;
    this.show('arrived', this.#orders.size);
    this.show('missed', missed, missed > 0);
    this.show('twice', this.#twice, this.#twice > 0);
  }

  #measure() {
    const now = performance.now();
    if (this.#arrived !== undefined) this.#gap = Math.max(this.#gap, now - this.#arrived - SHORTEST_GAP);
    this.#arrived = now;
    if (this.#gap > SHORTEST_GAP / 10) this.show('gap', `${(this.#gap / 1_000).toFixed(1)} s`);
  }
}

const users = ['alice', 'bob', 'carol', 'dora'];
const cards = users.map((user) => new Card(user, users.length));

function showGateways() {
  for (const element of document.querySelectorAll('[data-gateway]')) {
    const count = cards.filter(({ gateway }) => gateway === Number(element.dataset.gateway)).length;
    element.querySelector('.count').textContent = count;
    element.classList.toggle('serves', count > 0);
  }
}

for (const card of cards) {
  const client = new BelfryClient({ url: `/ws?user=${card.user}`, events: null, token: `/token/${card.user}` });
  client.on('notification', (notification) => card.arrived(notification));
  client.on('stateChange', () => {
    card.connected(client.getState() === 'connected' ? gatewayOf(card.user) : undefined);
    showGateways();
  });
  client.connect();
}
