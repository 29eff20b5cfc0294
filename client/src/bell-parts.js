/** The elements of the bell. No markup is parsed, so a site with Trusted Types needs no policy for it. */

const SVG = 'http://www.w3.org/2000/svg';
const BELL = 'M12 2a1.8 1.8 0 0 1 1.8 1.8v.5c2.7.8 4.4 3.3 4.4 6.5 0 4 .9 5.2 2.3 6.3.6.5.3 1.4-.5 1.4H4c-.8 ' +
  '0-1.1-.9-.5-1.4 1.4-1.1 2.3-2.3 2.3-6.3 0-3.2 1.7-5.7 4.4-6.5v-.5A1.8 1.8 0 0 1 12 2Zm-2.4 18h4.8a2.4 2.4 0 0 1-4.8 0Z';
const STROKE = 'M4 3 21 20';

/** An element with its parts, attributes and children. */
export function element(name, parts, attributes = {}, ...children) {
  const made = document.createElement(name);
  if (parts) made.setAttribute('part', parts);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function drawing() {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('part', 'icon');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  for (const [id, shape] of [['bell', BELL], ['stroke', STROKE]]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', shape);
    path.setAttribute('id', id);
    svg.append(path);
  }
  return svg;
}

/** The whole bell; elements with an id are found by it. */
export function page() {
  const button = element('button', 'button', {
    id: 'button', type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false',
  });
  button.append(
    element('slot', '', { name: 'icon' }, drawing()),
    element('span', 'badge', { id: 'badge', 'aria-hidden': 'true', hidden: '' }),
    element('span', 'offline', { id: 'offline', 'aria-hidden': 'true' }, '!'),
  );
  const header = element('div', 'header', {},
    element('strong', 'heading', { id: 'heading' }),
    element('button', 'mark-all', { id: 'mark-all', type: 'button' }));
  const panel = element('div', 'panel', { id: 'panel', role: 'dialog', tabindex: '-1', hidden: '' },
    header,
    element('p', 'status', { id: 'status', hidden: '' }),
    element('ul', 'list', { id: 'list', role: 'list', tabindex: '0' }),
    element('p', 'empty', { id: 'empty' }),
    element('button', 'more', { id: 'more', type: 'button', hidden: '' }));
  return [button, panel, element('span', '', { id: 'announced', role: 'status' })];
}
