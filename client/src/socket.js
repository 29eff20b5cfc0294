import { parseFrame } from './frame.js';

/** `WebSocket.OPEN`, which a replacement of the browser's class may lack. */
const OPEN = 1;

/** The WebSocket as a carrier (carriers.js): each frame is a text message. */
export class Socket {
  #websocket;

  constructor({ url, WebSocket = globalThis.WebSocket, onOpen, onFrame, onEnd }) {
    const websocket = (this.#websocket = new WebSocket(url));
    websocket.onopen = onOpen;
    websocket.onmessage = ({ data }) => {
      const frame = parseFrame(data);
      if (frame) onFrame(frame, data.length);
    };
    // The reason arrives with the close. Without a handler, the Node package treats it as uncaught.
    websocket.onerror = () => {};
    websocket.onclose = ({ code, reason }) => onEnd({ code, reason });
  }

  send(text) {
    if (this.#websocket.readyState !== OPEN) return false;
    this.#websocket.send(text);
    return true;
  }

  close() {
    const websocket = this.#websocket;
    websocket.onopen = websocket.onmessage = websocket.onclose = null;
    websocket.close();
  }
}
