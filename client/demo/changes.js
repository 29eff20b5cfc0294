import { command, part, post } from './page.js';

/** The SQL that the buttons run, on the newest row. */
const CHANGES = {
  update: (id) => `UPDATE notifications SET title = 'Changed at ' || time('now', 'localtime') WHERE id = ${id}`,
  delete: (id) => `DELETE FROM notifications WHERE id = ${id}`,
};

/**
 * What an application does when it has changed its mind: it changes or deletes the
 * row, by SQL. Here a button does that to the newest row, or the same line in a terminal.
 */
export class Changes {
  #id;
  #sqlite = 'sqlite3 belfry.db';

  constructor(client) {
    client.on('notifications', (list) => this.#show(list));
    client.on('connected', () => this.#learn());
    for (const button of document.querySelectorAll('[data-runs]')) {
      button.addEventListener('click', () => this.#run(button.dataset.runs));
    }
  }

  async #learn() {
    this.#sqlite = await command('sqlite-command', this.#sqlite);
    this.#write();
  }

  #show([newest]) {
    const isFocused = part('changes').contains(document.activeElement);
    this.#id = newest?.id;
    this.#write();
    part('changes').hidden = !newest;
    part('change-words').textContent = newest ? '' : 'There is no row yet: ring first.';
    // The button that had the focus is gone: the keyboard continues from here.
    if (isFocused && !newest) part('change-title').focus();
  }

  #write() {
    for (const [name, sql] of Object.entries(CHANGES)) {
      part(`${name}-command`).textContent = `${this.#sqlite} "${sql(this.#id)}"`;
    }
  }

  async #run(change) {
    const problem = await post('/demo/row', { id: this.#id, change });
    if (problem) part('change-words').textContent = `The row was not changed: ${problem}.`;
  }
}
