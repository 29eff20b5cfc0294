/**
 * A BroadcastChannel that sends what is said in one turn of the page as one
 * message: of a burst of events each tab is woken once. By a MessageChannel, as
 * timers of a page in the background run late.
 */
export class Mailbox {
  #channel;
  #turn = new MessageChannel();
  #waiting = [];

  /** Calls `onMessage(message)` for each, in the order they were said. */
  constructor(name, onMessage) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => {
      for (const message of data) onMessage(message);
    };
    this.#turn.port1.onmessage = () => this.#flush();
  }

  say(message) {
    this.#waiting.push(message);
    if (this.#waiting.length === 1) this.#turn.port2.postMessage(null);
  }

  close() {
    this.#flush();
    this.#channel.close();
    this.#turn.port1.close();
  }

  #flush() {
    const messages = this.#waiting.splice(0);
    if (messages.length) this.#channel.postMessage(messages);
  }
}
