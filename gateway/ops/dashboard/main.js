// The administrator's page: asks /metrics every two seconds, and draws.

import { added, age, bucketsOf, bytes, count, none, quantile, rate, read, seconds, seriesOf, shortSeconds } from './figures.js';
import { Plot } from './plot.js';

const PAUSE_MS = 2000;
const PATIENCE_MS = 4000;
const SPAN_MS = 300000;
/** Latencies are those of so many answers together, or one slow row would be the whole plot. */
const LATENCY_ANSWERS = 5;
/** Longer than this between two answers, and the line breaks. */
const GAP_MS = 3 * PAUSE_MS + PATIENCE_MS;

const element = (id) => document.getElementById(id);
const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
const tell = (id, text) => { element(id).textContent = text; };

const KINDS = [
  ['WebSocket, Socket.IO', 'websocket', 'socket.io'],
  ['WebSocket, plain', 'websocket', 'plain'],
  ['Long polling', 'polling', 'socket.io'],
  ['Event stream', 'events', 'plain'],
];
const ofKind = (carrier, framing) => (values) => values.get(`belfry_connections{carrier="${carrier}",framing="${framing}"}`) ?? null;

const PLOTS = [
  {
    title: 'Connections by carrier and framing',
    series: KINDS.map(([name, carrier, framing]) => ({ name, of: ({ values }) => ofKind(carrier, framing)(values) })),
    spell: count,
    least: 10,
    quiet: '',
  },
  {
    title: 'Notifications a second',
    series: [
      { name: 'Sent', of: ({ rates }) => rates?.belfry_notifications_sent_total },
      { name: 'Confirmed', of: ({ rates }) => rates?.belfry_notifications_confirmed_total },
      { name: 'Expired', of: ({ rates }) => rates?.belfry_queue_rows_expired_total },
    ],
    spell: rate,
    least: 10,
    quiet: 'Waiting for a second answer',
  },
  {
    title: 'Latency of notifications',
    note: 'From INSERT until sent, and from there until the browser has confirmed. Rows that waited for their user or their time are left out.',
    series: [
      { name: 'Sent, p50', of: ({ latency }) => latency?.send[0] },
      { name: 'Sent, p99', of: ({ latency }) => latency?.send[1] },
      { name: 'Confirmed, p50', of: ({ latency }) => latency?.confirm[0] },
      { name: 'Confirmed, p99', of: ({ latency }) => latency?.confirm[1] },
    ],
    spell: seconds,
    least: 0.001,
    log: true,
    quiet: 'Nothing has been delivered in the last minutes',
  },
  {
    title: 'Pending notifications by what they wait for',
    note: 'Counted every 15 seconds. With several gateways, users of the others count as absent.',
    series: [
      { name: 'For absent users', of: ({ values }) => values.get('belfry_pending_absent_notifications') },
      { name: 'For their time', of: ({ values }) => values.get('belfry_pending_put_off_notifications') },
      { name: 'On their way', of: ({ values }) => values.get('belfry_pending_under_way_notifications') },
    ],
    spell: count,
    least: 10,
    quiet: '',
  },
];

const plots = PLOTS.map((plot) => new Plot(element('cards'), plot, SPAN_MS));
const samples = [];
let answeredAt = 0;

// ---- asking ----

async function ask(path) {
  const answer = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
  return { ok: answer.ok, text: await answer.text() };
}

/** Why the gateway is not ready, as /readyz says. */
async function reason() {
  const { ok, text } = await ask('readyz');
  return ok ? '' : (JSON.parse(text).reason ?? '');
}

async function look() {
  try {
    const { ok, text } = await ask('metrics');
    if (!ok) throw new Error(text);
    const values = read(text);
    const why = values.get('belfry_ready') === 1 ? '' : await reason();
    answeredAt = Date.now();
    note(values);
    showState(why);
    show();
  } catch {
    showSilence();
  }
  setTimeout(look, PAUSE_MS);
}

// ---- remembering ----

