// The gateways of a site as if they were one: what a test does to the gateway is done to
// all of them, and what one of them says, the gateway has said.

export class Fleet {
  constructor(site, programs) {
    Object.assign(this, { site, programs });
  }

  #all(action) {
    return Promise.all(this.programs.map(action));
  }

  kill() {
    return this.#all((program) => program.kill());
  }

  async stop(signal) {
    return (await this.#all((program) => program.stop(signal)))[0];
  }

  async exit() {
    return (await this.#all((program) => program.exit()))[0];
  }

  signal(signal) {
    for (const program of this.programs) program.signal(signal);
  }

  /** Waits until one of them has said it. */
  line(pattern, ms) {
    return Promise.any(this.programs.map((program) => program.line(pattern, ms)));
  }

  get output() {
    return this.programs.map(({ output }) => output).join('');
  }

  has(pattern) {
    return pattern.test(this.output);
  }

  /** Kills one of them, and starts it again, while the others go on. */
  async killOne(index) {
    await this.programs[index].kill();
    this.programs[index] = await this.site.startSeat(this.site.seats[index]);
  }
}
