import type { KubeConfig } from '@kubernetes/client-node'
import { STACK_LABEL } from './labels.ts'
import { askRaw } from './raw.ts'

/** An object of any kind. */
export interface Anything {
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  /** Of the API, where it can be deleted. */
  readonly path: string
}

/** Everything of a stack on a cluster, of every kind that its API lists, by the label of ownership. */
export async function everythingOf(
  config: KubeConfig,
  stack: string,
): Promise<readonly Anything[]> {
  const lists = await listsOf(config)
  const found = await inTurns(lists, AT_ONCE, async ({ path, kind }) => {
    const query = `labelSelector=${encodeURIComponent(`${STACK_LABEL}=${stack}`)}`
    const { items = [] } = (await get(config, `${path.list}?${query}`)) as Listed
    return items.map(({ metadata: { name, namespace } }) => ({
      kind,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      path: path.object(name, namespace),
    }))
  })
  return found.flat()
}

/** Deletes an object and, in the background, what belongs to it; one that is gone is as good. */
export const removeObject = async (config: KubeConfig, { path }: Anything): Promise<void> => {
  await askRaw(config, { method: 'DELETE', path })
}

const AT_ONCE = 8

interface Listed {
  readonly items?: readonly {
    readonly metadata: { readonly name: string; readonly namespace?: string }
  }[]
}

interface List {
  readonly kind: string
  readonly path: {
    readonly list: string
    readonly object: (name: string, namespace: string | undefined) => string
  }
}

interface Groups {
  readonly groups?: readonly { readonly preferredVersion: { readonly groupVersion: string } }[]
}

interface Resources {
  readonly resources?: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs: readonly string[]
  }[]
}

/** Every list of the API. A group whose server is away has nothing that we made. */
async function listsOf(config: KubeConfig): Promise<readonly List[]> {
  const { groups = [] } = (await get(config, '/apis')) as Groups
  const roots = [
    '/api/v1',
    ...groups.map((group) => `/apis/${group.preferredVersion.groupVersion}`),
  ]
  const lists = await inTurns(roots, AT_ONCE, async (root) => {
    const { resources = [] } = (await get(config, root)) as Resources
    return resources
      .filter(({ name, verbs }) => verbs.includes('list') && !name.includes('/'))
      .map(({ name, kind, namespaced }): List => {
        const object = (object: string, namespace: string | undefined) =>
          namespaced
            ? `${root}/namespaces/${namespace ?? ''}/${name}/${object}`
            : `${root}/${name}/${object}`
        return { kind, path: { list: `${root}/${name}`, object } }
      })
  })
  return lists.flat()
}

async function inTurns<T, R>(
  all: readonly T[],
  size: number,
  run: (one: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  for (let start = 0; start < all.length; start += size) {
    results.push(...(await Promise.all(all.slice(start, start + size).map(run))))
  }
  return results
}

/** The answer as JSON; an empty one where this user may not look or nothing is there. */
async function get(config: KubeConfig, path: string): Promise<unknown> {
  const { status, body } = await askRaw(config, { path })
  return status < 400 ? (body ?? {}) : {}
}
