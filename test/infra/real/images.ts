import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { readSettings } from '../../../infra/settings/read.ts'
import { resolve } from '../../../infra/system/resolve.ts'
import { TOOL } from '../cluster.ts'

/** Makes the images of CB-Spider and its PostgreSQL under the references of the catalogue, on a real node. */
export async function makeImages(cluster: string): Promise<void> {
  await inRoot(async (root) => {
    await spiderIn(root)
    importImage(cluster, imageOf('cb-spider'), root, ['/usr/bin/node', '/stand-in.cjs'])
  })
  await inRoot(async (root) => {
    postgresIn(root)
    importImage(cluster, imageOf('cb-spider-postgres'), root, ['/bin/sh', '/entrypoint.sh'])
  })
}

function importImage(cluster: string, reference: string, root: string, entrypoint: string[]): void {
  const args = ['image', cluster, reference, root, '--entrypoint', JSON.stringify(entrypoint)]
  execFileSync(TOOL, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}

function imageOf(component: string): string {
  const { read } = readSettings({}, 'settings')
  const system = read && resolve(read.catalog, read.settings, 'settings')
  const found =
    system?.ok === true && system.value.components.find(({ name }) => name === component)
  if (!found) throw new Error(`The catalogue has no ${component}.`)
  return found.image
}

/** The stand-in of `cb-bridge demo` with this Node. */
async function spiderIn(root: string): Promise<void> {
  copyProgram(root, process.execPath, '/usr/bin/node')
  await build({
    entryPoints: [fileURLToPath(new URL('stand-in.ts', import.meta.url))],
    outfile: join(root, 'stand-in.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  })
  copyProgram(root, '/bin/sh')
}

/** The programs of a PostgreSQL on this machine; undefined where there is none. */
export function postgresDirectory(): string | undefined {
  const base = '/usr/lib/postgresql'
  if (!existsSync(base)) return undefined
  const versions = readdirSync(base).toSorted((a, b) => Number(b) - Number(a))
  return versions
    .map((version) => join(base, version))
    .find((directory) => existsSync(join(directory, 'bin', 'initdb')))
}

/** What the official image's entry point does with its variables, for as much as the catalogue uses. */
const ENTRYPOINT = `set -e
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" > /tmp/password
  initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 --no-locale -E UTF8
  rm /tmp/password
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -D "$PGDATA" postgres
fi
# The kubelet gives the volume's group rights that the server does not stand.
chmod 700 "$PGDATA"
# Its image asks to be stopped by SIGINT: SIGTERM would wait for clients.
trap 'kill -INT "$server"' TERM
postgres -D "$PGDATA" -c 'listen_addresses=*' &
server=$!
wait "$server" || wait "$server"
`

function postgresIn(root: string): void {
  const directory = postgresDirectory() ?? ''
  for (const name of ['initdb', 'postgres', 'pg_isready', 'psql']) {
    copyProgram(root, join(directory, 'bin', name))
    symlinkSync(join(directory, 'bin', name), join(root, 'usr/bin', name))
  }
  const libraries = readdirSync(join(directory, 'lib')).filter(
    (name) => name.endsWith('.so') && !name.startsWith('llvmjit'),
  )
  for (const name of libraries) copyProgram(root, join(directory, 'lib', name))
  const share = join('/usr/share/postgresql', basename(directory))
  cpSync(share, join(root, share), { recursive: true, dereference: true })
  cpSync('/usr/share/zoneinfo/Etc', join(root, 'usr/share/zoneinfo/Etc'), { recursive: true })
  for (const program of ['/bin/sh', '/bin/rm', '/bin/sleep', '/bin/chmod'])
    copyProgram(root, program)
  for (const path of ['tmp', 'var/run/postgresql']) {
    mkdirSync(join(root, path), { recursive: true })
    chmodSync(join(root, path), 0o1777)
  }
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\npostgres:x:70:70::/:/bin/sh\n')
  writeFileSync(join(root, 'entrypoint.sh'), ENTRYPOINT)
}

/** An empty root directory, merged as in Debian, for as long as it is filled. */
async function inRoot(fill: (root: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'cb-bridge-image-'))
  try {
    // A temporary directory is its maker's alone; this one becomes `/`.
    chmodSync(root, 0o755)
    for (const name of MERGED) {
      mkdirSync(join(root, 'usr', name), { recursive: true })
      symlinkSync(`usr/${name}`, join(root, name))
    }
    await fill(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const MERGED = ['bin', 'lib', 'lib64']

/** Copies a program with the libraries that it is linked to. */
function copyProgram(root: string, program: string, target = program): void {
  copy(root, program, target)
  const printed = execFileSync('ldd', [program], { encoding: 'utf8' })
  for (const [, path = ''] of printed.matchAll(/(\/\S+) \(0x/g)) copy(root, path, path)
}

function copy(root: string, from: string, to: string): void {
  const target = join(root, to)
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(realpathSync(from), target)
}
