/** The elements of the bell. No markup is parsed, so a site with Trusted Types needs no policy for it. */

const SVG = 'http://www.w3.org/2000/svg';
const BELL = 'M12 2a1.8 1.8 0 0 1 1.8 1.8v.5c2.7.8 4.4 3.3 4.4 6.5 0 4 .9 5.2 2.3 6.3.6.5.3 1.4-.5 1.4H4c-.8 ' +
  '0-1.1-.9-.5-1.4 1.4-1.1 2.3-2.3 2.3-6.3 0-3.2 1.7-5.7 4.4-6.5v-.5A1.8 1.8 0 0 1 12 2Zm-2.4 18h4.8a2.4 2.4 0 0 1-4.8 0Z';
const BOX = 'M3.5 4.5h17v4h-17zM5 8.5v11h14v-11';

/** What is drawn, by name: the class and the shape of each path. */
const DRAWINGS = {
  icon: { bell: BELL, stroke: 'M4 3 21 20' },
  archive: { box: BOX, arrow: 'M12 11v5.5m-2.5-2.4 2.5 2.5 2.5-2.5' },
  unarchive: { box: BOX, arrow: 'M12 17v-5.5m-2.5 2.4 2.5-2.5 2.5 2.5' },
  archived: { box: BOX, line: 'M9.5 12h5' },
};

/** An element with its parts, attributes and children. */
export function element(name, parts, attributes = {}, ...children) {
  const made = document.createElement(name);
  if (parts) made.setAttribute('part', parts);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** The bell, or the picture on a button. Only the bell is a part that a site can style. */
export function drawing(name) {
  const svg = document.createElementNS(SVG, 'svg');
  if (name === 'icon') svg.setAttribute('part', 'icon');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  for (const [className, shape] of Object.entries(DRAWINGS[name])) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', shape);
    path.setAttribute('class', className);
    svg.append(path);
  }
  return svg;
}

function head() {
  const button = (name, ...children) => element('button', name, { id: name, type: 'button' }, ...children);
  const view = button('archived', drawing('archived'));
  view.setAttribute('aria-pressed', 'false');
  return element('div', 'header', {},
    element('div', 'names', {},
      element('strong', 'heading', { id: 'heading' }),
      element('span', 'count', { id: 'count', dir: 'auto', hidden: '' })),
    button('mark-all'),
    view);
}

/** The whole bell; elements with an id are found by it. */
export function page() {
  const button = element('button', 'button', {
    id: 'button', type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false',
  });
  button.append(
    element('slot', '', { name: 'icon' }, drawing('icon')),
    element('span', 'badge', { id: 'badge', 'aria-hidden': 'true', hidden: '' }),
    element('span', 'offline', { id: 'offline', 'aria-hidden': 'true' }, '!'),
  );
  const panel = element('div', 'panel', { id: 'panel', role: 'dialog', tabindex: '-1', hidden: '' },
    head(),
    element('p', 'status', { id: 'status', hidden: '' }),
    element('ul', 'list', { id: 'list', role: 'list', tabindex: '0' }),
    element('p', 'empty', { id: 'empty' }),
    element('button', 'more', { id: 'more', type: 'button', hidden: '' }));
  return [button, panel, element('span', '', { id: 'announced', role: 'status' })];
}
