import type { Component } from './model.ts'

/** A component and all that cannot do without it, directly or by others. */
export const affectedBy = (components: readonly Component[], name: string): readonly Component[] =>
  components.filter((component) => component.name === name || doesNeed(components, component, name))

const doesNeed = (components: readonly Component[], { needs }: Component, name: string): boolean =>
  needs.includes(name) ||
  components.some(
    (component) => needs.includes(component.name) && doesNeed(components, component, name),
  )
