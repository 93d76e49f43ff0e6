/** Where things stand in the store, below its prefix. Lists are read upwards, so what is newest has the lowest key. */
export const KEYS = {
  /** `StoredHead`: what gateways ask for again and again. */
  head: '/head',
  /** `StoredPlan`: the head compiled by one version of the code. */
  plan: (version: string) => `/plans/${version}`,
  plans: '/plans/',
  snapshot: (hash: string) => `/snapshots/${hash}`,
  /** A snapshot's hash by its number. */
  history: (number: number) => `/history/${downwards(number)}`,
  histories: '/history/',
  pin: (hash: string) => `/pins/${hash}`,
  pins: '/pins/',
  blob: (hash: string, chunk: number) => `/blobs/${hash}/${chunk}`,
  blobs: '/blobs/',
  /** Touched by each sweep: whoever relies on a blob that is there expects that none came between. */
  sweep: '/sweep',
  audit: (at: number, id: string) => `/audit/${downwards(at)}-${id}`,
  audits: '/audit/',
  /** What one isolate serves and has in flight. */
  isolate: (id: string) => `/isolates/${id}`,
  isolates: '/isolates/',
  /** Names the plan that a replica holds. */
  lastGood: '/last-good',
  /** The text of an API group as cb-store's users know it. */
  conf: (group: string) => `/conf/${group}`,
  /** Which texts stand below `/conf/`. */
  projection: '/projection',
} as const

const HIGHEST = 10 ** 15

/** Whole numbers below 10^15 as texts in descending order. */
const downwards = (number: number): string => String(HIGHEST - number).padStart(16, '0')
