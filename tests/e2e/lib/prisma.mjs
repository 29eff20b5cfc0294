// Prisma as an application has it: its schema in a database, and the client that
// its command generates. What `prisma migrate diff` does, is done by the same engine as
// WebAssembly, since the command downloads a binary of it, and tests download
// nothing.

import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';

const require = createRequire(import.meta.url);
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

async function loadSchemaEngine() {
  const glue = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const file = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/js$/, 'wasm');
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  return glue.SchemaEngine;
}

/** The SQL of this schema's tables. */
async function migration(schema, factory) {
  const SchemaEngine = await loadSchemaEngine();
  const files = [{ path: 'schema.prisma', content: schema }];
  const engine = await SchemaEngine.new({ datamodels: [['schema.prisma', schema]] }, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  engine.free();
  return stdout;
}

/** A client of these models, whose tables are in the database then. */
export async function prismaClient(folder, pool, url, models) {
  const factory = new PrismaPg({ connectionString: url });
  const file = join(folder, 'schema.prisma');
  const schema = `datasource db {\n  provider = "postgresql"\n}\n${models}`;
  await pool.query(await migration(schema, factory));
  writeFileSync(file, `${schema}\ngenerator client {\n  provider = "prisma-client-js"\n  output = "./client"\n}\n`);
  symlinkSync(modules, join(folder, 'node_modules'));
  // What it downloads otherwise is not needed for this.
  execFileSync(process.execPath, [join(modules, 'prisma/build/index.js'), 'generate', '--schema', file], {
    cwd: folder, stdio: 'pipe', env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  });
  const { PrismaClient } = require(join(folder, 'client'));
  return new PrismaClient({ adapter: factory });
}
