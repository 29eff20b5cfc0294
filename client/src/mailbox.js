/**
 * A BroadcastChannel that sends everything posted in one turn of the event loop as
 * one message, so that a burst of events wakes each tab once. It waits for the turn
 * by a MessageChannel, since timers of a background page run late.
 */
export class Mailbox {
  #channel;
  #turn = new MessageChannel();
  #waiting = [];

  /** Calls `onMessage(message)` for each, in the order in which they were posted. */
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
