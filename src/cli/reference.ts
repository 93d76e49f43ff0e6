import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { apiFileSchema, systemFileSchema } from '../config/reference/editor-schemas.ts'
import { configurationReference } from '../config/reference/markdown.ts'
import { UserFault } from './fault.ts'
import { ROOT } from './root.ts'

/** Adds `reference`: what the schemas say, for people (`routes/README.md`) and for editors (`routes/*.schema.json`). */
export function addReference(program: Command): void {
  program
    .command('reference')
    .description('write the configuration reference and the schemas for editors')
    .option('--check', 'write nothing; exit with 1 when one of them is stale')
    .option('--directory <path>', 'where to write', join(ROOT, 'routes'))
    .addHelpText('after', '\nExample:\n  $ npx cb-bridge reference --check')
    .action(async (options: { readonly check?: true; readonly directory: string }) => {
      await (options.check === true ? check(options.directory) : write(options.directory))
    })
}

/** The generated files by name; the same schemas always make the same texts. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'README.md': configurationReference(),
    'gateway.schema.json': print(systemFileSchema()),
    'api.schema.json': print(apiFileSchema()),
  }
}

const print = (schema: object) => `${JSON.stringify(schema, null, 2)}\n`

async function write(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const [name, text] of Object.entries(generatedFiles())) {
    await writeFile(join(directory, name), text)
    console.log(`wrote ${join(directory, name)}`)
  }
}

async function check(directory: string): Promise<void> {
  const stale: string[] = []
  for (const [name, text] of Object.entries(generatedFiles())) {
    const path = join(directory, name)
    const present = await readFile(path, 'utf8').catch(() => undefined)
    if (present?.replaceAll('\r\n', '\n') !== text) stale.push(path)
  }
  if (stale.length > 0) {
    throw new UserFault(`stale: ${stale.join(', ')}\nRun "npx cb-bridge reference".`)
  }
}
