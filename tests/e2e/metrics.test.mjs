// What the gateway measures: Prometheus takes it, and the manual, the alerts and the dashboard
// for Grafana name what is there. deploy/prometheus/alerts_test.yml tests the alerts themselves.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, openSite, plainClient, runProgram, socketClient, testEngines, top } from './harness.mjs';

const file = (...path) => readFileSync(join(top, ...path), 'utf8');
const sorted = (names) => [...new Set(names)].sort();

const scrape = async (site) => (await fetch(`${site.ops}/metrics`)).text();

/** The metrics of an answer: name → type. */
const typesIn = (text) => new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]));

/** Its series by name: the labels that each has. */
function labelsIn(text) {
  const labels = new Map();
  for (const [, name, inside = ''] of text.matchAll(/^(belfry_\w+)(?:\{(.*)\})? /gm)) {
    labels.set(name, sorted([...(labels.get(name) ?? []), ...[...inside.matchAll(/(\w+)="/g)].map(([, label]) => label)]));
  }
  return labels;
}

/** How many values a histogram has, by its labels as written. */
const countOf = (text, series) => Number(text.match(new RegExp(`^${series.replace(/[{}"]/g, '\\$&')} (\\d+)$`, 'm'))?.[1] ?? NaN);

testEngines('promtool finds nothing wrong with what a working gateway tells', async (t, open) => {
  const site = await open({ gateways: 1 });
  const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
  await alice.event('connected');
  const bob = plainClient(t, `${site.url}/ws`, { token: await site.token({ sub: 'bob' }) });
  await bob.event('connected');
  await site.insert('carol', 'Nobody is there');
  await site.insert('alice', 'Tomorrow', { deliver_after: new Date(Date.now() + 86_400_000).toISOString() });
  const id = await site.insert('alice', 'Measured');
  await alice.event('notification');
  await site.status(id, 'delivered');
  await eventually(async () => (await site.metric('belfry_pending_notifications')) === 2, 'the pending rows to be counted');
  for (const [state, number] of [['absent', 1], ['put_off', 1], ['under_way', 0]]) {
    assert.equal(await site.metric(`belfry_pending_${state}_notifications`), number, state);
  }
  const text = await scrape(site);
  const { code, stdout, stderr } = await runProgram('promtool', ['check', 'metrics'], { input: text });
  assert.equal(`${code} ${stdout}${stderr}`, '0 ');
  assert.equal(await site.metric('belfry_connections{carrier="websocket",framing="socket.io"}'), 1);
  assert.equal(await site.metric('belfry_connections{carrier="websocket",framing="plain"}'), 1);
  for (const stage of ['send', 'confirm']) assert.equal(countOf(text, `belfry_delivery_seconds_count{stage="${stage}"}`), 1, text);
  assert.equal(countOf(text, 'belfry_handshake_seconds_count'), 2);
  assert.ok(countOf(text, 'belfry_store_transaction_seconds_count') > 0);
  assert.equal(await site.metric('belfry_oldest_pending_seconds'), 0);
});

test('only what the gateway could have sent at once counts as the time until it is sent', async (t) => {
  const site = await openSite(t);
  const sent = async () => countOf(await scrape(site), 'belfry_delivery_seconds_count{stage="send"}');
  const confirmed = async () => countOf(await scrape(site), 'belfry_delivery_seconds_count{stage="confirm"}');
  const waited = await site.insert('alice', 'Before she came');
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('notification');
  await site.status(waited, 'delivered');
  await site.sql("INSERT INTO notifications (user_id, title, deliver_after) VALUES ('alice', 'Later', strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+0.3 seconds'))");
  assert.equal((await alice.event('notification')).title, 'Later');
  await site.sql("UPDATE notifications SET status = 'pending' WHERE title = 'Before she came'");
  assert.equal((await alice.event('notification')).title, 'Before she came');
  await eventually(async () => (await confirmed()) === 3, 'three confirmations');
  assert.equal(await sent(), 0);
  await site.insert('alice', 'Now');
  await alice.event('notification');
  assert.equal(await sent(), 1);
});

test('refusals are counted by their code, and each metric is in the manual, the alerts and the dashboard as it is', async (t) => {
  const site = await openSite(t);
  const mallory = plainClient(t, `${site.url}/ws`, { token: 'none' });
  assert.equal((await mallory.event('error')).code, 'token_invalid');
  const alice = plainClient(t, `${site.url}/ws`, { token: await site.token() });
  await alice.event('connected');
  alice.send('no:such', {});
  assert.equal((await alice.event('error')).code, 'unknown_event');
  await fetch(`${site.url}/nowhere`);
  assert.equal(await site.metric('belfry_refusals_total{code="token_invalid"}'), 1);
  assert.equal(await site.metric('belfry_refusals_total{code="unknown_event"}'), 1);
  assert.equal(await site.metric('belfry_http_refusals_total{status="404"}'), 1);

  const text = await scrape(site);
  const types = typesIn(text);
  const described = new Map([...file('man', 'belfry-metrics.7').matchAll(/^\.It Li (belfry_\w+)(?: Ns \S+)? Pq (\w+)$/gm)].map(([, name, type]) => [name, type]));
  assert.deepEqual([...described].sort(), [...types].sort());
  const elsewhere = ['belfry-gateway.8', 'belfry-postgres.7'].flatMap((name) => file('man', name).match(/\bbelfry_[a-z_]+_(?:total|seconds|bytes|pages|sessions|waiting|behind)\b/g));
  assert.deepEqual(sorted(elsewhere).filter((name) => !types.has(name)), []);

  const labels = labelsIn(text);
  const dashboard = JSON.parse(file('deploy', 'grafana', 'belfry.json'));
  const queries = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...dashboard.templating.list.filter(({ type }) => type === 'query').map(({ definition }) => definition),
    ...[...file('deploy', 'prometheus', 'alerts.yml').matchAll(/^ +expr: (?!>-)(.*)$|^ {10}(?:and )?(sum .*)$/gm)].map(([, one, more]) => one ?? more),
  ];
  assert.ok(queries.length > 35);
  for (const query of queries) {
    const names = query.match(/\bbelfry_\w+/g) ?? [];
    const known = sorted(['instance', 'job', ...names.flatMap((name) => labels.get(name) ?? assert.fail(`${name} of ${query} is not exported`))]);
    const used = [...query.matchAll(/(\w+)(?:=~?|!=)"/g), ...[...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list.split(/, */).map((name) => [name, name]))];
    for (const [, label] of used) assert.ok(known.includes(label), `${label} is no label of ${names}, in ${query}`);
  }
});
