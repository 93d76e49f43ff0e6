import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { apiFileSchema, systemFileSchema } from '../config/reference/editor-schemas.ts'
import { configurationReference } from '../config/reference/markdown.ts'
import { UserFault } from './fault.ts'
import { ROOT } from './root.ts'

/**
 * Adds `reference`: what the schemas say, for people (`routes/README.md`, `infra/reference.md`) and for editors
 * (`routes/*.schema.json`).
 */
export function addReference(program: Command): void {
  program
    .command('reference')
    .description('write the references and the schemas for editors')
    .option('--check', 'write nothing; exit with 1 when one of them is stale')
    .option('--directory <path>', 'where to write, in place of the checkout', ROOT)
    .addHelpText('after', '\nExample:\n  $ npx cb-bridge reference --check')
    .action(async (options: { readonly check?: true; readonly directory: string }) => {
      await (options.check === true ? check(options.directory) : write(options.directory))
    })
}

/** The generated files by their path in the checkout; the same schemas always make the same texts. */
export async function generatedFiles(): Promise<Readonly<Record<string, string>>> {
  // The container image has no infra, but `--help` reads this file.
  const { infraReference } = await import('../../infra/reference.ts')
  return {
    'routes/README.md': configurationReference(),
    'routes/gateway.schema.json': print(systemFileSchema()),
    'routes/api.schema.json': print(apiFileSchema()),
    'infra/reference.md': infraReference(),
  }
}

const print = (schema: object) => `${JSON.stringify(schema, null, 2)}\n`

async function write(directory: string): Promise<void> {
  for (const [name, text] of Object.entries(await generatedFiles())) {
    const path = join(directory, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    console.log(`wrote ${path}`)
  }
}

async function check(directory: string): Promise<void> {
  const stale: string[] = []
  for (const [name, text] of Object.entries(await generatedFiles())) {
    const path = join(directory, name)
    const present = await readFile(path, 'utf8').catch(() => undefined)
    if (present?.replaceAll('\r\n', '\n') !== text) stale.push(path)
  }
  if (stale.length > 0) {
    throw new UserFault(`stale: ${stale.join(', ')}\nRun "npx cb-bridge reference".`)
  }
}
