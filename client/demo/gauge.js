import { part } from './page.js';

const REMEMBERED = 30;
const WIDTH = 240;
const HEIGHT = 48;
/** A row that is older than this on arrival was not sent just now: it waited for its time. */
const LIVE = 10_000;
/** While the page starts, a heartbeat would measure the page's own work. */
const SETTLED = 1_500;

/**
 * How fast and how good the connection is: the time from INSERT to this page for each
 * notification that rings, the round trip of heartbeats, and a few counts.
 */
export class Gauge {
  #client;
  #times = [];
  #connectedAt = Infinity;

  constructor(client) {
    this.#client = client;
    client.on('notification', (notification) => this.#rang(notification));
    client.on('heartbeat', (beat) => this.#beat(beat));
    client.on('connected', () => this.#connected());
    client.on('stateChange', (state) => state === 'connected' || this.#gone());
    part('measure').addEventListener('click', () => client.ping());
    setInterval(() => this.#count(), 1000);
  }

  /**
   * `timestamp` is the moment of the INSERT, so the figure includes the commit. If the clocks of
   * server and browser disagree, there is no figure.
   */
  #rang({ timestamp, replayed }) {
    const time = Date.now() - Date.parse(timestamp);
    if (replayed || !(time >= 0 && time < LIVE)) return;
    part('latency').textContent = time || '<1';
    part('latency-words').textContent = 'From INSERT to this page, its COMMIT included.';
    this.#times = [...this.#times, time].slice(-REMEMBERED);
    this.#draw();
  }

  #draw() {
    const most = Math.max(10, ...this.#times);
    const step = WIDTH / Math.max(1, this.#times.length - 1);
    const points = this.#times.map((time, index) => {
      return `${(index * step).toFixed(1)} ${(HEIGHT - 3 - (time / most) * (HEIGHT - 8)).toFixed(1)}`;
    });
    if (points.length === 1) points.push(points[0].replace('0.0', WIDTH));
    const line = `M${points.join('L')}`;
    part('spark-line').setAttribute('d', line);
    part('spark-area').setAttribute('d', `${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`);
  }

  #connected() {
    this.#connectedAt = performance.now();
    setTimeout(() => this.#client.getState() === 'connected' && this.#client.ping(), SETTLED);
  }

  #beat({ latency, quality }) {
    if (performance.now() - this.#connectedAt < SETTLED) return;
    part('round-trip').textContent = `${latency} ms`;
    part('grade').textContent = quality;
    part('grade').dataset.grade = quality;
  }

  /** A lost connection has no quality. */
  #gone() {
    this.#connectedAt = Infinity;
    part('round-trip').textContent = '–';
    part('grade').textContent = '';
    this.#count();
  }

  #count() {
    const { uptime, connections, received, sent } = this.#client.getStats();
    part('uptime').textContent = uptime ? duration(uptime) : '–';
    part('connections').textContent = connections;
    part('received').textContent = received;
    part('sent').textContent = sent;
  }
}

function duration(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
