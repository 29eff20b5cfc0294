// The code blocks of README and of the tutorials in docs/, for tests that run them verbatim.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from './program.mjs';

/**
 * The only block of this language in a file of Markdown that contains all of these texts, with
 * `replacements` applied; it is an error if the text of a replacement is missing.
 */
export function shown(file, language, texts, replacements = {}) {
  const source = readFileSync(join(top, file), 'utf8');
  const blocks = [...source.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))]
    .map(([, block]) => block).filter((block) => texts.every((text) => block.includes(text)));
  assert.equal(blocks.length, 1, `${blocks.length} blocks of ${language} in ${file} hold ${texts.join(' and ')}`);
  let [block] = blocks;
  for (const [from, to] of Object.entries(replacements)) {
    assert.ok(block.includes(from), `the block in ${file} no longer says ${from}`);
    block = block.replaceAll(from, () => to);
  }
  return block;
}
