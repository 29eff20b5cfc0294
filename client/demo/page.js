/** The elements of the page by id, and the few things that all its parts do with them. */
export const part = (id) => document.getElementById(id);

/** A fresh copy of a template's only element. */
export function stamp(template) {
  return part(`${template}-template`).content.firstElementChild.cloneNode(true);
}

/** Writes a text only if it differs: otherwise a selection would be dropped, or a screen reader announce it again. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Fills a `<time>`: the time of day for today, the date for earlier days. */
export function showTime(element, when) {
  const date = new Date(when);
  const today = date.toDateString() === new Date().toDateString();
  element.dateTime = date.toISOString();
  element.textContent = today
    ? date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })
    : date.toLocaleDateString([], { day: 'numeric', month: 'short' });
}

export function initial(user) {
  return user.slice(0, 1).toUpperCase();
}

export function showAvatar(element, user) {
  element.textContent = initial(user);
  element.dataset.user = user;
}

/** Returns what went wrong, in words; null if nothing did. */
export async function post(url, fields) {
  try {
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
    return response.ok ? null : `the server answered ${response.status}`;
  } catch {
    return 'the server is not there';
  }
}

/** The command line for this demo, from its server, which knows the paths of the database and the gateway. */
export async function command(name, otherwise) {
  const response = await fetch(`/demo/${name}`).catch(() => null);
  return response?.ok ? (await response.text()).trim() : otherwise;
}