function differences(before, values, span) {
  const rates = {};
  for (const [series, value] of values) rates[series] = Math.max(0, value - (before.get(series) ?? 0)) / span;
  return rates;
}

/** The p50 and p99 of a stage since some answers ago; nulls where nothing was delivered. */
function latencyOf(values, earlier, stage) {
  const labels = `stage="${stage}"`;
  const buckets = added(bucketsOf(earlier, 'belfry_delivery_seconds', labels), bucketsOf(values, 'belfry_delivery_seconds', labels));
  return [quantile(buckets, 0.5), quantile(buckets, 0.99)];
}

const START = 'belfry_start_time_seconds';

function note(values) {
  const at = Date.now();
  const last = samples.at(-1);
  if (last && last.values.get(START) !== values.get(START)) samples.length = 0;
  const before = samples.at(-1);
  const sample = { at, values, gap: Boolean(before) && at - before.at > GAP_MS };
  if (before && !sample.gap) {
    const earlier = samples[Math.max(0, samples.length - LATENCY_ANSWERS)].values;
    sample.rates = differences(before.values, values, (at - before.at) / 1000);
    sample.latency = { send: latencyOf(values, earlier, 'send'), confirm: latencyOf(values, earlier, 'confirm') };
  }
  samples.push(sample);
  while (samples[0].at < at - SPAN_MS) samples.shift();
}

// ---- showing ----

function showTrouble(text, isWarning) {
  const trouble = element('trouble');
  trouble.hidden = text === '';
  trouble.classList.toggle('warn', isWarning);
  if (trouble.textContent !== text) trouble.textContent = text;
}

function setState(state, text) {
  const shown = element('state');
  shown.dataset.state = state;
  if (shown.textContent !== text) shown.textContent = text;
  document.title = `Belfry: ${text.toLowerCase()}`;
}

function showState(why) {
  const draining = why.startsWith('draining');
  element('main').classList.remove('stale');
  if (why === '') {
    setState('ready', 'Ready');
    showTrouble('', true);
  } else {
    setState(draining ? 'draining' : 'unready', draining ? 'Draining' : 'Not ready');
    showTrouble(draining ? 'The gateway is about to end: it closes its connections one after another, and takes no new ones.' : `The gateway is not ready: ${why}`, true);
  }
}

function showSilence() {
  const what = answeredAt > 0 ? `has not answered since ${new Date(answeredAt).toLocaleTimeString()}` : 'does not answer';
  setState('silent', 'No answer');
  showTrouble(`The gateway ${what}. It may be restarting, or not be running. This page asks again every two seconds.`, false);
  element('main').classList.add('stale');
}

function showRows(id, rows) {
  const lines = rows.map(([name, cells, small, attention]) => {
    const line = document.createElement('tr');
    const head = document.createElement('th');
    head.scope = 'row';
    head.append(name);
    if (small) head.append(Object.assign(document.createElement('small'), { textContent: small }));
    line.append(head);
    for (const cell of cells) {
      const data = document.createElement('td');
      data.textContent = cell;
      data.classList.toggle('attention', Boolean(attention));
      line.append(data);
    }
    return line;
  });
  element(id).tBodies[0].replaceChildren(...lines);
}

/** What was added to a counter in the time that this page remembers. */
function recent(series) {
  return samples.at(-1).values.get(series) - (samples[0].values.get(series) ?? 0);
}

/** "12, of these 3 in 5 min", and whether it should be looked at. */
function happened(values, name, label, small) {
  const lately = recent(name);
  return [label, [lately > 0 ? `${count(values.get(name))} (+${count(lately)})` : count(values.get(name))], small, lately > 0];
}

