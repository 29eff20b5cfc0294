import { BelfryClient } from '../src/index.js';
import { Gauge } from './gauge.js';
import { Notices } from './notices.js';
import { part, showAvatar } from './page.js';
import { Talk } from './talk.js';
import { Tower } from './tower.js';
import { Wire } from './wire.js';

const STATES = {
  disconnected: 'Not connected',
  connecting: 'Connecting…',
  connected: 'Connected',
  reconnecting: 'Looking for the gateway…',
  error: 'Stopped',
};

const client = new BelfryClient();
new Tower(client);
new Notices(client);
new Talk(client);
new Gauge(client);
new Wire(client);

let lastError;
client.on('error', (error) => (lastError = error));
client.on('stateChange', (state) => {
  // Stopped for good: without a session that is how it has to be.
  if (state === 'error') showDoor(lastError.code === 'unauthorized' ? '' : `${lastError.message}.`);
  showState(state);
});
client.on('connected', ({ userId }) => welcome(userId));

/** Signed in already? The session's cookie knows; without one the endpoint says 401. */
client.connect();

part('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const problem = await post('/demo/login', { user: event.submitter.value });
  if (problem) showDoor(`Signing in did not work: ${problem}.`);
  else client.connect();
});

part('sign-out').addEventListener('click', async () => {
  client.disconnect();
  await post('/demo/logout', {});
  showDoor();
});

part('copy').addEventListener('click', async ({ currentTarget: button }) => {
  await navigator.clipboard.writeText(part('command').textContent);
  button.textContent = 'Copied';
  setTimeout(() => (button.textContent = 'Copy'), 1500);
});

part('theme').addEventListener('click', () => {
  const { style } = document.documentElement;
  const dark = style.colorScheme
    ? style.colorScheme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;
  style.colorScheme = dark ? 'light' : 'dark';
});

async function post(url, fields) {
  try {
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
    return response.ok ? null : `the server answered ${response.status}`;
  } catch {
    return 'the server is not there';
  }
}

function showState(state) {
  // Without a user there is nothing wrong with being stopped.
  const door = document.body.dataset.view === 'door' && state === 'error';
  document.body.dataset.state = door ? 'disconnected' : state;
  part('state-text').textContent = door ? STATES.disconnected : STATES[state];
}

function showDoor(trouble = '') {
  document.body.dataset.view = 'door';
  document.title = 'Belfry';
  part('who').hidden = true;
  part('trouble').textContent = trouble;
}

async function welcome(user) {
  document.body.dataset.view = 'bell';
  part('who').hidden = false;
  part('user').textContent = user;
  showAvatar(part('avatar'), user);
  part('command').textContent = `${await command()} \\\n  --user ${user} \\\n  --title "Hello, ${user}"`;
}

/** How this very demo is rung: the server knows where its database is. */
async function command() {
  const response = await fetch('/demo/command').catch(() => null);
  return response?.ok ? (await response.text()).trim() : 'belfry send';
}
