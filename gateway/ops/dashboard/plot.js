// A plot of some series over the last minutes, as SVG, with a legend that says the last values.

const SVG = 'http://www.w3.org/2000/svg';
const LEFT = 46;
const RIGHT = 6;
const TOP = 8;
const BOTTOM = 20;

function draw(parent, name, attributes = {}, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

function add(parent, name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

/** The least round number that is not below the value: 1, 2, 5, 10, 20, … */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 5, 10].find((step) => step * power >= value * (1 - 1e-9));
}

/** Ticks from 0 up: [where from 0 to 1, value]. */
function linear(most, least) {
  const top = roundUp(Math.max(most, least));
  return { place: (value) => value / top, ticks: [0, top / 2, top] };
}

/** Ticks of powers of ten, for latencies: anything below the lowest lies on it. */
function logarithmic(most, least) {
  const low = Math.log10(least);
  const high = Math.max(Math.ceil(Math.log10(Math.max(most, least * 100)) - 1e-9), low + 2);
  const ticks = [];
  for (let power = low; power <= high; power++) ticks.push(10 ** power);
  return { place: (value) => Math.max(0, (Math.log10(value) - low) / (high - low)), ticks };
}

/**
 * `series`: [{name, of(sample)}]; `of` gives a number, or null where there is none.
 * `spell`: a value for people; `least`: the top of the axis at least, or of a
 * logarithmic one the bottom; `quiet`: what to say when there is nothing.
 */
export class Plot {
  constructor(parent, { title, note, series, spell, least = 1, log = false, quiet }, span) {
    Object.assign(this, { title, series, spell, least, log, span });
    const card = add(parent, 'article', 'card');
    add(card, 'h2', '', title);
    const figure = add(card, 'figure');
    this.svg = draw(figure, 'svg', { class: 'plot', role: 'img', tabindex: 0 });
    this.quiet = add(figure, 'p', 'quiet', quiet);
    const legend = add(card, 'ul', 'legend');
    this.values = series.map(({ name }, i) => {
      const item = add(legend, 'li');
      add(item, 'i', `series-${i + 1}`);
      add(item, 'span', '', name);
      return add(item, 'b', '', '–');
    });
    if (note) add(card, 'p', 'note', note);
    this.samples = [];
    new ResizeObserver(() => this.render()).observe(this.svg);
    this.svg.addEventListener('pointermove', (event) => this.point(event.offsetX));
    this.svg.addEventListener('pointerleave', () => this.point(null));
    this.svg.addEventListener('keydown', (event) => this.step(event));
    this.svg.addEventListener('blur', () => this.point(null));
  }

  /** Samples, the newest last: each has `at`, in ms. */
  show(samples) {
    this.samples = samples;
    this.render();
  }

  /** Shows the values of the sample at this place, or the last ones. */
  point(x) {
    this.pointed = x;
    this.render();
  }

  step(event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const width = this.svg.clientWidth - LEFT - RIGHT;
    const from = this.pointed ?? LEFT + width;
    this.point(Math.min(LEFT + width, Math.max(LEFT, from + (way * width) / 60)));
  }

  render() {
    const width = this.svg.clientWidth;
    const height = this.svg.clientHeight;
    if (width === 0) return;
    const end = this.samples.at(-1)?.at ?? 0;
    const box = { width: width - LEFT - RIGHT, height: height - TOP - BOTTOM };
    const x = (at) => LEFT + box.width * (1 - (end - at) / this.span);
    const columns = this.series.map(({ of }) => this.samples.map(of));
    const numbers = columns.flat().filter(Number.isFinite);
    const scale = (this.log ? logarithmic : linear)(Math.max(0, ...numbers), this.least);
    const y = (value) => TOP + box.height * (1 - scale.place(value));

    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.svg.replaceChildren();
    this.axes(scale.ticks, y, width, height, box);
    columns.forEach((column, i) => this.curve(column, i, x, y));
    this.quiet.hidden = numbers.length > 0;
    this.tell(columns, x, y, box);
  }

  axes(ticks, y, width, height, box) {
    for (const tick of ticks) {
      draw(this.svg, 'line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) });
      draw(this.svg, 'text', { x: LEFT - 6, y: y(tick) + 4, 'text-anchor': 'end' }, this.spell(tick));
    }
    const minutes = Math.round(this.span / 60000);
    for (let minute = 0; minute <= minutes; minute += box.width < 360 ? 2 : 1) {
      const anchor = minute === 0 ? 'end' : minute === minutes ? 'start' : 'middle';
      const text = minute === 0 ? 'now' : `−${minute} min`;
      draw(this.svg, 'text', { x: LEFT + box.width * (1 - minute / minutes), y: height - 4, 'text-anchor': anchor }, text);
    }
  }

  /** A line through neighbours, and a faint area below it; where there is no value, a gap. */
  curve(column, i, x, y) {
    let line = '';
    let area = '';
    let run = [];
    const finish = () => {
      if (run.length === 1) line += `M${run[0]}h0.01`;
      if (run.length > 1) {
        line += `M${run.join('L')}`;
        area += `M${run[0].split(',')[0]},${this.svg.clientHeight - BOTTOM}L${run.join('L')}L${run.at(-1).split(',')[0]},${this.svg.clientHeight - BOTTOM}Z`;
      }
      run = [];
    };
    this.samples.forEach(({ at, gap }, n) => {
      if (gap || !Number.isFinite(column[n])) finish();
      if (Number.isFinite(column[n])) run.push(`${x(at).toFixed(1)},${y(column[n]).toFixed(1)}`);
    });
    finish();
    if (i === 0 && !this.log) draw(this.svg, 'path', { class: `area series-${i + 1}`, d: area });
    draw(this.svg, 'path', { class: `curve series-${i + 1}`, d: line });
  }

  tell(columns, x, y, box) {
    let which = this.samples.length - 1;
    if (this.pointed != null && this.samples.length > 0) {
      const far = (n) => Math.abs(x(this.samples[n].at) - this.pointed);
      which = this.samples.reduce((best, _, n) => (far(n) < far(best) ? n : best), 0);
      const at = x(this.samples[which].at);
      draw(this.svg, 'line', { class: 'cursor', x1: at, x2: at, y1: TOP, y2: TOP + box.height });
      columns.forEach((column, i) => {
        if (Number.isFinite(column[which])) draw(this.svg, 'circle', { class: `series-${i + 1}`, cx: at, cy: y(column[which]), r: 3 });
      });
    }
    const told = columns.map((column) => (Number.isFinite(column[which]) ? this.spell(column[which]) : '–'));
    this.values.forEach((element, i) => { element.textContent = told[i]; });
    this.svg.setAttribute('aria-label', `${this.title}: ${this.series.map(({ name }, i) => `${name} ${told[i]}`).join(', ')}`);
  }
}
