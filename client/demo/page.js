/** The elements of the page by id, and the few things that all its parts do with them. */
export const part = (id) => document.getElementById(id);

/** A fresh copy of a template's only element. */
export function stamp(template) {
  return part(`${template}-template`).content.firstElementChild.cloneNode(true);
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
