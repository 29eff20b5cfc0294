import { part } from './page.js';

const KEY = 'belfry-demo-theme';
const root = document.documentElement;

/** Light or dark: as the system says, until the user chooses. The choice is kept over reloads. */
export function followTheme() {
  root.style.colorScheme = read() ?? '';
  part('theme').addEventListener('click', () => {
    const dark = root.style.colorScheme
      ? root.style.colorScheme === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches;
    root.style.colorScheme = dark ? 'light' : 'dark';
    keep(root.style.colorScheme);
  });
}

/** If the browser forbids storage, the choice lasts as long as the page. */
function read() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // See above.
  }
}
