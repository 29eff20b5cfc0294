/** Characters. No event of the gateway comes near. */
const LONGEST = 2 ** 24;

/**
 * Reads an event stream (HTML Standard, 9.2.6) as its bytes come, however they are
 * cut into chunks. Takes time linear in what it reads.
 *
 * Calls `onEvent(data, id)` for each event that has data, with the last id so far;
 * `retry` is the pause, in milliseconds, that the server asks for before the next
 * connection. The names of events are ignored: the gateway writes none.
 */
export class EventParser {
  retry = 0;
  #onEvent;
  #decoder = new TextDecoder();
  /** The beginning of a line whose end has not come yet. */
  #part = '';
  #endedWithCr = false;
  #data = [];
  #id;

  constructor(onEvent) {
    this.#onEvent = onEvent;
  }

  /** Throws a RangeError if a line does not end. */
  push(bytes) {
    // The decoder drops the byte order mark, and joins characters that were cut.
    const text = this.#decoder.decode(bytes, { stream: true });
    if (!text) return;
    const end = /\r\n?|\n/g;
    let from = (end.lastIndex = this.#endedWithCr && text[0] === '\n' ? 1 : 0);
    for (let match; (match = end.exec(text)); from = end.lastIndex) {
      this.#line(this.#part + text.slice(from, match.index));
      this.#part = '';
    }
    this.#part += text.slice(from);
    this.#endedWithCr = text.endsWith('\r');
    if (this.#part.length > LONGEST) throw new RangeError('A line of the event stream has no end');
  }

  #line(line) {
    if (!line) return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
  }

  #dispatch() {
    if (!this.#data.length) return;
    this.#onEvent(this.#data.splice(0).join('\n'), this.#id);
  }
}
