/**
 * The browser's WebSocket without a network: what the page sends is in `sent`, and the
 * test plays the gateway.
 */
export function fakeWebSockets() {
  const opened = [];
  class FakeWebSocket {
    readyState = 0;
    sent = [];

    constructor(url) {
      this.url = url;
      opened.push(this);
    }

    /** The gateway accepts the connection. */
    accept(session = {}) {
      this.readyState = 1;
      this.onopen();
      this.receive('connected', { userId: 'alice', queue: 'queue-1', ...session });
    }

    open() {
      this.readyState = 1;
      this.onopen();
    }

    receive(event, data, id) {
      this.hear({ event, data, id });
    }

    /** Receives any frame. */
    hear(frame) {
      this.onmessage?.({ data: JSON.stringify(frame) });
    }

    /** Answers the last request of that name. */
    answer(event, data) {
      const { id } = this.last(event);
      this.onmessage({ data: JSON.stringify({ ack: id, data }) });
    }

    last(event) {
      return this.sent.filter((frame) => frame.event === event).at(-1);
    }

    count(event) {
      return this.sent.filter((frame) => frame.event === event).length;
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    /** The gateway closes the connection, or the network drops it. */
    end(code = 1006, reason = '') {
      this.readyState = 3;
      this.onclose?.({ code, reason });
    }

    close() {
      this.readyState = 3;
    }
  }
  return { WebSocket: FakeWebSocket, opened, get last() { return opened.at(-1); } };
}
