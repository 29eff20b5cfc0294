// The examples of the manual pages, for tests that run them verbatim.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from './program.mjs';

const ESCAPES = { '\\e': '\\', '\\&': '', '\\(dq': '"' };

/** The literal blocks of a page, or of one of its sections (.Sh). */
export function literalBlocks(page, section) {
  let source = readFileSync(join(top, 'man', page), 'utf8');
  if (section) source = source.split(/^\.Sh /m).find((text) => text.startsWith(`${section}\n`));
  assert.ok(source, `${page} has no section ${section}`);
  return [...source.matchAll(/^\.Bd -literal.*\n([^]*?)^\.Ed$/gm)]
    .map(([, block]) => block.replaceAll(/\\(e|&|\(dq)/g, (escape) => ESCAPES[escape]));
}

/**
 * The only literal block of the page that contains all of these texts, with
 * `replacements` applied; it is an error if the text of a replacement is missing.
 */
export function documented(page, texts, replacements = {}) {
  const blocks = literalBlocks(page).filter((block) => texts.every((text) => block.includes(text)));
  assert.equal(blocks.length, 1, `${blocks.length} examples in ${page} hold ${texts.join(' and ')}`);
  let [text] = blocks;
  for (const [from, to] of Object.entries(replacements)) {
    assert.ok(text.includes(from), `the example in ${page} no longer says ${from}`);
    text = text.replaceAll(from, () => to);
  }
  return text;
}
