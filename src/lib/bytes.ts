const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
}

/** Bytes of a size (`16MiB`, `500KB`, `1.5 GiB`, `1048576`), or undefined when it is none. Case does not matter. */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? []
  const factor = unit === undefined ? undefined : UNITS[unit.toLowerCase()]
  if (amount === undefined || factor === undefined) return undefined
  const bytes = Math.floor(Number(amount) * factor)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