function showTiles({ values, rates, latency }) {
  const sessions = KINDS.reduce((sum, [, carrier, framing]) => sum + ofKind(carrier, framing)(values), 0);
  const last = [...samples].reverse().find((sample) => sample.latency?.send[1] != null || sample.latency?.confirm[1] != null)?.latency ?? latency;
  const oldest = values.get('belfry_oldest_pending_seconds');

  tell('connections', count(sessions));
  tell('users', `${plural(values.get('belfry_users'), 'user')} · ${plural(values.get('belfry_topics'), 'topic')}`);
  tell('delivered', rates ? rate(rates.belfry_notifications_confirmed_total) : none);
  tell('delivered-total', `${count(values.get('belfry_notifications_confirmed_total'))} since start`);
  for (const stage of ['send', 'confirm']) {
    tell(`${stage}-p99`, seconds(last?.[stage][1] ?? NaN));
    tell(`${stage}-p50`, last?.[stage][0] == null ? 'nothing delivered lately' : `99 of 100; half within ${seconds(last[stage][0])}`);
  }
  tell('pending', count(values.get('belfry_pending_notifications')));
  tell('oldest', oldest > 0 ? `for connected users since ${age(oldest)}` : 'none for connected users');
}

function showSlow({ values }) {
  showRows('slow', [
    ['Waiting for a confirmation', [count(values.get('belfry_unconfirmed_notifications'))], 'notifications sent, all connections'],
    ['Full windows', [count(values.get('belfry_windows_full'))], 'connections that must confirm first', values.get('belfry_windows_full') > 0],
    ['Waiting bytes', [bytes(values.get('belfry_buffered_bytes') + values.get('belfry_polling_buffered_bytes'))], 'not yet taken by clients'],
    happened(values, 'belfry_subscriptions_behind_total', 'Fell behind', 'read on from the queue later'),
    happened(values, 'belfry_events_dropped_total', 'Typing and presence left out'),
    happened(values, 'belfry_slow_consumers_total', 'Closed: took nothing'),
    happened(values, 'belfry_confirmations_overdue_total', 'Closed: confirmed nothing'),
  ]);
}

function showRefusals({ values }) {
  const rows = [];
  for (const [name, label, spell] of [['belfry_refusals_total', 'code', (code) => code], ['belfry_http_refusals_total', 'status', (status) => `HTTP ${status}`]]) {
    for (const [labels, total] of seriesOf(values, name)) {
      const lately = recent(`${name}{${label}="${labels[label]}"}`);
      if (total > 0) rows.push([spell(labels[label]), [count(lately), count(total)], '', lately, total]);
    }
  }
  rows.sort((a, b) => b[3] - a[3] || b[4] - a[4]);
  showRows('refusals', rows.map(([name, cells]) => [name, cells]));
  element('refusals').hidden = rows.length === 0;
  element('no-refusals').hidden = rows.length > 0;
}

function showDatabase({ values, rates }) {
  const name = 'belfry_store_transaction_seconds';
  const buckets = added(bucketsOf(samples[0].values, name), bucketsOf(values, name));
  const wal = values.get('belfry_wal_bytes');
  showRows('database', [
    ['Transactions a second', [rates ? rate(rates.belfry_queue_commits_total) : none], 'that write'],
    ['Transaction, p99', [shortSeconds(quantile(buckets, 0.99) ?? NaN)], 'in the last 5 min'],
    ['Length of the WAL', [wal > 0 ? bytes(wal) : none], wal > 0 ? 'SQLite' : 'only with SQLite'],
    ['Rows not looked at yet', [count(values.get('belfry_queue_rows_behind'))]],
    happened(values, 'belfry_queue_busy_total', 'Found locked', 'a write was tried again'),
    happened(values, 'belfry_queue_errors_total', 'Errors of the database', 'the log says which'),
    happened(values, 'belfry_queue_rows_failed_total', 'Failed rows', 'belfry queue list --status failed'),
  ]);
}

function show() {
  const sample = samples.at(-1);
  const version = seriesOf(sample.values, 'belfry_build_info')[0]?.[0].version;

  tell('version', version ?? none);
  tell('uptime', age(Date.now() / 1000 - sample.values.get(START)));
  tell('updated', new Date(answeredAt).toLocaleTimeString());
  showTiles(sample);
  for (const plot of plots) plot.show(samples);
  showSlow(sample);
  showRefusals(sample);
  showDatabase(sample);
}

look();
