import type { Exchange } from '../../http/context.ts'
import type { Parameter } from './options.ts'
import { createCheck } from './schema.ts'

/** What is wrong with a parameter, in words for clients. */
export type CheckParameters = (exchange: Exchange) => string | undefined

/** Judges path, query and header parameters; each value is read in the type of its schema. */
export function createParameterCheck(parameters: readonly Parameter[]): CheckParameters {
  const checks = parameters.map((parameter) => ({
    parameter,
    check: createCheck(parameter.schema),
  }))
  return (exchange) => {
    const query = new URLSearchParams(exchange.query)
    for (const { parameter, check } of checks) {
      const { name, required, list } = parameter
      if (parameter.in === 'query' && isUnclear(name, exchange.query, query))
        return `The parameter "${name}" is unclear: write ";" as %3B.`
      const given = valuesOf(parameter, exchange, query)
      if (given.length === 0 && !required) continue
      if (given.length === 0) return `The ${parameter.in} parameter "${name}" is missing.`
      // Which of them the upstream would take is not known.
      if (given.length > 1 && !list)
        return `The parameter "${name}" is given ${given.length} times.`
      const values = given.map((text) => read(text, list ? itemsOf(parameter) : parameter.schema))
      const checked = check(list ? values : values[0])
      if (!checked.ok) return `The parameter "${name}" is wrong: ${checked.error}`
    }
    return undefined
  }
}

/** Some upstreams read `;` like `&`: what one of them would find must be what is judged here. */
function isUnclear(name: string, text: string, query: URLSearchParams): boolean {
  if (!text.includes(';')) return false
  const others = new URLSearchParams(text.replaceAll(';', '&')).getAll(name)
  return JSON.stringify(others) !== JSON.stringify(query.getAll(name))
}

function valuesOf(
  { name, in: place, list }: Parameter,
  { params, sent }: Exchange,
  query: URLSearchParams,
): readonly string[] {
  const value = place === 'path' ? own(params, name) : sent.get(name.toLowerCase())
  const values = place === 'query' ? query.getAll(name) : value === undefined ? [] : [value]
  return list ? values.flatMap((text) => text.split(',')).map((text) => text.trim()) : values
}

const own = (params: Exchange['params'], name: string): string | undefined =>
  Object.hasOwn(params, name) ? params[name] : undefined

function itemsOf({ schema }: Parameter): Readonly<Record<string, unknown>> {
  const { items } = schema
  return typeof items === 'object' && items !== null ? (items as Parameter['schema']) : {}
}

/** A text as the type says; one that does not fit stays a text and is found wrong. */
function read(text: string, { type }: Readonly<Record<string, unknown>>): unknown {
  const types = [type].flat()
  const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[-+]?\d+)?$/i.test(text)
    ? Number(text)
    : Number.NaN
  if (types.includes('integer') && Number.isInteger(number)) return number
  if (types.includes('number') && Number.isFinite(number)) return number
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  return text
}
