import type {
  CheckFailure,
  CheckResult,
  CreateResult,
  DiffResult,
  Provider,
  ReadResult,
  UpdateResult,
} from '@pulumi/pulumi/provider/index.js'
import { bare, type Properties } from './values.ts'

/** What happens to resources of one type. Properties come bare, but for what is given back: secrets stay wrapped there. */
export interface Handler {
  /** What is wrong with inputs, before anything happens. */
  readonly check: (inputs: Properties) => readonly CheckFailure[]
  readonly diff: (olds: Properties, inputs: Properties) => DiffResult
  /** Resolves with the id and what comes to the inputs. */
  readonly create: (
    inputs: Properties,
  ) => Promise<{ readonly id: string; readonly outs: Properties }>
  /** What comes to the state as it is; undefined when the thing is gone. */
  readonly read: (state: Properties) => Promise<Properties | undefined>
  readonly update: (olds: Properties, inputs: Properties) => Promise<Properties>
  readonly delete: (state: Properties) => Promise<void>
}

/** Handlers by type as what Pulumi's SDK serves. */
export function providerOf(handlers: Readonly<Record<string, Handler>>, version: string): Provider {
  const of = (urn: string): Handler => {
    const type = urn.split('::')[2]?.split('$').at(-1)?.split(':').at(-1) ?? ''
    const handler = handlers[type]
    if (handler === undefined) throw new Error(`There is no resource type "${type}".`)
    return handler
  }
  return {
    version,
    check: async (urn, _olds, news): Promise<CheckResult> => ({
      inputs: news as Properties,
      failures: [...of(urn).check(bareMap(news))],
    }),
    diff: async (_id, urn, olds, news): Promise<DiffResult> =>
      of(urn).diff(bareMap(olds), bareMap(news)),
    create: async (urn, inputs): Promise<CreateResult> => {
      const { id, outs } = await of(urn).create(bareMap(inputs))
      return { id, outs: { ...(inputs as Properties), ...outs } }
    },
    read: async (id, urn, props): Promise<ReadResult> => {
      const outs = await of(urn).read(bareMap(props))
      return outs === undefined ? { id: '', props: {} } : { id, props: { ...props, ...outs } }
    },
    update: async (_id, urn, olds, news): Promise<UpdateResult> => ({
      outs: { ...(news as Properties), ...(await of(urn).update(bareMap(olds), bareMap(news))) },
    }),
    delete: (_id, urn, props) => of(urn).delete(bareMap(props)),
  }
}

const bareMap = (properties: unknown): Properties => bare(properties ?? {}) as Properties
