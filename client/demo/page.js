/** The elements of the page, by their ids, and the few things all its parts do with them. */
export const part = (id) => document.getElementById(id);

/** A fresh copy of a template's only element. */
export function stamp(template) {
  return part(`${template}-template`).content.firstElementChild.cloneNode(true);
}

/** Into `<time>`: the clock for today, the date before. */
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
