import { part, showTime, stamp } from './page.js';

const REMEMBERED = 80;
const BEATS = new Set(['ping', 'pong']);

/** Every frame that is sent or received, the newest on top. */
export class Wire {
  /** The events that still wait for an answer, by id. */
  #asked = new Map();

  constructor(client) {
    client.on('wire', (frame) => this.#add(frame));
    client.on('stateChange', (state) => this.#note(state));
    client.on('error', ({ code, message }) => this.#note(`${message} (${code})`));
    client.on('disconnected', ({ code }) => this.#note(`closed ${code}`));
    client.on('disconnected', () => this.#asked.clear());
    // Frames of the previous user are not shown to the next.
    client.on('userChange', () => part('wire').replaceChildren());
    part('beats').addEventListener('change', () => this.#sift());
    part('wire').addEventListener('keydown', (event) => this.#move(event));
    this.#sift();
  }

  #sift() {
    part('wire').classList.toggle('quiet-beats', !part('beats').checked);
  }

  /** All frames are one tab stop: the arrow keys move among them. */
  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const frames = [...part('wire').querySelectorAll('li')].filter((row) => row.offsetParent !== null);
    if (!step || frames.length === 0) return;
    event.preventDefault();
    const now = frames.indexOf(document.activeElement.closest('#wire li'));
    const next = now < 0 ? 0 : Math.min(frames.length - 1, Math.max(0, now + step));
    frames[next].querySelector('summary').focus();
  }

  #add({ direction, event, id, ack, data, size }) {
    const row = this.#row(direction, direction === 'in' ? '↓' : '↑', event ?? this.#answered(ack));
    if (direction === 'out' && id !== undefined) this.#asked.set(id, event);
    row.classList.toggle('beat', BEATS.has(event));
    row.querySelector('.way').title = direction === 'in' ? 'from the gateway' : 'to the gateway';
    row.querySelector('.size').textContent = `${size} B`;
    row.querySelector('pre').textContent = data === undefined ? '(no data)' : JSON.stringify(data, null, 2);
  }

  #answered(ack) {
    const event = this.#asked.get(ack);
    this.#asked.delete(ack);
    return event ? `answer: ${event}` : `confirmed: ${ack}`;
  }

  #note(text) {
    this.#row('note', '·', text).querySelector('pre').textContent = text;
  }

  #row(kind, way, name) {
    const row = stamp('frame');
    row.classList.add(kind);
    row.querySelector('.way').textContent = way;
    row.querySelector('.event').textContent = name;
    showTime(row.querySelector('time'), Date.now());
    part('wire').prepend(row);
    if (part('wire').childElementCount > REMEMBERED) part('wire').lastElementChild.remove();
    return row;
  }
}
