import type { Store } from '../ports.ts'

const PAGE = 1000

/** Keys under a prefix, in order. */
export async function listAll(store: Store, prefix: string): Promise<readonly string[]> {
  const keys: string[] = []
  for (;;) {
    const after = keys.at(-1)
    const query = { prefix, limit: PAGE, keysOnly: true }
    const page = await store.list({ ...query, ...(after !== undefined && { after }) })
    keys.push(...page.map(({ key }) => key))
    if (page.length < PAGE) return keys
  }
}
