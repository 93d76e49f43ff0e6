import type { Field } from './fields.ts'

/** Fields as a table in Markdown: key, type, default, meaning. */
export function table(fields: readonly Field[]): string {
  const rows = fields.map(({ key, type, initial, isRequired, meaning, aliases }) => {
    const names = [key, ...aliases].map((name) => `\`${name}\``).join(', ')
    const value = isRequired ? '*required*' : initial === '' ? '' : `\`${initial}\``
    return `| ${names} | ${type} | ${value} | ${escape(meaning)} |`
  })
  return ['| key | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

const escape = (text: string) => text.replaceAll('|', '\\|')
