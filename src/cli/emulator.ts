import { channel } from 'node:diagnostics_channel'
import type { ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import type { MiniflareOptions } from 'miniflare'
import type { Modules } from './bundle.ts'
import { guard } from './guard.ts'
import type { External } from './externals.ts'
import { SIGNALS } from './signals.ts'
import { objectBindings } from './wrangler.ts'
import type { Wrangler } from './wrangler.ts'

/** What runs inside the emulator. */
export interface Emulation {
  /** `worker.js`, what it imports, and `plan.js`. */
  readonly modules: Modules
  readonly wrangler: Wrangler
  /** Variables and secrets by name. */
  readonly texts: Readonly<Record<string, string>>
  readonly externals: readonly External[]
  readonly host: string
  /** 0 is any free port. */
  readonly port: number
  /** Where the Durable Objects keep their data; absent: gone at the end. */
  readonly stateDirectory?: string
  /** Takes one line that the Worker has written. */
  readonly write: (line: string, isError: boolean) => void
  /** Called when workerd died and stands again, with the plan it was first started with. */
  readonly onRestart: () => Promise<void>
}

/** A running emulator. */
export interface Emulator {
  readonly url: URL
  /** Address of the `LiveSwap` entrypoint: a port of its own on 127.0.0.1. */
  readonly swapUrl: URL
  readonly dispose: () => Promise<void>
}

/**
 * Runs the bundle in miniflare: the one file that knows miniflare 5's options, which still move between betas.
 *
 * Clients reach the Worker through a direct socket. Miniflare's own entry in front of it would rewrite
 * `Accept-Encoding`, believe a client's `X-Forwarded-Proto` and keep `/cdn-cgi/` for itself.
 */
export async function startEmulator(emulation: Emulation): Promise<Emulator> {
  // Otherwise miniflare asks workers.cloudflare.com where we are.
  process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'
  const { Log, LogLevel, Miniflare } = await import('miniflare')
  const forget = guardRuntimes()
  const { name } = emulation.wrangler
  const miniflare = keepingSignals(
    () => new Miniflare({ ...options(emulation), log: new Log(LogLevel.ERROR) }),
  )
  const dispose = async () => {
    await miniflare.dispose()
    forget()
  }
  try {
    await miniflare.ready
    return {
      url: await miniflare.unsafeGetDirectURL(name),
      swapUrl: await miniflare.unsafeGetDirectURL(name, 'LiveSwap'),
      dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

function options(emulation: Emulation): MiniflareOptions {
  const { modules, wrangler, stateDirectory } = emulation
  const objects = objectBindings(wrangler)
  return {
    // The entry that nobody uses: only this machine could reach it.
    host: '127.0.0.1',
    port: 0,
    cf: false,
    enableDevRegistry: false,
    telemetry: { enabled: false },
    ...(stateDirectory === undefined ? {} : { resourcePersistencePath: resolve(stateDirectory) }),
    handleStructuredLogs: ({ message, level }) => emulation.write(message, isErrorLevel(level)),
    unsafeHandleRuntimeRestart: emulation.onRestart,
    workers: [
      {
        config: {
          name: wrangler.name,
          compatibilityDate: wrangler.compatibility_date,
          compatibilityFlags: wrangler.compatibility_flags,
          manifest: {
            mainModule: 'worker.js',
            modules: mapValues(modules, (contents) => ({ type: 'esm' as const, contents })),
          },
          env: {
            ...mapValues(emulation.texts, (value) => ({ type: 'text' as const, value })),
            ...Object.fromEntries(emulation.externals.map(externalBinding)),
            ...Object.fromEntries(
              wrangler.ratelimits.map(({ name, namespace_id: namespace, simple }) => [
                name,
                { type: 'rate-limit', namespace, simple } as const,
              ]),
            ),
            ...Object.fromEntries(
              objects.map(({ binding, className }) => [
                binding,
                { type: 'durable-object', worker: wrangler.name, exportName: className } as const,
              ]),
            ),
          },
          exports: Object.fromEntries(
            objects.map(({ className }) => [
              className,
              { type: 'durable-object', storage: 'sqlite' } as const,
            ]),
          ),
        },
        dev: {
          // Miniflare would take the header from calls to upstreams and add `CF-Worker`.
          stripCfConnectingIp: false,
          unsafeDirectSockets: [
            { host: emulation.host, port: emulation.port },
            { host: '127.0.0.1', port: 0, entrypoint: 'LiveSwap' },
          ],
        },
      },
    ],
  }
}

const isErrorLevel = (level: string): boolean => level === 'error' || level === 'warn'

const mapValues = <A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))

function externalBinding({ binding, address, tlsHost }: External) {
  const service =
    tlsHost === undefined
      ? { type: 'external' as const, address, http: {} }
      : {
          type: 'external' as const,
          address,
          https: { tlsOptions: { trustBrowserCas: true }, certificateHost: tlsHost },
        }
  return [binding, service] as const
}

/**
 * Takes away the signal handlers that making something has added: miniflare would end the process with 130 or 143,
 * and how the process ends is for its owner to say. Its handler of `exit`, which cleans up, stays.
 */
function keepingSignals<T>(make: () => T): T {
  const ours = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]))
  const made = make()
  for (const [signal, listeners] of ours) {
    for (const listener of process.listeners(signal)) {
      if (!listeners.includes(listener)) process.removeListener(signal, listener)
    }
  }
  return made
}

/** Guards every workerd that miniflare starts, the ones after a crash included. Returns the end of it. */
function guardRuntimes(): () => void {
  const spawned = channel('child_process')
  const watch = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess }
    child.once('spawn', () => {
      if (/workerd(\.exe)?$/.test(child.spawnfile)) guard(child)
    })
  }
  spawned.subscribe(watch)
  return () => spawned.unsubscribe(watch)
}
