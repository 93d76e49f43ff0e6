/** Whose object it is: a component of a stack, or the stack itself (its namespace). */
export interface Owner {
  readonly stack: string
  readonly component?: string
}

/** The label by which everything of a stack is found, in every namespace. */
export const STACK_LABEL = 'cb-bridge/stack'

/** The labels of everything that a stack owns. */
export function labelsOf({ stack, component }: Owner): Readonly<Record<string, string>> {
  return {
    ...(component === undefined ? {} : { 'app.kubernetes.io/name': component }),
    'app.kubernetes.io/instance': stack,
    'app.kubernetes.io/part-of': 'cloud-barista',
    'app.kubernetes.io/managed-by': 'cb-bridge',
    [STACK_LABEL]: stack,
  }
}

/** What a workload knows its pods by. It can never change, so it holds nothing that may. */
export function selectorOf(stack: string, component: string): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': component, 'app.kubernetes.io/instance': stack }
}

/** Whether a stack's name may be a label's value. */
export const fitsLabel = (stack: string): boolean =>
  /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(stack)
