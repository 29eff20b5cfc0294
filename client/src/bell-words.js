/** The texts of the bell. An attribute of the same name replaces each. */
export const WORDS = {
  label: 'Notifications',
  'label-unread': 'unread',
  'label-new': 'new',
  'label-all': 'Mark all read',
  'label-mark': 'Mark as read',
  'label-unmark': 'Mark as unread',
  'label-archive': 'Archive',
  'label-unarchive': 'Move back to the list',
  'label-archived': 'Archived',
  'label-more': 'Show more',
  'label-empty': 'Nothing new',
  'label-archived-empty': 'Nothing is archived',
  'label-high': 'Important',
  'label-urgent': 'Urgent',
  'label-connecting': 'Connecting …',
  'label-disconnected': 'Not connected',
  'label-reconnecting': 'The connection was lost. Trying again …',
  'label-offline': 'This device is offline. Notifications come when the network is back.',
  'label-unreachable': 'The server cannot be reached. Trying again …',
  'label-unavailable': 'The sign-in service does not answer. Trying again …',
  'label-signed-out': 'You are not signed in.',
  'label-revoked': 'You were signed out. Sign in again.',
  'label-failed': 'Notifications cannot be shown. Tell whoever runs this site.',
};

/** Texts by error code. For any other code, the text of the state is shown. */
const TROUBLES = {
  offline: 'label-offline',
  unreachable: 'label-unreachable',
  token_unavailable: 'label-unavailable',
  unauthorized: 'label-signed-out',
  session_revoked: 'label-revoked',
};

const STATES = {
  connecting: 'label-connecting',
  reconnecting: 'label-reconnecting',
  disconnected: 'label-disconnected',
  error: 'label-failed',
};

/** The name of the text that says what is wrong with the connection; undefined if nothing is. */
export function statusWord(state, trouble) {
  if (state === 'connected') return undefined;
  // While it tries again, the reason why it stopped before is out of date.
  if (state === 'disconnected' || (state === 'connecting' && !trouble)) return STATES[state];
  return (trouble?.final ? undefined : TROUBLES[trouble?.code]) ?? STATES[state];
}
