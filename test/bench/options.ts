import { Command, InvalidArgumentError, Option } from 'commander'
import { KINDS } from './proxying.ts'

export const PARTS = [
  'floors',
  ...KINDS,
  'limits',
  'store',
  'switch',
  'routes',
  'start',
  'stack',
] as const
export type Part = (typeof PARTS)[number]

/** What to measure and for how long. */
export interface Options {
  readonly rounds: number
  readonly seconds: number
  /** How often workerd is started with each plan. */
  readonly starts: number
  /** How often a file of a large plan is published. */
  readonly publishes: number
  readonly only: ReadonlySet<Part>
  readonly check: boolean
  /** JSON file; default `dist/bench.json`. */
  readonly out?: string
}

interface Flags {
  readonly rounds: number
  readonly seconds: number
  readonly quick?: boolean
  readonly only?: readonly Part[]
  readonly check?: boolean
  readonly out?: string
}

/** Parses the command line; ends the process for `--help` and for mistakes. */
export function readOptions(argv: readonly string[]): Options {
  const {
    quick = false,
    only = PARTS,
    check = false,
    ...flags
  } = createCommand().parse(argv).opts<Flags>()
  return {
    ...flags,
    ...(quick && { rounds: 1, seconds: 1 }),
    starts: quick ? 3 : STARTS,
    publishes: quick ? 2 : PUBLISHES,
    only: new Set(only),
    check,
  }
}

const STARTS = 9
const PUBLISHES = 20

const createCommand = (): Command =>
  new Command('npm run bench --')
    .description('measure the gateway on workerd beside bare Workers (about 20 minutes)')
    .option('--rounds <number>', 'runs of each Worker, in turns', parseCount, 5)
    .option('--seconds <number>', 'length of a run', parseCount, 10)
    .option('--quick', 'one round of one second: does everything work?')
    .addOption(
      new Option(
        '--only <part...>',
        'leave out the other parts (the bundle is always measured)',
      ).choices(PARTS),
    )
    .option('--check', 'exit code 1 when a result is above its ceiling')
    .option('--out <file>', 'where to write the JSON (default: dist/bench.json)')

function parseCount(text: string): number {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError('a whole number from 1 on')
  }
  return count
}
