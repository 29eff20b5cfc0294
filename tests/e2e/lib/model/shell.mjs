// What stays open as the model's other process, since thousands of statements would
// otherwise start a process each: a sqlite3 shell, or a connection to PostgreSQL.

import { spawn } from 'node:child_process';
import { atEnd } from '../end.mjs';
import { rowsOf } from '../postgres.mjs';
import { within } from '../wait.mjs';

export class Shell {
  #rest = '';
  #awaited = [];

  constructor(test, database) {
    this.child = spawn('sqlite3', ['-cmd', '.timeout 10000', '-cmd', '.mode json', database]);
    this.child.stdout.setEncoding('utf8').on('data', (text) => this.#read(text));
    this.child.stderr.setEncoding('utf8').on('data', (text) => this.#awaited.shift()?.reject(new Error(text)));
    atEnd(test, () => this.child.kill());
  }

  #read(text) {
    const parts = (this.#rest + text).split('-- done\n');
    this.#rest = parts.pop();
    for (const part of parts) this.#awaited.shift()?.resolve(part ? JSON.parse(part) : []);
  }

  /** The rows of the last of these statements, as objects. */
  rows(sql) {
    const answer = new Promise((resolve, reject) => this.#awaited.push({ resolve, reject }));
    this.child.stdin.write(`${sql};\n.print -- done\n`);
    return within(answer, () => sql);
  }
}

/** A connection to PostgreSQL, as the same. */
export class Connection {
  constructor(client) {
    this.client = client;
  }

  rows(sql) {
    return within(rowsOf(this.client, sql), () => sql);
  }
}

export const quoted = (text) => (text === null ? 'NULL' : `'${String(text).replaceAll("'", "''")}'`);
