/** Factors of Kubernetes' suffixes (`resource.Quantity`). */
const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
}

/** The number a Kubernetes quantity stands for: bytes of `2Gi`, cores of `250m`; undefined when it is none. */
export function parseQuantity(text: string): number | undefined {
  const [, amount, suffix = ''] = /^(\d+(?:\.\d+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/.exec(text) ?? []
  const factor = FACTORS[suffix]
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor
}
