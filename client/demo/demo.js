import { BelfryBell } from '../src/bell.js';
import { BelfryClient } from '../src/index.js';
import { Changes } from './changes.js';
import { Gauge } from './gauge.js';
import { Notices } from './notices.js';
import { command, part, post, showAvatar } from './page.js';
import { Status } from './status.js';
import { Talk } from './talk.js';
import { followTheme } from './theme.js';
import { Tower } from './tower.js';
import { Wire } from './wire.js';

const client = new BelfryClient();
const bell = new BelfryBell();
bell.client = client;
part('bell').replaceWith(bell);
new Tower(client);
new Notices(client);
new Changes(client);
new Talk(client);
new Gauge(client);
new Wire(client);

/** Why the page shows the sign-in again, by the code of the error that stopped the client. */
const ENDS = {
  unauthorized: 'You were signed out: the session has ended. Choose who you are to go on.',
  session_revoked: 'You were signed out everywhere. Choose who you are to go on.',
};

let lastError;
let welcomed = false;
client.on('error', (error) => (lastError = error));
client.on('stateChange', (state) => {
  // Stopped for good, as expected for a visitor who was never signed in.
  if (state === 'error') showDoor(welcomed || lastError.code !== 'unauthorized' ? why(lastError) : '');
});
client.on('connected', ({ userId }) => welcome(userId));
new Status(client);
followTheme();

/** Signed in already? The session cookie decides: without one, the endpoint answers 401. */
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

for (const button of document.querySelectorAll('[data-copies]')) {
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(part(button.dataset.copies).textContent);
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  });
}

function why({ code, message }) {
  return ENDS[code] ?? `${message}.`;
}

function showDoor(trouble = '') {
  const kept = welcomed && document.activeElement !== document.body;
  welcomed = false;
  document.body.dataset.view = 'door';
  document.title = 'Belfry';
  part('who').hidden = true;
  part('trouble').textContent = trouble;
  // The element that had the focus is gone: the keyboard continues from here.
  if (kept) part('door-title').focus();
}

async function welcome(user) {
  const kept = part('door').contains(document.activeElement);
  welcomed = true;
  document.body.dataset.view = 'bell';
  part('who').hidden = false;
  part('user').textContent = user;
  part('trouble').textContent = '';
  showAvatar(part('avatar'), user);
  if (kept) part('main').focus();
  part('command').textContent = `${await command('command', 'belfry send')} \\\n  --user ${user} \\\n  --title "Hello, ${user}"`;
  const kill = await command('kill-command', '');
  part('kill').hidden = !kill;
  part('kill-command').textContent = kill;
}
