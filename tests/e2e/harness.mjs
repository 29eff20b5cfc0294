// The helpers of the end-to-end tests: a site of real programs, real web servers
// and real clients.
//
//     test('a row rings', async (t) => {
//       const site = await openSite(t);
//       const alice = socketClient(t, site.url, { auth: { token: await site.token() } });
//       await alice.event('connected');
//       const id = await site.insert('alice', 'Hello');
//       assert.equal((await alice.event('notification')).id, id);
//       await site.status(id, 'delivered');
//     });
//
// Everything that a test starts ends with it. The test fails if a program exits with
// a status other than 0, a sanitizer reported anything, or a secret is in a log.

export { NoWebSocket, startClient } from './lib/belfry.mjs';
export { openBrowser } from './lib/browser.mjs';
export { CARRIERS, plainClient, socketClient, testCarriers } from './lib/clients.mjs';
export { startCutProxy } from './lib/cut-proxy.mjs';
export { demoScript, startDemo, startDemoOfTwo } from './lib/demo.mjs';
export { openDevice, openDevices, testDevices } from './lib/devices.mjs';
export { atEnd } from './lib/end.mjs';
export { ON_POSTGRES } from './lib/dialect.mjs';
export { ENGINES, onlyFiles, testEngines } from './lib/engines.mjs';
export { askOnce, startLoad } from './lib/load.mjs';
export { documented } from './lib/manual.mjs';
export { openPages } from './lib/pages.mjs';
export { enterPolling, eventOf, Poller } from './lib/poller.mjs';
export { startOnFreePort } from './lib/port.mjs';
export { build, Program, runProgram, top } from './lib/program.mjs';
export { openLastingSite, openSite, Site } from './lib/site.mjs';
export { openStream } from './lib/stream.mjs';
export { superviseAuth } from './lib/supervisor.mjs';
export { DEADLINE_MS, eventually, Inbox, within } from './lib/wait.mjs';
export { deployed, startWebServer } from './lib/web.mjs';
