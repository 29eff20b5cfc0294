import { part } from './page.js';

const REMEMBERED = 30;
const WIDTH = 240;
const HEIGHT = 48;

/** How good the connection is: the last heartbeats, and a few numbers. */
export class Gauge {
  #client;
  #latencies = [];

  constructor(client) {
    this.#client = client;
    client.on('heartbeat', (beat) => this.#beat(beat));
    client.on('disconnected', () => this.#count());
    part('measure').addEventListener('click', () => client.ping());
    setInterval(() => this.#count(), 1000);
  }

  #beat({ latency, quality }) {
    part('latency').textContent = latency;
    part('grade').textContent = quality;
    part('grade').dataset.grade = quality;
    this.#latencies = [...this.#latencies, latency].slice(-REMEMBERED);
    this.#draw();
  }

  #draw() {
    const most = Math.max(10, ...this.#latencies);
    const step = WIDTH / Math.max(1, this.#latencies.length - 1);
    const points = this.#latencies.map((latency, index) => {
      return `${(index * step).toFixed(1)} ${(HEIGHT - 3 - (latency / most) * (HEIGHT - 8)).toFixed(1)}`;
    });
    if (points.length === 1) points.push(points[0].replace('0.0', WIDTH));
    const line = `M${points.join('L')}`;
    part('spark-line').setAttribute('d', line);
    part('spark-area').setAttribute('d', `${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`);
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
