// The PostgreSQL server of a run of tests: prints its folder, and ends when its standard
// input does.

import { ownPostgresServer } from './postgres.mjs';

const server = await ownPostgresServer();
console.log(server.folder);
process.stdin.resume().on('end', () => process.exit());
