// Results as Markdown and as plots. A result is what compare.mjs returns, or one of kind 'series': what was sampled
// in the course of time, or of kind 'text'.

import { execFileSync } from 'node:child_process';
import { inUnit, rounded, shown, shownSpread } from './numbers.mjs';

const line = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [line(head), line(head.map(() => '---')), ...rows.map(line)];

const cell = (figures, { key, unit }) => (figures[key] ? shownSpread(figures[key], unit) : '–');

const asTable = {
  table: ({ columns, rows }) =>
    table(['', ...columns.map(({ label }) => label)], rows.map(({ label, figures }) => [label, ...columns.map((column) => cell(figures, column))])),

  curve({ x, columns, lines }) {
    const head = [x.label, ...lines[0].points.map((point) => rounded(point.x))];
    const rows = columns.flatMap((column) =>
      lines.map(({ label, points }) => [`${label}: ${column.label}`, ...points.map(({ figures }) => cell(figures, column))]),
    );
    return table(head, rows);
  },

  series: ({ columns, rows }) => asTable.table({ columns, rows }),

  text: ({ text }) => ['```', ...text.split('\n'), '```'],
};

/** A result as lines of Markdown. `file` names its plots, as plotsOf() does. */
export function asMarkdown(result, file) {
  const plots = plotsOf(result, file).map(({ name, title }) => `![${title}](${name})`);
  return [`### ${result.title}`, '', ...(result.note ? [result.note, ''] : []), ...asTable[result.kind](result), '', ...plots.flatMap((plot) => [plot, ''])];
}

/** The medians of some columns of a table, for those who want it short. */
export function asShortTable({ title, columns, rows }, keys) {
  const chosen = keys.map((key) => columns.find((column) => column.key === key));
  const short = rows.map(({ label, figures }) => [label, ...chosen.map(({ key, unit }) => (figures[key] ? shown(figures[key].median, unit) : '–'))]);
  return table([title, ...chosen.map(({ label }) => label)], short);
}

const withUnit = (label, unit) => (unit === 'count' ? label : `${label}, ${unit}`);
/** Within double quotes, gnuplot runs what stands between backquotes as a command. */
const quoted = (text) => `"${text.replaceAll('"', "'").replaceAll('`', '')}"`;

/** On a logarithmic axis, none stands a decade before the least of the others. */
const onLogarithm = (xs) => (x) => (x > 0 ? x : Math.min(...xs.filter((each) => each > 0)) / 10);

/** gnuplot's commands for lines of [x, y, low, high]; `ticks` are [x, label], where the axis is logarithmic. */
function script({ title, subtitle, xLabel, yLabel, ticks, lines }) {
  const data = lines.map(({ points }, index) => `$d${index} << EOD\n${points.map((point) => point.join(' ')).join('\n')}\nEOD`);
  const drawn = lines.map(({ label, ranges }, index) => {
    const curve = `$d${index} using 1:2 with lines lc ${index + 1} lw 2 title ${quoted(label)}`;
    return ranges ? `${curve}, $d${index} using 1:2:3:4 with yerrorbars lc ${index + 1} pt 7 ps 0.5 notitle` : curve;
  });
  return [
    'set terminal svg size 760,420 dynamic font "sans-serif,12" background "white"',
    `set title ${quoted(`${title}\\n{/*0.8 ${subtitle}}`)}`,
    `set xlabel ${quoted(xLabel)} offset 0,0.4`, `set ylabel ${quoted(yLabel)}`,
    'set grid lc "#dddddd"', lines.length > 1 ? 'set key below height 1' : 'unset key', 'set yrange [0:*]',
    lines.some(({ ranges }) => ranges) ? 'set offsets graph 0.02, graph 0.02, 0, 0' : 'set xrange [0:*]',
    ...(ticks ? ['set logscale x', `set xtics (${ticks.map(([x, label]) => `${quoted(label)} ${x}`).join(', ')})`] : []),
    ...data,
    `plot ${drawn.join(', \\\n  ')}`,
    '',
  ].join('\n');
}

const plotters = {
  table: () => [],
  text: () => [],

  curve({ title, x, columns, lines }) {
    const xs = lines[0].points.map((point) => point.x);
    const placed = x.log ? onLogarithm(xs) : (at) => at;
    const ticks = x.log ? xs.map((at) => [placed(at), at > 0 ? rounded(at) : 'none']) : undefined;
    return columns.filter(({ plot = true }) => plot).map(({ key, label, unit }) => ({
      key,
      title: `${title}: ${label}`,
      xLabel: x.label,
      yLabel: withUnit(label, unit),
      ticks,
      lines: lines.map((each) => ({
        label: each.label,
        ranges: true,
        points: each.points
          .filter(({ figures }) => figures[key])
          .map(({ x: at, figures: { [key]: { median, low, high } } }) => [placed(at), ...[median, low, high].map((value) => inUnit(value, unit))]),
      })).filter(({ points }) => points.length > 0),
    }));
  },

  series: ({ title, series }) =>
    series.map(({ key, label, unit, lines }) => ({
      key,
      title: `${title}: ${label}`,
      xLabel: 'seconds',
      yLabel: withUnit(label, unit),
      lines: lines.map((each) => ({ ...each, points: each.points.map(([at, value]) => [at, inUnit(value, unit)]) })),
    })),
};

/** The plots of a result: [{ name, title, … }]; draw() makes them. */
function plotsOf(result, file) {
  return plotters[result.kind](result).map((plot) => ({ ...plot, name: `${file}-${plot.key}.svg` }));
}

/** SVG files by name. `subtitle` says where and when. */
export function draw(result, file, subtitle) {
  const made = plotsOf(result, file).map((plot) => [plot.name, execFileSync('gnuplot', { input: script({ ...plot, subtitle }), encoding: 'utf8' })]);
  return Object.fromEntries(made);
}
