// Pages of a site that uses the browser library, and a browser to open them in.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from './browser.mjs';
import { top } from './program.mjs';
import { openSite } from './site.mjs';

/**
 * A site that serves the library's modules as an installed site does, with these pages
 * (HTML by file name), and a browser in which alice is signed in. `signIn(user)`
 * sets the cookie like a login, or without a user deletes it like a logout;
 * `write(name, text)` adds another file.
 */
export async function openPages(t, pages, { browser: options, more = '', tls, ...settings } = {}) {
  const site = await openSite(t, { auth: true, ...settings });
  const modules = `mimetype.assign = ( ".html" => "text/html", ".js" => "text/javascript" )
server.modules += ( "mod_alias" )
alias.url = ( "/belfry/" => "${top}/client/src/" )
${more}`;
  const url = await site.startWeb('lighttpd', { more: modules, tls });
  const write = (name, text) => writeFileSync(join(site.folder, 'www', name), text);
  for (const [name, html] of Object.entries(pages)) write(name, html);
  const browser = await openBrowser(t, options);
  const signIn = async (user) => {
    if (!user) return browser.clearCookies();
    const { value } = await site.session(user);
    await browser.addCookies([{ name: 'authjs.session-token', value, url }]);
  };
  await signIn('alice');
  const open = async (name) => {
    const page = await browser.newPage();
    await page.goto(new URL(name, url).href);
    return page;
  };
  return { site, browser, url, write, signIn, open };
}
